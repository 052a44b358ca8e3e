"""fetching - a FETCH compiled to a plan, and the plan carried out batch by batch.

Messages are taken in portions: large enough that one call to a thread, one store of \\\\Seen and one write serve hundreds of
them, small enough that output starts at once and memory stays flat.
"""

from __future__ import annotations

from collections.abc import Iterator
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


class Plan:
    """One FETCH's items for one session: columns in the order of the answer, and what they need."""

    __slots__ = ("bodies", "columns", "digests", "extra", "form", "selected", "session", "sets_seen")

    def __init__(self, session: Session, items: list[Item], *, uid: bool) -> None:
        selected = session.selected
        assert selected is not None
        self.session, self.selected = session, selected
        kinds = {item.kind for item in items}
        if (uid or selected.qresync or selected.uid_required) and b"UID" not in kinds:
            items = [Item(b"UID", b"UID"), *items]
        self.columns = [compile_item(item, selected, session.utf8) for item in items]
        self.digests = any(column.digests for column in self.columns)
        self.bodies = any(column.bodies for column in self.columns)
        self.sets_seen = not selected.read_only and any(column.seen for column in self.columns)
        modseq = selected.condstore and b"MODSEQ" not in kinds
        if b"FLAGS" in kinds and modseq:
            self.columns.append(compile_item(Item(b"MODSEQ", b"MODSEQ"), selected, session.utf8))
        # What is said of \Seen when FLAGS was not asked for.
        self.extra = self.sets_seen and b"FLAGS" not in kinds
        if self.extra:
            self.columns.append(Column(b"%b", lambda batch: [b""] * len(batch.uids)))
        self.form = b"* %d FETCH (" + b" ".join([column.format for column in self.columns]) + b")\r\n"
        if self.extra:
            self.form = self.form.replace(b" %b)\r\n", b"%b)\r\n")

    def run(self, rows: list[range]) -> tuple[bool, bool]:
        """Answer for these rows of the view; (whether messages were gone, whether one had an unknown transfer encoding)."""
        session, gone, unknown = self.session, False, False
        total, done = sum(map(len, rows)), 0
        for portion in chunks(rows, PORTION):
            if self.digests:
                self._prepare(portion)
            for batch in self._batches(portion):
                gone = gone or batch.gone
                told = self._mark_seen(batch) if self.sets_seen else set()
                if batch.uids:
                    unknown = self._write(batch, told) or unknown
            done += len(portion)
            session.breathe(done, total)
        return gone, unknown

    def _prepare(self, rows: Rows) -> None:
        """See to it that digests are at hand, in a thread unless it is little work."""
        selected = self.selected
        view = selected.view
        if len(rows) <= FEW and sum([view.sizes[row] for row in rows]) <= SMALL:
            return
        self.session.perform(selected.mailbox, selected.mailbox.prepare, Batch(selected, rows).uids)

    def _batches(self, portion: Rows) -> Iterator[Batch]:
        selected = self.selected
        if not self.bodies:
            batch = Batch(selected, portion)
            if self.digests:
                batch.load_digests()
            yield batch
            return
        for rows in by_weight(selected, portion, WEIGHT):
            batch = Batch(selected, rows)
            if self.digests:
                batch.load_digests()
            small = len(batch.uids) == 1 and selected.view.sizes[batch.rows[0]] <= SMALL
            get = read if small else self._in_thread
            batch.load_bodies(get(selected, batch.uids))
            yield batch

    def _in_thread(self, *arguments: Any) -> list[bytes | None]:
        return self.session.world.run(read, *arguments)  # type: ignore[no-any-return]

    def _mark_seen(self, batch: Batch) -> set[int]:
        """Set \\\\Seen where it is not; the UIDs of messages whose flags changed by it."""
        selected, mailbox = self.selected, self.selected.mailbox
        seen = mailbox.flags.having(SEEN)
        unseen = [
            uid for uid, number in zip(batch.uids, batch.column(selected.view.flags), strict=True) if number not in seen
        ]
        if not unseen:
            return set()
        done = self.session.perform(mailbox, mailbox.store, unseen, "+", [SEEN])
        selected.absorb(done.changed)
        return set(done.changed)

    def _write(self, batch: Batch, told: set[int]) -> bool:
        """Write a batch's answers; whether one was left out for its transfer encoding."""
        values = [column.values(batch) for column in self.columns]
        if told and self.extra:
            values[-1] = self._flags_extra(batch, told)
        numbers = [row + 1 for row in batch.rows]
        if any(column.head is not None or column.bodies for column in self.columns):
            return self._write_pieces(numbers, values)
        form = self.form
        self.session.write(b"".join([form % line for line in zip(numbers, *values, strict=True)]))
        return False

    def _flags_extra(self, batch: Batch, told: set[int]) -> list[bytes]:
        condstore = self.selected.condstore and not any(column.format.startswith(b"MODSEQ") for column in self.columns)
        modseqs = batch.column(self.selected.view.modseqs)
        extra = []
        for uid, text, modseq in zip(batch.uids, flags(batch), modseqs, strict=True):
            item = b" FLAGS (%b)" % text if uid in told else b""
            extra.append(item + b" MODSEQ (%d)" % modseq if item and condstore else item)
        return extra

    def _write_pieces(self, numbers: list[int], values: list[Any]) -> bool:
        """Answers with octets of messages in them: large ones go out as they are, without being copied into a line."""
        unknown = False
        write, columns = self.session.write, self.columns
        last = len(columns) - 1 if self.extra else -1
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
