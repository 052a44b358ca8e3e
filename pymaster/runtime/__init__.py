"""runtime - sockets, DNS, IPC and threads for greenlet services; the only gevent below server/."""
