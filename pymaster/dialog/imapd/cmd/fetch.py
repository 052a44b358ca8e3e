"""FETCH and UID FETCH (RFC 3501 section 6.4.5; CHANGEDSINCE and VANISHED: RFC 7162; PARTIAL: RFC 9394)."""

from pymaster.dialog.imapd.answer import Answer, bad, no, ok
from pymaster.dialog.imapd.cmd.enable import apply
from pymaster.dialog.imapd.fetching import Plan
from pymaster.dialog.imapd.selected import Selected
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import FLAGS, SELECTED, Verb
from pymaster.proto.imap.cursor import BadSyntax
from pymaster.proto.imap.fetch_items import Item, Modifiers, parse_request, partial_slice
from pymaster.proto.imap.server import Command
from pymaster.proto.imap.sets import SequenceSet, runs, written


def fetch(session: Session, command: Command) -> Answer:
    """FETCH."""
    return _fetch(session, command, uid=False)


def uid_fetch(session: Session, command: Command) -> Answer:
    """UID FETCH."""
    return _fetch(session, command, uid=True)


def _fetch(session: Session, command: Command, *, uid: bool) -> Answer:
    args, selected = command.args, session.selected
    assert selected is not None
    args.sp()
    numbers = args.sequence_set()
    args.sp()
    request = parse_request(args, rev2=session.rev2)
    items, modifiers = request.items, request.modifiers
    _check(session, modifiers, uid)
    try:
        rows = selected.rows(numbers, uid=uid)
    except ValueError:
        return bad(b"No such message.")
    kinds = {item.kind for item in items}
    if modifiers.changed_since is not None or b"MODSEQ" in kinds:
        # These words switch CONDSTORE on (RFC 7162 section 3.1).
        session.enabled.add(b"CONDSTORE")
        apply(session)
    if modifiers.vanished:
        _tell_vanished(session, selected, numbers, modifiers.changed_since or 0)
    rows = _narrowed(selected, rows, modifiers)
    if modifiers.changed_since is not None and b"MODSEQ" not in kinds:
        items = [*items, Item(b"MODSEQ", b"MODSEQ")]
    gone, unknown = Plan(session, items, uid=uid).run(rows)
    if unknown:
        return no(b"Unknown transfer encoding.", b"UNKNOWN-CTE")
    if gone:
        return no(b"Some of the messages no longer exist.", b"EXPUNGEISSUED")
    return ok(b"Fetch completed.")


def _check(session: Session, modifiers: Modifiers, uid: bool) -> None:
    """RFC 7162 section 3.2.6: VANISHED needs UID FETCH, CHANGEDSINCE and QRESYNC."""
    if modifiers.vanished and not (uid and modifiers.changed_since is not None and b"QRESYNC" in session.enabled):
        raise BadSyntax("VANISHED needs UID FETCH, CHANGEDSINCE and QRESYNC")


def _narrowed(selected: Selected, rows: list[range], modifiers: Modifiers) -> list[range]:
    """Only what changed since, and of that only the part that was asked for."""
    since = modifiers.changed_since
    if since:
        modseqs = selected.view.modseqs
        rows = _ranges([row for each in rows for row in each if modseqs[row] > since])
    if modifiers.partial is not None:
        flat = [row for each in rows for row in each]
        rows = _ranges(flat[partial_slice(len(flat), modifiers.partial)])
    return rows


def _ranges(rows: list[int]) -> list[range]:
    return [range(low, high + 1) for low, high in runs(rows)]


def _tell_vanished(session: Session, selected: Selected, numbers: SequenceSet, since: int) -> None:
    """VANISHED (EARLIER): which of these UIDs are gone since; all that are not there when the log does not reach back."""
    view = selected.view
    if numbers.saved:
        return
    within = numbers.resolved(max(view.uidnext - 1, 1))
    gone = selected.mailbox.vanished(since)
    present = set(view.uids)
    if gone is None:
        gone = [(1, view.uidnext - 1)]
    missing = [
        uid
        for low, high in gone
        for first, last in within
        for uid in range(max(low, first), min(high, last) + 1)
        if uid not in present
    ]
    if missing:
        session.write(b"* VANISHED (EARLIER) %s\r\n" % written(missing))


VERBS = (
    Verb(
        b"FETCH", fetch, SELECTED, FLAGS,
        capabilities=(b"BINARY", b"PREVIEW", b"SAVEDATE", b"PARTIAL"),
    ),
    Verb(b"UID FETCH", uid_fetch, SELECTED),
)  # fmt: skip
