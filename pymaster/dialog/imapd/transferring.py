"""transferring - COPY and MOVE between two mailboxes: opened, locked and told of together (RFC 3501 6.4.7, RFC 4315, RFC 6851).

All or none: a message that another session expunged meanwhile refuses the whole of a COPY by sequence numbers; UIDs that do
not exist mean nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from pymaster.dialog.imapd import foreign
from pymaster.dialog.imapd.answer import Answer, bad, no, ok
from pymaster.dialog.imapd.names import decode
from pymaster.proto.imap.cursor import Cursor
from pymaster.proto.imap.sets import written
from pymaster.store.mailbox.contract import Mailbox, MailboxError

if TYPE_CHECKING:
    from pymaster.dialog.imapd.session import Session


@contextmanager
def target(session: Session, name: bytes) -> Iterator[Mailbox]:
    """The mailbox that messages go to, open while it lasts; raises MailboxError TRYCREATE when there is none."""
    decoded = decode(session, name)
    try:
        mailbox = foreign.open_for(session, decoded, "i")
    except MailboxError as exc:
        # Where the user may perhaps make none, or not know of it, there is no advice to give (RFC 4314 section 4).
        if exc.code == "NONEXISTENT" and not foreign.is_foreign(session, decoded):
            raise MailboxError("TRYCREATE", "Mailbox doesn't exist") from exc
        raise
    try:
        if mailbox.read_only:
            raise MailboxError("NOPERM", "Mailbox is read-only")
        yield mailbox
    finally:
        mailbox.close()


@contextmanager
def both(session: Session, one: Mailbox, other: Mailbox) -> Iterator[None]:
    """The locks of two mailboxes, always taken in the same order; afterwards other sessions are told of new states."""
    boxes = [one] if one is other else sorted([one, other], key=lambda box: (box.mailbox_id, box.name))
    before = [box.state for box in boxes]
    try:
        with ExitStack() as stack:
            for box in boxes:
                stack.enter_context(session.world.lock(box))
            yield
    finally:
        for box, state in zip(boxes, before, strict=True):
            if box.state is not state:
                session.world.changed(box)


def transfer(session: Session, uids: list[int], there: Mailbox, *, move: bool, uid: bool) -> list[tuple[int, int]]:
    """Copy or move messages of the selected mailbox; (UID here, UID there)."""
    selected = session.selected
    assert selected is not None
    here = selected.mailbox

    def work() -> list[tuple[int, int]]:
        if not uid:
            present = here.refresh()
            if any(present.position(each) < 0 for each in uids):
                raise MailboxError("EXPUNGEISSUED", "Some of the messages no longer exist")
        return here.copy(uids, there, move=move)

    with both(session, here, there):
        pairs: list[tuple[int, int]] = session.world.run(work)
    return pairs


def copyuid(there: Mailbox, pairs: list[tuple[int, int]]) -> bytes:
    """The response code COPYUID, sets in the order of the copies."""
    here, copies = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return b"COPYUID %d %s %s" % (there.uidvalidity, written(here, ordered=True), written(copies, ordered=True))


def carry_out(session: Session, args: Cursor, *, move: bool, uid: bool) -> Answer:
    """The whole of COPY or MOVE."""
    selected = session.selected
    assert selected is not None
    args.sp()
    numbers = args.sequence_set()
    args.sp()
    name = args.astring()
    args.end()
    done = b"Move completed." if move else b"Copy completed."
    try:
        uids = selected.uids(selected.rows(numbers, uid=uid))
    except ValueError:
        return bad(b"No such message.")
    if move and selected.read_only:
        return no(b"Mailbox is read-only.", b"READ-ONLY")
    with target(session, name) as there:
        pairs = transfer(session, uids, there, move=move, uid=uid) if uids else []
        code = copyuid(there, pairs) if pairs else b""
    if not pairs:
        return ok(b"No messages found.")
    if not move:
        return ok(done, code)
    # Before the EXPUNGEs, which come with the news (RFC 6851 section 4.3).
    session.write(b"* OK [%s] Moved UIDs.\r\n" % code)
    highest = b"HIGHESTMODSEQ %d" % selected.mailbox.state.highest if session.condstore else b""
    return ok(done, highest)
