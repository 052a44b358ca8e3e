"""CANCELUPDATE (RFC 5267 section 4.3.5): no more notifications about the results of these searches."""

from pymaster.dialog.imapd.answer import Answer, bad, ok
from pymaster.dialog.imapd.contexts import contexts
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import SELECTED, Verb
from pymaster.proto.imap.server import Command


def run(session: Session, command: Command) -> Answer:
    """End the contexts of the tags named, all or none."""
    args = command.args
    tags: set[bytes] = set()
    while not args.at_end or not tags:
        args.sp()
        tags.add(args.string())
    named = [each for each in contexts(session) if each.tag in tags]
    if len(named) < len(tags):
        return bad(b"No such search.")
    for each in named:
        each.end()
    return ok(b"Updates cancelled.")


VERBS = (Verb(b"CANCELUPDATE", run, SELECTED),)
