"""RENAME (RFC 3501 6.3.5, RFC 9051 6.3.6): with all that is below; INBOX gives its mail away and stays.

Subscriptions are left to the client. The mailbox keeps its MAILBOXID (RFC 8474).
"""

from pymaster.dialog.imapd import tree
from pymaster.dialog.imapd.answer import Answer, no, ok
from pymaster.dialog.imapd.cmd.create import new_name
from pymaster.dialog.imapd.names import decode, encode
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import Verb
from pymaster.proto.imap.listpattern import INBOX
from pymaster.proto.imap.server import Command


def run(session: Session, command: Command) -> Answer:
    """Rename a mailbox, or a level with mailboxes below it."""
    args = command.args
    args.sp()
    raw_old = args.astring()
    args.sp()
    raw_new = args.astring()
    args.end()
    old, new = decode(session, raw_old), new_name(session, raw_new)
    if new == INBOX:
        return no(b"Target mailbox already exists", b"ALREADYEXISTS")
    if new == old:
        return no(b"Can't rename a mailbox to itself", b"ALREADYEXISTS")
    if old == INBOX:
        _give_away(session, new)
    else:
        if new.startswith(old + session.account.separator):
            return no(b"Can't rename a mailbox to be its own child", b"CANNOT")
        session.world.run(session.account.rename, old, new)
    session.tree_changed()
    if session.rev2 and old != INBOX:
        _announce(session, old, new)
    return ok(b"Rename completed.")


def _give_away(session: Session, new: str) -> None:
    """Its messages leave INBOX: whoever has it selected is told."""
    inbox = session.open(INBOX)
    try:
        session.perform(inbox, session.account.rename, INBOX, new)
    finally:
        inbox.close()


def _announce(session: Session, old: str, new: str) -> None:
    """What the mailbox was called, for clients that know OLDNAME."""
    found = tree.entry(session, new)
    if found is not None:
        words = tree.attributes(tree.known(found), extended=True, subscribed=False)
        session.write(tree.line(session, new, words, more=b' ("OLDNAME" (%s))' % encode(session, old)))


VERBS = (Verb(b"RENAME", run),)
