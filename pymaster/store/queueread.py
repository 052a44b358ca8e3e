"""queueread - what everybody may ask of the queue: short read transactions, pages by key.

No transaction outlives a call, and none covers more than a page: a reader pins every page freed after it began. A row
that is damaged raises CorruptRow here and is remembered; the next commit of this process sets the message aside.
"""

import itertools
from collections.abc import Iterator
from typing import Any
from zlib import crc32

from pymaster.model.stored import INCOMING, RecipientState, State, Stored
from pymaster.store.contract import CorruptRow, Due
from pymaster.store.env import Env
from pymaster.store.rows import (
    MessageRow,
    body_key,
    due_key,
    micro,
    split_due,
    state_key,
    unpack_message,
    unpack_record,
)

PAGE = 1000  # rows that one transaction looks at


class QueueReader:
    """The reading half of the queue, over an open environment."""

    def __init__(self, env: Env) -> None:
        self.env = env
        self._tables = env.tables
        # Found by readers, mended by the next commit: ids of damaged messages, due rows without a message.
        self.suspects: dict[str, str] = {}
        self.stale: set[bytes] = set()

    def due(self, until: float, after: tuple[float, str] | None = None, limit: int = PAGE) -> list[Due]:
        """Messages due at or before `until` (wall seconds), in time order, after the given row."""
        found: list[Due] = []
        last = micro(until)
        with self.env.read() as txn:
            cursor = txn.cursor(db=self._tables["due"])
            start = due_key(0, b"") if after is None else due_key(micro(after[0]), after[1].encode() + b"\0")
            messages = txn.cursor(db=self._tables["msg"])
            for key in _from(cursor, start, values=False):
                when, queue_id = split_due(key)
                if when > last or len(found) >= limit:
                    break
                if messages.set_key(queue_id):
                    found.append(Due(queue_id.decode(), when / 1_000_000))
                else:
                    self.stale.add(key)
        return found

    def load(self, queue_id: str) -> Stored | None:
        """One message's envelope, state and outcomes; None when it is gone. Raises CorruptRow."""
        key = queue_id.encode()
        with self.env.read() as txn:
            value = txn.get(key, db=self._tables["msg"])
            if value is None:
                return None
            return self._stored(key, value, txn.cursor(db=self._tables["rcpt"]))

    def _stored(self, queue_id: bytes, value: bytes, outcomes: Any) -> Stored:
        try:
            row = unpack_message(value, queue_id)
            stored = Stored(row.envelope(queue_id), State(INCOMING, row.due / 1_000_000))
            prefix = state_key(queue_id)
            for key, item in _from(outcomes, prefix):
                if not key.startswith(prefix):
                    break
                if key == prefix:
                    stored.state = unpack_record(item, State)
                else:
                    result = unpack_record(item, RecipientState)
                    stored.results[result.n] = result
        except CorruptRow as exc:
            self.suspects[queue_id.decode("ascii", "replace")] = str(exc)
            raise
        return stored

    def chunks(self, queue_id: str) -> Iterator[bytes]:
        """The body in blocks of at most 64 KB; each is one short transaction. Raises KeyError, CorruptRow."""
        row, block = self._first(queue_id)
        offset = 0
        while block:
            yield block
            offset += len(block)
            if offset >= row.size:
                return
            block = self._next(queue_id, row, offset)

    # Transactions of their own functions: a name that still stands for one keeps its reader's slot, even when it is over.

    def _first(self, queue_id: str) -> tuple[MessageRow, bytes]:
        with self.env.read() as txn:
            row = self._row(txn, queue_id)
            return row, self._slice(txn, row, 0) if row.size else b""

    def _next(self, queue_id: str, row: MessageRow, offset: int) -> bytes:
        with self.env.read() as txn:
            return self._slice(txn, row, offset, queue_id)

    def _row(self, txn: Any, queue_id: str) -> MessageRow:
        key = queue_id.encode()
        value = txn.get(key, db=self._tables["msg"])
        if value is None:
            raise KeyError(queue_id)
        try:
            return unpack_message(value, key)
        except CorruptRow as exc:
            self.suspects[queue_id] = str(exc)
            raise

    def _slice(self, txn: Any, row: MessageRow, offset: int, queue_id: str = "") -> bytes:
        """The slice that begins at `offset`."""
        value: bytes | None = txn.get(body_key(row.body, offset), db=self._tables["body"])
        if value is None:
            if queue_id and txn.get(queue_id.encode(), db=self._tables["msg"]) is None:
                raise KeyError(queue_id)  # removed while we read
            raise CorruptRow(f"body is missing from byte {offset}")
        self.env.mapping.touched(len(value))
        return _checked(value)

    def read(self, queue_id: str, offset: int, size: int) -> bytes:
        """Up to `size` bytes of the body from `offset`. Raises KeyError, CorruptRow."""
        parts: list[bytes] = []
        with self.env.read() as txn:
            row = self._row(txn, queue_id)
            end = min(offset + size, row.size)
            cursor = txn.cursor(db=self._tables["body"])
            prefix = row.body + b"\0"
            # The slice that holds `offset` is the last one that begins at or before it.
            _ = cursor.prev() if cursor.set_range(body_key(row.body, offset + 1)) else cursor.last()
            while offset < end:
                key = bytes(cursor.key())
                start = int.from_bytes(key[len(prefix) :], "big")
                data = _checked(cursor.value()) if key.startswith(prefix) else b""
                part = data[offset - start : end - start]
                if not part:
                    raise CorruptRow(f"body is missing from byte {offset}")
                parts.append(part)
                offset += len(part)
                cursor.next()
        return b"".join(parts)

    def scan(self, after: str = "", limit: int = PAGE, queue: str = "") -> list[Stored]:
        """Messages in id order after `after`, of one queue or all. Damaged ones are left out and set aside later."""
        found: list[Stored] = []
        position: bytes | None = after.encode() + b"\0" if after else b""
        while position is not None and len(found) < limit:
            position = self._scan_page(position, limit, queue, found)
        return found

    def _scan_page(self, position: bytes, limit: int, queue: str, found: list[Stored]) -> bytes | None:
        """Look at one page of rows; where the next page begins, None at the end."""
        with self.env.read() as txn:
            outcomes = txn.cursor(db=self._tables["rcpt"])
            cursor = txn.cursor(db=self._tables["msg"])
            for seen, (key, value) in enumerate(_from(cursor, position)):
                if seen >= PAGE or len(found) >= limit:
                    return bytes(key)
                if queue and not self._in_queue(key, queue, outcomes):
                    continue
                try:
                    found.append(self._stored(key, value, outcomes))
                except CorruptRow:
                    continue  # remembered by _stored
        return None

    def _in_queue(self, queue_id: bytes, queue: str, outcomes: Any) -> bool:
        value = outcomes.get(state_key(queue_id))
        if value is None:
            return queue == INCOMING
        try:
            return unpack_record(value, State).queue == queue
        except CorruptRow as exc:
            self.suspects[queue_id.decode("ascii", "replace")] = str(exc)
            return False

    def count(self) -> int:
        """How many messages there are, those on hold included."""
        with self.env.read() as txn:
            return int(txn.stat(self._tables["msg"])["entries"])

    def corrupt(self, after: str = "", limit: int = PAGE) -> list[str]:
        """Ids of messages set aside."""
        with self.env.read() as txn:
            cursor = txn.cursor(db=self._tables["corrupt"])
            keys = _from(cursor, after.encode() + b"\0" if after else b"", values=False)
            return [key.decode("ascii", "replace") for key in itertools.islice(keys, limit)]


def _from(cursor: Any, key: bytes, values: bool = True) -> Iterator[Any]:
    """Rows from `key` on. (A cursor that found nothing would begin at the first row.)"""
    return cursor.iternext(values=values) if cursor.set_range(key) else iter(())


def _checked(value: bytes) -> bytes:
    """A slice's data; raises CorruptRow."""
    data = value[4:]
    if crc32(data).to_bytes(4, "big") != value[:4]:
        raise CorruptRow("body checksum")
    return data
