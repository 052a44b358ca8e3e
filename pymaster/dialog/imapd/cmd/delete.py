"""DELETE (RFC 3501 6.3.4): the mailbox goes; with children its name stays as a level. Its subscription stays."""

from pymaster.dialog.imapd import foreign
from pymaster.dialog.imapd.answer import Answer, no, ok
from pymaster.dialog.imapd.names import decode
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import Verb
from pymaster.proto.imap.listpattern import INBOX
from pymaster.proto.imap.server import Command
from pymaster.store.mailbox.contract import Mailbox


def run(session: Session, command: Command) -> Answer:
    """Delete one mailbox; if it is the selected one, no mailbox is selected afterwards."""
    args = command.args
    args.sp()
    raw = args.astring()
    args.end()
    name = decode(session, raw)
    if name == INBOX:
        return no(b"INBOX can't be deleted.", b"CANNOT")
    selected = session.selected
    if selected is not None and selected.mailbox.name == name:
        remove(session, name, selected.mailbox)
        session.close_mailbox()
        session.write(b"* OK [CLOSED] Selected mailbox was deleted.\r\n")
    else:
        remove(session, name, None)
    session.tree_changed()
    return ok(b"Delete completed.")


def remove(session: Session, name: str, mailbox: Mailbox | None) -> None:
    """Delete under the mailbox's lock, so that nobody is at work in it; sessions that have it selected are told."""
    opened = mailbox or foreign.open_for(session, name, "x")
    try:
        with session.world.lock(opened):
            session.world.run(session.account.delete, name)
        session.world.changed(opened)
    finally:
        if mailbox is None:
            opened.close()


VERBS = (Verb(b"DELETE", run),)
