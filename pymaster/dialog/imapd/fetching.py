"""fetching - a FETCH compiled to a plan, and the plan carried out batch by batch.

Messages are taken in portions: large enough that one call to a thread, one store of \\\\Seen and one write serve hundreds of
them, small enough that output starts at once and memory stays flat.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from pymaster.dialog.imapd.batch import Batch, Rows, by_weight, chunks, read
from pymaster.dialog.imapd.columns import Column, compile_item, flags
from pymaster.dialog.imapd.session import Session
from pymaster.proto.imap.fetch_items import Item
from pymaster.store.mailbox.state import SEEN

# Messages answered together; octets of messages read together, and of those whose
# digests are used together; how many digests are made without a thread, of what size; octets that are read by one session
# at a time.
PORTION = 500
WEIGHT, BULK = 1 << 19, 1 << 23
FEW, SMALL, LARGE = 8, 1 << 18, 1 << 20


@dataclass(frozen=True, slots=True)
class Manner:
    """What of a session and its mailbox shapes the answers: `uid` is told in each, `modseq` beside FLAGS; `utf8` texts;
    whether \\Seen may be set."""

    uid: bool
    modseq: bool
    utf8: bool
    writable: bool


def manner_of(session: Session, *, uid: bool) -> Manner:
    """How a session's FETCH answers look; `uid`: for UID FETCH."""
    selected = session.selected
    assert selected is not None
    told = uid or selected.qresync or selected.uid_required
    return Manner(told, session.condstore, session.utf8, not selected.read_only)


def fetch_items(session: Session, items: list[Item], rows: list[range], *, uid: bool = False) -> None:
    """FETCH responses that nobody asked for just now (NOTIFY)."""
    Fetching(session, Plan(items, manner_of(session, uid=uid))).run(rows)


class Plan:
    """FETCH items compiled: columns in the order of the answer, and what they need. The same for every session of a manner."""

    __slots__ = (
        "bodies", "columns", "decoding", "digests", "extra", "form", "pieces", "sets_seen", "tells_modseq", "weight",
    )  # fmt: skip

    def __init__(self, items: list[Item], manner: Manner) -> None:
        kinds = {item.kind for item in items}
        if manner.uid and b"UID" not in kinds:
            items = [Item(b"UID", b"UID"), *items]
        if manner.modseq and b"FLAGS" in kinds and b"MODSEQ" not in kinds:
            items = [*items, Item(b"MODSEQ", b"MODSEQ")]
        self.columns = [compile_item(item, manner.utf8) for item in items]
        self.digests = any(column.digests for column in self.columns)
        self.bodies = any(column.bodies for column in self.columns)
        self.pieces = any(column.bodies or column.head is not None for column in self.columns)
        self.sets_seen = manner.writable and any(column.seen for column in self.columns)
        self.decoding = [column.known for column in self.columns if column.known is not None]
        # Each column of contents may be as large as the messages.
        share = max(sum(column.digests or column.bodies for column in self.columns), 1)
        self.weight = (WEIGHT if self.bodies else BULK) // share
        # What is said of \Seen when FLAGS was not asked for; and whether MODSEQ has to be said with it.
        self.extra = self.sets_seen and b"FLAGS" not in kinds
        self.tells_modseq = manner.modseq and b"MODSEQ" not in kinds
        self.form = b"* %d FETCH (" + b" ".join([column.format for column in self.columns])
        if self.extra:
            self.form += b"%b"
        self.form += b")\r\n"


class Fetching:
    """A plan carried out in a session."""

    __slots__ = ("_plan", "_selected", "_session")

    def __init__(self, session: Session, plan: Plan) -> None:
        assert session.selected is not None
        self._session, self._selected, self._plan = session, session.selected, plan

    def run(self, rows: list[range]) -> tuple[bool, bool]:
        """Answer for these rows of the view; (whether messages were gone, whether one had an unknown transfer encoding)."""
        session, plan = self._session, self._plan
        gone = unknown = False
        total, done = sum(map(len, rows)), 0
        for portion in chunks(rows, PORTION):
            for part in by_weight(self._selected, portion, plan.weight) if plan.digests or plan.bodies else (portion,):
                batch = self._batch(part)
                gone = gone or batch.gone
                if plan.decoding:
                    unknown = self._drop_unknown(batch) or unknown
                told = self._mark_seen(batch) if plan.sets_seen else set()
                if batch.uids:
                    self._write(batch, told)
                done += len(part)
                session.breathe(done, total)
        return gone, unknown

    def _batch(self, rows: Rows) -> Batch:
        """Messages with what the plan needs of them."""
        selected, plan = self._selected, self._plan
        batch = Batch(selected, rows)
        mailbox = selected.mailbox
        # In a thread, unless it is little work.
        weight = sum(batch.column(selected.view.sizes))
        little = len(rows) <= FEW and weight <= SMALL
        if plan.digests:
            batch.load_digests(self._session.perform(mailbox, mailbox.digests_of, batch.uids, heavy=not little))
        if plan.bodies and batch.uids:
            world = self._session.world
            # A user's sessions that want the same large message at once shall not each read it.
            with world.lock(mailbox) if weight > LARGE else nullcontext():
                batch.load_bodies(read(selected, batch.uids) if little else world.run(read, selected, batch.uids))
        return batch

    def _drop_unknown(self, batch: Batch) -> bool:
        """Leave messages out whose transfer encoding is not known where it has to be undone; whether there are any."""
        there = [all(known(batch, n) for known in self._plan.decoding) for n in range(len(batch.uids))]
        batch.keep(there)
        return not all(there)

    def _mark_seen(self, batch: Batch) -> set[int]:
        """Set \\Seen where it is not; the UIDs of messages whose flags changed by it."""
        selected, mailbox = self._selected, self._selected.mailbox
        if "s" not in mailbox.rights:
            return set()
        seen = mailbox.flags.having(SEEN)
        numbers = batch.column(selected.view.flags)
        unseen = [uid for uid, number in zip(batch.uids, numbers, strict=True) if number not in seen]
        if not unseen:
            return set()
        done = self._session.perform(mailbox, mailbox.store, unseen, "+", [SEEN])
        selected.absorb(done.changed)
        return set(done.changed)

    def _write(self, batch: Batch, told: set[int]) -> None:
        """Write a batch's answers."""
        plan = self._plan
        extra = self._flags_extra(batch, told) if plan.extra else None
        numbers = [row + 1 for row in batch.rows]
        if plan.pieces and len(numbers) == 1:
            self._write_one(numbers[0], batch, extra[0] if extra else b"")
            return
        columns = [column.values(batch) for column in plan.columns]
        if extra is not None:
            columns.append(extra)
        if not plan.pieces:
            form = plan.form
            self._session.write(b"".join([form % line for line in zip(numbers, *columns, strict=True)]))
            return
        for number, *line in zip(numbers, *columns, strict=True):
            parts = [b"* %d FETCH (" % number]
            for column, value in zip(plan.columns, line, strict=False):
                parts += piece(column, value) if len(parts) == 1 else (b" ", *piece(column, value))
            parts.append(line[-1] + b")\r\n" if extra is not None else b")\r\n")
            self._session.write(b"".join(parts))

    def _write_one(self, number: int, batch: Batch, extra: bytes) -> None:
        """One message's answer item by item: however large it is and however often it is asked for, it is held once."""
        write = self._session.write
        write(b"* %d FETCH (" % number)
        for n, column in enumerate(self._plan.columns):
            if n:
                write(b" ")
            for part in piece(column, column.values(batch)[0]):
                write(part)
        write(extra + b")\r\n")

    def _flags_extra(self, batch: Batch, told: set[int]) -> list[bytes]:
        """What is said of messages whose flags changed by this command, when FLAGS was not asked for."""
        if not told:
            return [b""] * len(batch.uids)
        modseqs = batch.column(self._selected.view.modseqs)
        extra = []
        for uid, text, modseq in zip(batch.uids, flags(batch), modseqs, strict=True):
            item = b" FLAGS (%b)" % text if uid in told else b""
            extra.append(item + b" MODSEQ (%d)" % modseq if item and self._plan.tells_modseq else item)
        return extra


def piece(column: Column, value: Any) -> tuple[bytes, ...]:
    """An item as it is sent, its octets apart."""
    if column.head is None:
        return (column.format % value,)
    start = column.format % () + column.head(value)
    return (start, value) if value else (start,)
