"""master - the supervisor: small, plain Python, no gevent, no LMDB, no msgpack."""
