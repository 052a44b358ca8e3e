"""NAMESPACE (RFC 2342): where the user's own mailboxes are, and those of others that are shared with the user."""

from pymaster.dialog.imapd import tree
from pymaster.dialog.imapd.answer import Answer, ok
from pymaster.dialog.imapd.names import encode
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import Verb
from pymaster.proto.imap.server import Command


def run(session: Session, command: Command) -> Answer:
    """Tell the prefixes and the separator."""
    command.args.end()
    delimiter, prefix = tree.delimiter(session), session.account.shared
    others = b"((%s %s))" % (encode(session, prefix), delimiter) if prefix else b"NIL"
    session.write(b'* NAMESPACE (("" %s)) %s NIL\r\n' % (delimiter, others))
    return ok(b"Namespace completed.")


VERBS = (Verb(b"NAMESPACE", run, capabilities=(b"NAMESPACE",)),)
