"""smtp - the SMTP and LMTP clients (smtp(8), lmtp(8)); waits only through the Wire and the Network they are handed."""
