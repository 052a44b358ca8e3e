"""smtpd - the server's side of an SMTP conversation."""
