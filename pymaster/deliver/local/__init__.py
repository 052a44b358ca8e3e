"""local - delivery to this machine's users, aliases and their files and commands (local(8))."""
