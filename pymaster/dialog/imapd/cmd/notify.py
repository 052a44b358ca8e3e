"""NOTIFY (RFC 5465): the server tells of changes in any mailbox without being asked, also between commands.

The selected mailbox is told of in its own way (EXISTS, EXPUNGE, FETCH), and not at all unless the client names it.
"""

from dataclasses import replace

from pymaster.dialog.imapd.answer import Answer, no, ok
from pymaster.dialog.imapd.names import decode
from pymaster.dialog.imapd.notifier import Notifier, Overflow
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import ALL, FLAGS, Verb
from pymaster.proto.imap import notify
from pymaster.proto.imap.fetch_items import Item, parse_item
from pymaster.proto.imap.notify import BadEvent, Group, parse_notify
from pymaster.proto.imap.server import Command
from pymaster.store.mailbox.contract import MailboxError


def run(session: Session, command: Command) -> Answer:
    """Replace what was asked for before."""
    args = command.args
    try:
        request = parse_notify(args, lambda: parse_item(args, rev2=session.rev2))
    except BadEvent:
        return no(b"Unsupported NOTIFY events", b"BADEVENT (%s)" % b" ".join(notify.KNOWN.values()))
    groups = [(_quiet(group), _names(session, group)) for group in request.groups]
    # What is not told by now may never be under the new rules.
    session.tell()
    notifier = Notifier(session, groups)
    try:
        notifier.start(status=request.status)
    except Overflow:
        notifier.close()
        return no(b"Too many mailboxes to watch", b"NOTIFICATIONOVERFLOW")
    session.stop_notifying()
    if groups:
        _here(session, [group for group, _ in groups])
        session.notify_with(notifier)
    return ok(b"NOTIFY completed.")


def _quiet(group: Group[Item]) -> Group[Item]:
    """News never set \\Seen."""
    group.items = [replace(item, peek=True) for item in group.items]
    return group


def _names(session: Session, group: Group[Item]) -> frozenset[str]:
    """The names of a group as the store knows them; one that cannot exist is left out."""
    found = []
    for raw in group.names:
        try:
            found.append(decode(session, raw))
        except MailboxError:
            continue
    return frozenset(found)


def _here(session: Session, groups: list[Group[Item]]) -> None:
    """What holds for the selected mailbox from now on."""
    for group in groups:
        if group.kind in (notify.SELECTED, notify.SELECTED_DELAYED) and notify.NEW in group.events:
            session.news_wanted, session.flags_wanted = True, notify.FLAGS in group.events
            session.unasked = ALL if group.kind == notify.SELECTED else FLAGS


VERBS = (Verb(b"NOTIFY", run, capabilities=(b"NOTIFY",)),)
