"""LSUB (RFC 3501 6.3.9): subscribed names, and levels above them where `%` stops. IMAP4rev2 has LIST (SUBSCRIBED)."""

from pymaster.dialog.imapd import tree
from pymaster.dialog.imapd.answer import Answer, bad, ok
from pymaster.dialog.imapd.cmd.list import compiled
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import Verb
from pymaster.proto.imap.server import Command


def run(session: Session, command: Command) -> Answer:
    """Tell subscribed names that match; a level that matches for the sake of one below it is \\Noselect."""
    args = command.args
    args.sp()
    reference = args.astring()
    args.sp()
    pattern = args.list_mailbox()
    args.end()
    if session.rev2:
        return bad(b"LSUB is not part of IMAP4rev2.")
    if not pattern:
        session.write(tree.line(session, "", b"\\Noselect", verb=b"LSUB"))
        return ok(b"Lsub completed.")
    patterns = compiled(session, reference, (pattern,))
    words: dict[str, bytes] = {}
    for name in session.account.subscriptions():
        if patterns.matches(name):
            words[name] = b""
            continue
        for parent in tree.parents(name, session.account.separator):
            if patterns.matches(parent):
                words.setdefault(parent, b"\\Noselect")
        session.breathe()
    for name in tree.ordered(words):
        session.write(tree.line(session, name, words[name], verb=b"LSUB"))
    return ok(b"Lsub completed.")


VERBS = (Verb(b"LSUB", run),)
