"""pop3 - the line protocol of POP3 (RFC 1939) on bytes."""
