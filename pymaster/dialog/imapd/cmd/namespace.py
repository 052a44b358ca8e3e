"""NAMESPACE (RFC 2342): where the user's own mailboxes are. There are no others' and no shared ones."""

from pymaster.dialog.imapd import tree
from pymaster.dialog.imapd.answer import Answer, ok
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import Verb
from pymaster.proto.imap.server import Command


def run(session: Session, command: Command) -> Answer:
    """Tell the prefix and the separator."""
    command.args.end()
    session.write(b'* NAMESPACE (("" %s)) NIL NIL\r\n' % tree.delimiter(session))
    return ok(b"Namespace completed.")


VERBS = (Verb(b"NAMESPACE", run, capabilities=(b"NAMESPACE",)),)
