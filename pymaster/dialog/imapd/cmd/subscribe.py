"""SUBSCRIBE and UNSUBSCRIBE (RFC 3501 6.3.6-7). A subscription outlives its mailbox."""

from pymaster.dialog.imapd import tree
from pymaster.dialog.imapd.answer import Answer, no, ok
from pymaster.dialog.imapd.names import decode
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import Verb
from pymaster.proto.imap.server import Command

# A list of names without end is no list of mailboxes.
MAX_SUBSCRIPTIONS = 20_000


def subscribe(session: Session, command: Command) -> Answer:
    """Add a name that exists, be it as a mere level."""
    name = _name(session, command)
    if tree.entry(session, name) is None:
        return no(b"Mailbox doesn't exist", b"NONEXISTENT")
    if len(session.account.subscriptions()) >= MAX_SUBSCRIPTIONS:
        return no(b"Too many subscriptions", b"LIMIT")
    session.world.run(session.account.subscribe, name, True)
    session.tree_changed()
    return ok(b"Subscribe completed.")


def unsubscribe(session: Session, command: Command) -> Answer:
    """Remove a name, whether its mailbox exists or not."""
    name = _name(session, command)
    session.world.run(session.account.subscribe, name, False)
    session.tree_changed()
    return ok(b"Unsubscribe completed.")


def _name(session: Session, command: Command) -> str:
    args = command.args
    args.sp()
    raw = args.astring()
    args.end()
    return decode(session, raw)


VERBS = (Verb(b"SUBSCRIBE", subscribe), Verb(b"UNSUBSCRIBE", unsubscribe))
