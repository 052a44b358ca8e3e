"""STATUS (RFC 3501 6.3.10; RFC 7162, 7889, 8438, 8474, 9208): numbers of a mailbox without selecting it."""

from pymaster.dialog.imapd.answer import Answer, bad, ok
from pymaster.dialog.imapd.cmd.enable import apply
from pymaster.dialog.imapd.names import decode, encode
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import Verb
from pymaster.proto.imap.server import Command
from pymaster.proto.imap.statusitems import status_items
from pymaster.store.mailbox.contract import Counts


def run(session: Session, command: Command) -> Answer:
    """One mailbox."""
    args = command.args
    args.sp()
    raw = args.astring()
    args.sp()
    items = status_items(args)
    args.end()
    if session.rev2 and b"RECENT" in items:
        return bad(b"RECENT is not part of IMAP4rev2.")
    enabling(session, items)
    session.write(line(session, decode(session, raw), items))
    return ok(b"Status completed.")


def enabling(session: Session, items: tuple[bytes, ...]) -> None:
    """Asking for HIGHESTMODSEQ enables CONDSTORE (RFC 7162 section 3.1)."""
    if b"HIGHESTMODSEQ" in items and b"CONDSTORE" not in session.enabled:
        session.enabled.add(b"CONDSTORE")
        apply(session)


def line(session: Session, name: str, items: tuple[bytes, ...]) -> bytes:
    """The STATUS response. Raises MailboxError."""
    counts = counted(session, name)
    words = [
        b"%s %s" % (item, value(session, counts, item)) for item in items if not (session.rev2 and item == b"RECENT")
    ]
    return b"* STATUS %s (%s)\r\n" % (encode(session, name), b" ".join(words))


def counted(session: Session, name: str) -> Counts:
    """A mailbox's numbers; those of the selected one are what this session is about to be told."""
    selected = session.selected
    if selected is None or selected.mailbox.name != name:
        found: Counts = session.world.run(session.account.counts, name)
        return found
    session.perform(selected.mailbox, selected.mailbox.refresh)
    counts = selected.mailbox.counts()
    counts.recent += len(selected.recent)
    return counts


def value(session: Session, counts: Counts, item: bytes) -> bytes:
    """One number of a STATUS response."""
    if item == b"MAILBOXID":
        return b"(%s)" % counts.mailbox_id.encode()
    if item == b"APPENDLIMIT":
        limit = session.settings.append_limit
        return b"%d" % limit if limit else b"NIL"
    return b"%d" % {
        b"MESSAGES": counts.messages, b"RECENT": counts.recent, b"UIDNEXT": counts.uidnext,
        b"UIDVALIDITY": counts.uidvalidity, b"UNSEEN": counts.unseen, b"HIGHESTMODSEQ": counts.highest,
        b"SIZE": counts.size, b"DELETED": counts.deleted, b"DELETED-STORAGE": counts.deleted_size,
    }[item]  # fmt: skip


VERBS = (Verb(b"STATUS", run, capabilities=(b"STATUS=SIZE",)),)
