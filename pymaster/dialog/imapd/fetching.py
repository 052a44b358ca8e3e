"""fetching - a FETCH compiled to a plan, and the plan carried out batch by batch.

Messages are taken in portions: large enough that one call to a thread, one store of \\\\Seen and one write serve hundreds of
them, small enough that output starts at once and memory stays flat.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pymaster.dialog.imapd.batch import Batch, Rows, by_weight, chunks, read
from pymaster.dialog.imapd.columns import UNKNOWN, Column, compile_item, flags
from pymaster.dialog.imapd.session import Session
from pymaster.proto.imap.fetch_items import Item
from pymaster.store.mailbox.state import SEEN

# Messages answered together; octets of messages read together; how many digests are made without a thread, of what size.
PORTION = 500
WEIGHT = 1 << 19
FEW, SMALL = 8, 1 << 18


@dataclass(frozen=True, slots=True)
class Manner:
    """What of a session and its mailbox shapes the answers: `uid` is told in each, `modseq` beside FLAGS; `utf8` texts;
    whether \\Seen may be set."""

    uid: bool
    modseq: bool
    utf8: bool
    writable: bool


class Plan:
    """FETCH items compiled: columns in the order of the answer, and what they need. The same for every session of a manner."""

    __slots__ = ("bodies", "columns", "digests", "extra", "form", "pieces", "sets_seen", "tells_modseq")

    def __init__(self, items: list[Item], manner: Manner) -> None:
        kinds = {item.kind for item in items}
        if manner.uid and b"UID" not in kinds:
            items = [Item(b"UID", b"UID"), *items]
        if manner.modseq and b"FLAGS" in kinds and b"MODSEQ" not in kinds:
            items = [*items, Item(b"MODSEQ", b"MODSEQ")]
        self.columns = [compile_item(item, manner.utf8) for item in items]
        self.digests = any([column.digests for column in self.columns])
        self.bodies = any([column.bodies for column in self.columns])
        self.pieces = any([column.bodies or column.head is not None for column in self.columns])
        self.sets_seen = manner.writable and any([column.seen for column in self.columns])
        # What is said of \Seen when FLAGS was not asked for; and whether MODSEQ has to be said with it.
        self.extra = self.sets_seen and b"FLAGS" not in kinds
        self.tells_modseq = manner.modseq and b"MODSEQ" not in kinds
        self.form = b"* %d FETCH (" + b" ".join([column.format for column in self.columns])
        if self.extra:
            self.columns.append(Column(b"%b", lambda batch: [b""] * len(batch.uids)))
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
            if plan.digests:
                self._prepare(portion)
            for batch in self._batches(portion):
                gone = gone or batch.gone
                told = self._mark_seen(batch) if plan.sets_seen else set()
                if batch.uids:
                    unknown = self._write(batch, told) or unknown
            done += len(portion)
            session.breathe(done, total)
        return gone, unknown

    def _prepare(self, rows: Rows) -> None:
        """See to it that digests are at hand, in a thread unless it is little work."""
        selected = self._selected
        view = selected.view
        if len(rows) <= FEW and sum([view.sizes[row] for row in rows]) <= SMALL:
            return
        self._session.perform(selected.mailbox, selected.mailbox.prepare, Batch(selected, rows).uids)

    def _batches(self, portion: Rows) -> Iterator[Batch]:
        selected = self._selected
        if not self._plan.bodies:
            batch = Batch(selected, portion)
            if self._plan.digests:
                batch.load_digests()
            yield batch
            return
        for rows in by_weight(selected, portion, WEIGHT):
            batch = Batch(selected, rows)
            if self._plan.digests:
                batch.load_digests()
            small = len(batch.uids) == 1 and selected.view.sizes[batch.rows[0]] <= SMALL
            get = read if small else self._in_thread
            batch.load_bodies(get(selected, batch.uids))
            yield batch

    def _in_thread(self, *arguments: Any) -> list[bytes | None]:
        return self._session.world.run(read, *arguments)  # type: ignore[no-any-return]

    def _mark_seen(self, batch: Batch) -> set[int]:
        """Set \\\\Seen where it is not; the UIDs of messages whose flags changed by it."""
        selected, mailbox = self._selected, self._selected.mailbox
        seen = mailbox.flags.having(SEEN)
        unseen = [
            uid for uid, number in zip(batch.uids, batch.column(selected.view.flags), strict=True) if number not in seen
        ]
        if not unseen:
            return set()
        done = self._session.perform(mailbox, mailbox.store, unseen, "+", [SEEN])
        selected.absorb(done.changed)
        return set(done.changed)

    def _write(self, batch: Batch, told: set[int]) -> bool:
        """Write a batch's answers; whether one was left out for its transfer encoding."""
        values = [column.values(batch) for column in self._plan.columns]
        if told and self._plan.extra:
            values[-1] = self._flags_extra(batch, told)
        numbers = [row + 1 for row in batch.rows]
        if self._plan.pieces:
            return self._write_pieces(numbers, values)
        form = self._plan.form
        self._session.write(b"".join([form % line for line in zip(numbers, *values, strict=True)]))
        return False

    def _flags_extra(self, batch: Batch, told: set[int]) -> list[bytes]:
        modseqs = batch.column(self._selected.view.modseqs)
        extra = []
        for uid, text, modseq in zip(batch.uids, flags(batch), modseqs, strict=True):
            item = b" FLAGS (%b)" % text if uid in told else b""
            extra.append(item + b" MODSEQ (%d)" % modseq if item and self._plan.tells_modseq else item)
        return extra

    def _write_pieces(self, numbers: list[int], values: list[Any]) -> bool:
        """Answers with octets of messages in them: large ones go out as they are, without being copied into a line."""
        unknown = False
        write, columns = self._session.write, self._plan.columns
        last = len(columns) - 1 if self._plan.extra else -1
        for number, *line in zip(numbers, *values, strict=True):
            if UNKNOWN in line:
                unknown = True
                continue
            parts = [b"* %d FETCH (" % number]
            for n, (column, value) in enumerate(zip(columns, line, strict=True)):
                if n and n != last:
                    parts.append(b" ")
                if column.head is None:
                    parts.append(column.format % value)
                    continue
                parts.append(column.format % ())
                parts.append(column.head(value))
                if value:
                    parts.append(value)
            parts.append(b")\r\n")
            for part in parts if max(map(len, parts)) > WEIGHT else (b"".join(parts),):
                write(part)
        return unknown
