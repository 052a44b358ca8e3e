"""mailbox - mail at rest for its reader: Maildir and mbox with UIDs, flags, folders, and a disposable index."""
