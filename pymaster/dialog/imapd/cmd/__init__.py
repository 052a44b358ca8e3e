"""cmd - one file per IMAP command; the file's `VERBS` is what `dialog.imapd.verbs` gathers."""
