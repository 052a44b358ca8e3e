"""auth - decisions about logins: mechanisms, cache, penalty, names, the Dovecot protocol. Bytes in, values out."""
