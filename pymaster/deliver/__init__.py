"""deliver - outbound delivery: smtp, lmtp, local, virtual, pipe; each returns a Status per recipient."""
