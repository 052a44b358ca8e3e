"""APPEND (RFC 3501 section 6.3.11) with MULTIAPPEND, CATENATE, BINARY, UTF8 and APPENDUID: see `appending`."""

from pymaster.dialog.imapd.answer import Answer, ok
from pymaster.dialog.imapd.appending import commit, streamed_astring, uploads
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.transferring import target
from pymaster.dialog.imapd.verbs import Verb
from pymaster.proto.imap.server import Command
from pymaster.proto.imap.sets import written


def append(session: Session, command: Command) -> Answer:
    """Add messages to a mailbox, all or none."""
    command.args.sp()
    with target(session, streamed_astring(session)) as mailbox, uploads(session, mailbox, many=True) as drafts:
        uids = commit(session, mailbox, drafts)
        return ok(b"Append completed.", b"APPENDUID %d %s" % (mailbox.uidvalidity, written(uids)))


VERBS = (Verb(b"APPEND", append, streamed=True, capabilities=(b"MULTIAPPEND", b"CATENATE", b"URL-PARTIAL")),)
