"""FETCH and UID FETCH (RFC 3501 section 6.4.5; CHANGEDSINCE and VANISHED: RFC 7162; PARTIAL: RFC 9394)."""

from dataclasses import replace
from functools import lru_cache

from pymaster.dialog.imapd.answer import Answer, bad, no, ok
from pymaster.dialog.imapd.cmd.enable import apply
from pymaster.dialog.imapd.fetching import Fetching, Manner, Plan, manner_of
from pymaster.dialog.imapd.selected import Selected
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import FLAGS, SELECTED, Verb
from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.fetch_items import Item, Modifiers, Request, parse_request, partial_slice
from pymaster.proto.imap.server import Command
from pymaster.proto.imap.sets import SequenceSet, intersected, merged, runs, without, written_ranges

# Octets of a command's items that are worth being kept compiled.
KEPT = 2048


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
    request, plan = _compiled(session, args, uid)
    modifiers = request.modifiers
    _check(session, modifiers, uid)
    try:
        rows = selected.rows(numbers, uid=uid)
    except ValueError:
        return bad(b"No such message.")
    if request.condstore and not session.condstore:
        session.enabled.add(b"CONDSTORE")
        apply(session)
    if modifiers.vanished:
        _tell_vanished(session, selected, numbers, modifiers.changed_since or 0)
    gone, unknown = Fetching(session, plan).run(_narrowed(selected, rows, modifiers))
    if unknown:
        return no(b"Unknown transfer encoding.", b"UNKNOWN-CTE")
    if gone:
        return no(b"Some of the messages no longer exist.", b"EXPUNGEISSUED")
    return ok(b"Fetch completed.")


def _compiled(session: Session, args: Cursor, uid: bool) -> tuple[Request, Plan]:
    """What is asked for, and how it is answered. Clients repeat themselves, so short commands without literals are kept."""
    manner = manner_of(session, uid=uid)
    rest = args.rest
    if len(rest) > KEPT or b"{" in rest:
        return _planned(parse_request(args, rev2=session.rev2), manner)
    return _kept(rest, session.rev2, manner)


@lru_cache(maxsize=512)
def _kept(text: bytes, rev2: bool, manner: Manner) -> tuple[Request, Plan]:
    return _planned(parse_request(Cursor([text], []), rev2=rev2), manner)


def _planned(request: Request, manner: Manner) -> tuple[Request, Plan]:
    items = request.items
    if request.modifiers.changed_since is not None and not any(item.kind == b"MODSEQ" for item in items):
        items = [*items, Item(b"MODSEQ", b"MODSEQ")]
    return request, Plan(items, replace(manner, modseq=manner.modseq or request.condstore))


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
    within = intersected(numbers.resolved(view.uidnext), [(1, view.uidnext - 1)] if view.uidnext > 1 else [])
    gone = selected.mailbox.vanished(since)
    missing = without(within if gone is None else intersected(within, merged(gone)), view.uids)
    if missing:
        session.write(b"* VANISHED (EARLIER) %s\r\n" % written_ranges(missing))


VERBS = (
    Verb(
        b"FETCH", fetch, SELECTED, FLAGS,
        capabilities=(b"BINARY", b"PREVIEW", b"SAVEDATE", b"PARTIAL"),
    ),
    Verb(b"UID FETCH", uid_fetch, SELECTED),
)  # fmt: skip
