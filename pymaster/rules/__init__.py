"""rules - decisions without I/O of their own: access, rewriting, resolving, scheduling."""
