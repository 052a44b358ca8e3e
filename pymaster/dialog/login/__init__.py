"""login - the conversation before a user is known, for POP3 and IMAP: greeting, TLS, authentication, and nothing else."""
