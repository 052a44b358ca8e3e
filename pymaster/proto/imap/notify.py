"""notify - the arguments of NOTIFY (RFC 5465 section 8): which events of which mailboxes a client wants to hear of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pymaster.proto.imap.cursor import BadSyntax, Cursor

T = TypeVar("T")
SELECTED, SELECTED_DELAYED = b"SELECTED", b"SELECTED-DELAYED"
PERSONAL, INBOXES, SUBSCRIBED, SUBTREE, MAILBOXES = b"PERSONAL", b"INBOXES", b"SUBSCRIBED", b"SUBTREE", b"MAILBOXES"
NEW, EXPUNGE, FLAGS = b"MESSAGENEW", b"MESSAGEEXPUNGE", b"FLAGCHANGE"
NAME, SUBSCRIPTION = b"MAILBOXNAME", b"SUBSCRIPTIONCHANGE"
_NAMELESS = frozenset([SELECTED, SELECTED_DELAYED, PERSONAL, INBOXES, SUBSCRIBED])
_MESSAGE = frozenset([NEW, EXPUNGE, FLAGS, b"ANNOTATIONCHANGE"])
KNOWN = {
    NEW: b"MessageNew", EXPUNGE: b"MessageExpunge", FLAGS: b"FlagChange", NAME: b"MailboxName",
    SUBSCRIPTION: b"SubscriptionChange",
}  # fmt: skip
MAX_GROUPS, MAX_NAMES = 100, 1000


class BadEvent(Exception):
    """An event that the server does not tell of: NO [BADEVENT (those it does)]."""


@dataclass(slots=True)
class Group(Generic[T]):
    """Mailboxes (`kind`, with `names` for SUBTREE and MAILBOXES) and the events of interest there, none for NONE.

    `items` are the FETCH items that come with new messages of the selected mailbox.
    """

    kind: bytes
    names: list[bytes] = field(default_factory=list)
    events: frozenset[bytes] = frozenset()
    items: list[T] = field(default_factory=list)


@dataclass(slots=True)
class Request(Generic[T]):
    """One NOTIFY; without groups it is NOTIFY NONE. `status`: tell STATUS of all the mailboxes first."""

    status: bool = False
    groups: list[Group[T]] = field(default_factory=list)


def parse_notify(args: Cursor, item: Callable[[], T]) -> Request[T]:
    """The arguments, from the space behind the command's name; `item` reads one FETCH item from `args`.

    Raises BadSyntax, BadEvent.
    """
    args.sp()
    found: Request[T] = Request()
    word = args.word()
    if word == b"SET":
        args.sp()
        if args.take(b"STATUS"):
            found.status = True
            args.sp()
        found.groups.append(_group(args, item))
        while not args.at_end:
            args.sp()
            found.groups.append(_group(args, item))
            if len(found.groups) > MAX_GROUPS:
                raise BadSyntax("Too many event groups")
    elif word != b"NONE":
        raise BadSyntax("Expected SET or NONE")
    args.end()
    if sum([group.kind in (SELECTED, SELECTED_DELAYED) for group in found.groups]) > 1:
        raise BadSyntax("The selected mailbox can be specified only once")
    unknown = frozenset().union(*[group.events for group in found.groups]).difference(KNOWN)
    if unknown:
        raise BadEvent
    return found


def _group(args: Cursor, item: Callable[[], T]) -> Group[T]:
    args.enter()
    group: Group[T] = Group(args.word())
    if group.kind in (SUBTREE, MAILBOXES):
        args.sp()
        group.names = args.items(args.astring, empty=False) if args.peek() == 40 else [args.astring()]
        if len(group.names) > MAX_NAMES:
            raise BadSyntax("Too many mailboxes")
    elif group.kind not in _NAMELESS:
        raise BadSyntax("Unknown mailbox filter")
    args.sp()
    if args.peek() == 40:
        group.events = frozenset(args.items(lambda: _event(args, group, item), empty=False))
    else:
        args.need(b"NONE")
    if not args.leave():
        raise BadSyntax("Expected )")
    _check(group)
    return group


def _event(args: Cursor, group: Group[T], item: Callable[[], T]) -> bytes:
    word = args.word()
    if word == NEW and args.rest.startswith(b" ("):
        if group.kind not in (SELECTED, SELECTED_DELAYED):
            raise BadSyntax("FETCH items are possible for the selected mailbox only")
        args.sp()
        group.items = args.items(item, empty=False)
    return word


def _check(group: Group[T]) -> None:
    """What goes with what (RFC 5465 section 5)."""
    events = group.events
    if (NEW in events) != (EXPUNGE in events):
        raise BadSyntax("MessageNew and MessageExpunge go together")
    if events & _MESSAGE and NEW not in events:
        raise BadSyntax("FlagChange wants MessageNew and MessageExpunge")
    if group.kind in (SELECTED, SELECTED_DELAYED) and events.intersection(KNOWN) - _MESSAGE:
        raise BadSyntax("Only message events are possible for the selected mailbox")
