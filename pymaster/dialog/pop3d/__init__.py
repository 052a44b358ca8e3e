"""pop3d - the server's side of a POP3 conversation, after login."""
