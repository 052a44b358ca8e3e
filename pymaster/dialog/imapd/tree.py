"""tree - the names that LIST and its kin speak of: what exists, what is subscribed, and the levels above either."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pymaster.dialog.imapd.names import encode
from pymaster.proto.imap.listpattern import INBOX
from pymaster.proto.imap.utf7 import decode_utf7
from pymaster.store.mailbox.contract import Entry, MailboxError

if TYPE_CHECKING:
    from pymaster.dialog.imapd.session import Session


@dataclass(slots=True)
class Node:
    """One name. `exists`: the store has it, be it as a mere level; `below`: something below it is subscribed."""

    name: str
    exists: bool = True
    selectable: bool = True
    children: bool = False
    special: tuple[str, ...] = ()
    marked: bool | None = None
    inferiors: bool = True
    subscribed: bool = False
    below: bool = False


def entries(session: Session) -> list[Entry]:
    """The account's tree, INBOX first."""
    found: list[Entry] = session.world.run(session.account.entries)
    return found


def entry(session: Session, name: str) -> Entry | None:
    """One name of the tree."""
    return next((each for each in entries(session) if each.name == name), None)


def existing(session: Session, name: str) -> Entry:
    """One name of the tree that can be selected. Raises MailboxError NONEXISTENT."""
    found = entry(session, name)
    if found is None or not found.selectable:
        raise MailboxError("NONEXISTENT", "Mailbox doesn't exist")
    return found


def parents(name: str, separator: str) -> list[str]:
    """The levels above a name, the nearest first."""
    found = []
    while (cut := name.rfind(separator)) > 0:
        name = name[:cut]
        found.append(name)
    return found


def ordered(names: Iterable[str]) -> list[str]:
    """Names as LIST gives them."""
    return sorted(names, key=lambda name: (name != INBOX, name))


def known(entry: Entry) -> Node:
    """A name that the store has."""
    return Node(entry.name, True, entry.selectable, entry.children, entry.special, entry.marked, entry.inferiors)


def nodes(session: Session, *, subscriptions: bool) -> dict[str, Node]:
    """All names that there are, in order; with subscribed ones that are gone, and their levels, if `subscriptions`."""
    found = {each.name: known(each) for each in entries(session)}
    if not subscriptions:
        return found
    separator = session.account.separator
    for name in session.account.subscriptions():
        node = found.setdefault(name, Node(name, False, False))
        node.subscribed = True
        for parent in parents(name, separator):
            above = found.setdefault(parent, Node(parent, False, False))
            if above.below:
                break
            above.below = True
    return {name: found[name] for name in ordered(found)}


def attributes(node: Node, *, extended: bool, subscribed: bool) -> bytes:
    """What stands between the parentheses of a LIST response. `extended`: the client knows RFC 5258."""
    words: list[str] = []
    if not node.selectable:
        words.append("\\NonExistent" if extended else "\\Noselect")
    if subscribed and node.subscribed:
        words.append("\\Subscribed")
    if not node.inferiors:
        # It says \HasNoChildren as well (RFC 5258 section 4).
        words.append("\\NoInferiors")
    elif node.exists:
        words.append("\\HasChildren" if node.children else "\\HasNoChildren")
    if node.marked is not None and node.selectable:
        words.append("\\Marked" if node.marked else "\\UnMarked")
    return " ".join([*words, *node.special]).encode()


def delimiter(session: Session) -> bytes:
    """The hierarchy separator, quoted."""
    return b'"%s"' % session.account.separator.replace("\\", "\\\\").encode()


def line(session: Session, name: str, words: bytes, *, verb: bytes = b"LIST", more: bytes = b"") -> bytes:
    """One LIST or LSUB response; `more` is extended data behind the name."""
    return b"* %s (%s) %s %s%s\r\n" % (verb, words, delimiter(session), encode(session, name), more)


def wanted_pattern(session: Session, raw: bytes) -> str | None:
    """A pattern as text; None for one that can match nothing."""
    try:
        return raw.decode("utf-8") if session.utf8 else decode_utf7(raw)
    except ValueError:
        return None
