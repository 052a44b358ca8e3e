"""imapd - the server's side of an IMAP conversation, after login."""
