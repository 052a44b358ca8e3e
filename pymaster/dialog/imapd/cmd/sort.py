"""SORT and UID SORT (RFC 5256; DISPLAYFROM, DISPLAYTO: RFC 5957; RETURN options: RFC 5267)."""

from collections.abc import Callable, Sequence
from typing import Any

from pymaster.dialog.imapd import contexts, criteria
from pymaster.dialog.imapd.answer import Answer, ok
from pymaster.dialog.imapd.selected import Selected
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import FLAGS, SELECTED, Verb
from pymaster.proto.imap import returns, sortkeys
from pymaster.proto.imap.server import Command
from pymaster.proto.message import digest as fields
from pymaster.proto.message.digest import Digest
from pymaster.store.mailbox.contract import MailboxError

_FIELDS = {
    b"CC": fields.CC_KEY,
    b"FROM": fields.FROM_KEY,
    b"SUBJECT": fields.SUBJECT,
    b"TO": fields.TO_KEY,
    b"DISPLAYFROM": fields.FROM_NAME,
    b"DISPLAYTO": fields.TO_NAME,
}


def sort(session: Session, command: Command) -> Answer:
    """SORT: answers sequence numbers."""
    return _sort(session, command, uid=False)


def uid_sort(session: Session, command: Command) -> Answer:
    """UID SORT: answers UIDs."""
    return _sort(session, command, uid=True)


def _sort(session: Session, command: Command, *, uid: bool) -> Answer:
    args, selected = command.args, session.selected
    assert selected is not None
    args.sp()
    options = returns.parse(args)
    order = sortkeys.parse(args)
    args.sp()
    charset = args.astring()
    args.sp()
    try:
        program = criteria.read_program(session, args, charset)
        rows = ordered(session, selected, criteria.find(session, selected, program), order)
    except MailboxError:
        criteria.unsaved(session, options)
        raise
    if b"UPDATE" in options:
        # Positions of a sorted result are not followed (CONTEXT=SORT).
        contexts.refuse(session)
    criteria.tell(session, b"SORT", rows, options, program, uid=uid)
    return ok(b"Sort completed.")


def ordered(
    session: Session, selected: Selected, rows: Sequence[int], order: Sequence[sortkeys.Criterion]
) -> list[int]:
    """Rows of the view in order; messages that are gone, and whose headers nobody knows, are left out."""
    view = selected.view
    wanted = [key for key, _ in order if key in _FIELDS or key == b"DATE"]
    values: dict[int, tuple[Any, ...]] = {}
    if wanted:

        def take(row: int, digest: Digest) -> tuple[Any, ...]:
            return tuple([_sent(row, digest) if key == b"DATE" else digest[_FIELDS[key]] for key in wanted])

        def _sent(row: int, digest: Digest) -> int:
            return view.dates[row] if digest.sent is None else digest.sent

        values = criteria.gather(session, selected.mailbox, view, rows, take)
        rows = [row for row in rows if row in values]

    def column(key: bytes) -> Callable[[int], Any]:
        if key == b"ARRIVAL":
            return view.dates.__getitem__
        if key == b"SIZE":
            return view.sizes.__getitem__
        place = wanted.index(key)
        return lambda row: values[row][place]

    found: list[int] = session.world.run(sortkeys.ordered, rows, order, column)
    return found


VERBS = (
    Verb(b"SORT", sort, SELECTED, FLAGS, capabilities=(b"SORT", b"SORT=DISPLAY", b"ESORT")),
    Verb(b"UID SORT", uid_sort, SELECTED),
)
