"""ESEARCH (RFC 7377): one search over several mailboxes, with an answer for each in which something was found."""

from __future__ import annotations

from collections.abc import Iterator

from pymaster.dialog.imapd import criteria, foreign, tree
from pymaster.dialog.imapd.answer import Answer, bad, ok
from pymaster.dialog.imapd.names import decode, encode
from pymaster.dialog.imapd.searching import Search
from pymaster.dialog.imapd.selected import Selected
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import Verb
from pymaster.proto.imap import returns
from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.listpattern import INBOX
from pymaster.proto.imap.returns import Returns
from pymaster.proto.imap.searchkeys import Program
from pymaster.proto.imap.server import Command
from pymaster.store.mailbox.contract import MailboxError

MAX_FILTERS, MAX_NAMES = 100, 1000
_NAMELESS = (b"SELECTED", b"INBOXES", b"PERSONAL", b"SUBSCRIBED")
_NAMED = (b"SUBTREE", b"SUBTREE-ONE", b"MAILBOXES")

# A filter and the names it was given.
Filter = tuple[bytes, list[bytes]]


def read_source(args: Cursor) -> list[Filter]:
    """The filters in `IN (...)`. Scope options there are none yet. Raises BadSyntax."""
    found: list[Filter] = []
    args.enter()
    while True:
        kind = args.word()
        names: list[bytes] = []
        if kind in _NAMED:
            args.sp()
            names = args.items(args.astring, empty=False) if args.peek() == 40 else [args.astring()]
        elif kind not in _NAMELESS:
            raise BadSyntax("Unknown mailbox filter")
        found.append((kind, names))
        if len(found) > MAX_FILTERS or len(names) > MAX_NAMES:
            raise BadSyntax("Too many mailboxes")
        if args.leave():
            return found
        args.sp()


def run(session: Session, command: Command) -> Answer:
    """ESEARCH. Without IN it is the selected mailbox that is searched."""
    args = command.args
    args.sp()
    source: list[Filter] = [(b"SELECTED", [])]
    if args.take(b"IN "):
        source = read_source(args)
        args.sp()
    options = returns.parse(args)
    if not options.extended:
        options = returns.DEFAULT
    charset = b"US-ASCII"
    if args.take(b"CHARSET "):
        charset = args.astring()
        args.sp()
    only_selected = all(kind == b"SELECTED" for kind, _ in source)
    if session.selected is None and any(kind == b"SELECTED" for kind, _ in source):
        return bad(b"No mailbox selected.")
    if b"UPDATE" in options or (b"SAVE" in options and not only_selected):
        return bad(b"This RETURN option is possible with SEARCH only.")
    try:
        program = criteria.read_program(session, args, charset)
        if program.sequences and not only_selected:
            return bad(b"Message numbers mean nothing in other mailboxes.")
        _search(session, source, program, options)
    except MailboxError:
        criteria.unsaved(session, options)
        raise
    return ok(b"Search completed.")


def _search(session: Session, source: list[Filter], program: Program, options: Returns) -> None:
    """Search one mailbox after the other, each once; what is gone or may not be read is passed over."""
    current = session.selected.mailbox.name if session.selected is not None else None
    for name in dict.fromkeys(_names(session, source)):
        if name == current:
            assert session.selected is not None
            _answer(session, session.selected, name, program, options)
            continue
        try:
            mailbox = session.open(name)
        except MailboxError:
            continue
        try:
            session.perform(mailbox, mailbox.refresh)
            # Examined for the moment: nothing of it is claimed, and nothing stays.
            _answer(session, Selected(mailbox, read_only=True), name, program, options)
        except MailboxError:
            continue
        finally:
            mailbox.close()


def _answer(session: Session, selected: Selected, name: str, program: Program, options: Returns) -> None:
    view = selected.view
    now = session.world.clock.now()
    rows = Search(program, selected.mailbox, view, now, selected.recent, selected.saved).run(session)
    told = returns.asked(rows, options)
    if b"SAVE" in options:
        selected.saved = [view.uids[row] for row in told]
    if not rows or options.silent:
        return
    modseq = criteria.highest(view, told) if program.modseq else 0
    where = b"%s MAILBOX %s UIDVALIDITY %d" % (
        criteria.correlator(session.tag), encode(session, name), selected.mailbox.uidvalidity,
    )  # fmt: skip
    numbers = [view.uids[row] for row in rows]
    session.write(returns.esearch(where, numbers, options, uid=True, modseq=modseq))


def _names(session: Session, source: list[Filter]) -> Iterator[str]:
    """The mailboxes that are meant, some perhaps twice."""
    nodes: dict[str, tree.Node] = {}
    if any(kind not in (b"SELECTED", b"INBOXES", b"MAILBOXES") for kind, _ in source):
        nodes = tree.nodes(session, subscriptions=True)
    for kind, given in source:
        names = [name for name in [_name(session, each) for each in given] if name is not None]
        if kind == b"SELECTED":
            assert session.selected is not None
            yield session.selected.mailbox.name
        elif kind == b"INBOXES":
            yield INBOX
        elif kind == b"MAILBOXES":
            yield from names
        else:
            for name, node in nodes.items():
                if kind == b"PERSONAL" and foreign.is_foreign(session, name):
                    continue
                if node.exists and node.selectable and _meant(kind, set(names), node, session.account.separator):
                    yield name


def _meant(kind: bytes, names: set[str], node: tree.Node, separator: str) -> bool:
    """Whether a filter over the tree takes a mailbox in; the subtree of "" is the whole tree."""
    if kind in (b"PERSONAL", b"SUBSCRIBED"):
        return kind == b"PERSONAL" or node.subscribed
    above = [*tree.parents(node.name, separator), ""]
    return node.name in names or not names.isdisjoint(above[:1] if kind == b"SUBTREE-ONE" else above)


def _name(session: Session, raw: bytes) -> str | None:
    """A name as the store knows it; None for what can be no mailbox."""
    try:
        return decode(session, raw)
    except MailboxError:
        return None


VERBS = (Verb(b"ESEARCH", run, capabilities=(b"MULTISEARCH",)),)
