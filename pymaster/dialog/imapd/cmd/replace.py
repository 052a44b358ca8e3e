"""REPLACE and UID REPLACE (RFC 8508): a new message in the place of an old one, the draft that a client saves again and again."""

from pymaster.dialog.imapd.answer import Answer, bad, no, ok
from pymaster.dialog.imapd.appending import commit, streamed_astring, uploads
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.transferring import target
from pymaster.dialog.imapd.verbs import SELECTED, Verb
from pymaster.proto.imap.server import Command
from pymaster.proto.imap.sets import written


def replace(session: Session, command: Command) -> Answer:
    """REPLACE."""
    return _replace(session, command, uid=False)


def uid_replace(session: Session, command: Command) -> Answer:
    """UID REPLACE."""
    return _replace(session, command, uid=True)


def _replace(session: Session, command: Command, *, uid: bool) -> Answer:
    """Append, then remove the old one; the mailbox that is selected tells of both as news."""
    args, selected = command.args, session.selected
    assert selected is not None
    args.sp()
    number = args.nz_number()
    args.sp()
    name = streamed_astring(session)
    row = selected.view.position(number) if uid else number - 1
    if row < 0 or row >= len(selected.view):
        session.drop_literals()
        return no(b"No such message.", b"NONEXISTENT") if uid else bad(b"No such message.")
    if selected.read_only:
        session.drop_literals()
        return no(b"Mailbox is read-only.", b"READ-ONLY")
    if not selected.mailbox.rights.issuperset("te"):
        session.drop_literals()
        return no(b"Permission denied", b"NOPERM")
    old = selected.view.uids[row]
    if selected.mailbox.state.position(old) < 0:
        session.drop_literals()
        return no(b"The message no longer exists.", b"EXPUNGEISSUED")
    with target(session, name) as mailbox, uploads(session, mailbox, many=False) as drafts:
        uids = commit(session, mailbox, drafts)
        code = b"APPENDUID %d %s" % (mailbox.uidvalidity, written(uids))
    # The new one is safe; now the old one may go.
    session.write(b"* OK [%s] Replacement message ready.\r\n" % code)
    session.perform(selected.mailbox, selected.mailbox.remove, [old])
    highest = b"HIGHESTMODSEQ %d" % selected.mailbox.state.highest if session.condstore else b""
    return ok(b"Replace completed.", highest)


VERBS = (
    Verb(b"REPLACE", replace, SELECTED, streamed=True, capabilities=(b"REPLACE",)),
    Verb(b"UID REPLACE", uid_replace, SELECTED, streamed=True),
)
