"""LIST (RFC 3501 6.3.8) with the extensions that belong to it: RFC 3348, 5258, 5819, 6154, 8440, 9590."""

from pymaster.dialog.imapd import tree
from pymaster.dialog.imapd.answer import Answer, ok
from pymaster.dialog.imapd.cmd import acl, metadata, status
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.tree import Node
from pymaster.dialog.imapd.verbs import Verb
from pymaster.proto.imap.listoptions import ListRequest, list_request
from pymaster.proto.imap.listpattern import Patterns
from pymaster.proto.imap.server import Command
from pymaster.store.mailbox.contract import MailboxError


def run(session: Session, command: Command) -> Answer:
    """Tell names that match, and what was asked for about each right behind it."""
    request = list_request(command.args)
    if request.patterns == (b"",) and not request.extended:
        # The special request for the separator.
        session.write(tree.line(session, "", b"\\Noselect"))
        return ok(b"List completed.")
    status.enabling(session, request.status)
    _list(session, request, compiled(session, request.reference, request.patterns))
    return ok(b"List completed.")


def compiled(session: Session, reference: bytes, patterns: tuple[bytes, ...]) -> Patterns:
    """Patterns behind their reference. A plain name may end with a separator: Thunderbird's do."""
    separator = session.account.separator
    texts = []
    for pattern in patterns:
        text = tree.wanted_pattern(session, reference + pattern)
        if not text:
            continue
        plain = "*" not in text and "%" not in text and len(text) > 1
        texts.append(text.removesuffix(separator) if plain else text)
    return Patterns(texts, separator)


def _list(session: Session, request: ListRequest, patterns: Patterns) -> None:
    subscriptions = request.only_subscribed or request.subscribed
    nodes = tree.nodes(session, subscriptions=subscriptions)
    matching = {}
    for done, (name, node) in enumerate(nodes.items()):
        if patterns.matches(name):
            matching[name] = node
        if not done & 63:
            session.breathe(done, len(nodes))
    hidden = _above_hidden(session, nodes, matching) if request.recursive else set()
    for node in matching.values():
        if not _selected(request, node) and node.name not in hidden:
            continue
        if not (node.exists or request.only_subscribed):
            continue
        more = b' ("CHILDINFO" ("SUBSCRIBED"))' if request.recursive and node.below else b""
        words = tree.attributes(node, extended=request.extended or session.rev2, subscribed=subscriptions)
        session.write(tree.line(session, node.name, words, more=more))
        _details(session, request, node)
        session.breathe()


def _selected(request: ListRequest, node: Node) -> bool:
    """Whether a name is what the selection options want."""
    if request.only_subscribed and not node.subscribed:
        return False
    return bool(node.special) or not request.only_special


def _above_hidden(session: Session, nodes: dict[str, Node], matching: dict[str, Node]) -> set[str]:
    """Levels above a subscribed name that the patterns do not show (RFC 5258 section 3.5): told for its sake."""
    found: set[str] = set()
    for name, node in nodes.items():
        if node.subscribed and name not in matching:
            for parent in tree.parents(name, session.account.separator):
                if parent in found:
                    break
                found.add(parent)
    return found


def _details(session: Session, request: ListRequest, node: Node) -> None:
    """STATUS, MYRIGHTS and METADATA of a mailbox; what cannot be told is left out (RFC 5819 section 2)."""
    if not node.selectable:
        return
    try:
        if request.status:
            session.write(status.line(session, node.name, request.status))
        if request.rights:
            session.write(acl.my_rights(session, node.name))
        if request.entries:
            session.write(metadata.asked(session, node.name, request.entries))
    except MailboxError:
        return


VERBS = (
    Verb(
        b"LIST", run,
        capabilities=(
            b"CHILDREN", b"LIST-EXTENDED", b"LIST-STATUS", b"SPECIAL-USE", b"LIST-MYRIGHTS", b"LIST-METADATA",
        ),
    ),
)  # fmt: skip
