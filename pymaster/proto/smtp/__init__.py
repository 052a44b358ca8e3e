"""smtp - RFC 5321 syntax and state, for servers and clients."""
