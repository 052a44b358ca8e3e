"""store - what rests on disk: the queue, Maildir, mbox. Blocking, without gevent."""
