"""searching - a search program run over one state of a mailbox.

Keys that are columns of the state are answered for all messages at once: a column of answers is one large number with a
byte a message, so AND, OR and NOT are single operations on it. Only messages that reach a key about their content are
looked at one by one, in a thread, a slice at a time, with a breath for the other sessions between two.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from typing import TYPE_CHECKING

from pymaster.dialog.imapd.probe import Gone, Probe
from pymaster.proto.imap.searchkeys import (
    AGE,
    ALL,
    COLUMNS,
    FLAG,
    INTERNAL,
    LEAST,
    MATCH,
    MODSEQ,
    MOST,
    RECENT,
    SAVED,
    SEQUENCE,
    SIZE,
    UIDS,
    Key,
    Program,
)  # fmt: skip
from pymaster.proto.imap.sets import slices
from pymaster.store.mailbox.contract import Mailbox
from pymaster.store.mailbox.state import State

if TYPE_CHECKING:
    from pymaster.dialog.imapd.session import Session

# Messages and seconds of one slice in a thread; column operations that are worth a thread of their own.
SLICE, SLICE_TIME, INLINE = 300, 0.1, 200_000
# Messages, and octets of them together, that are no work for a thread.
FEW, SMALL = 16, 1 << 18


class Search:
    """One program over one state. `recent` and `saved` are the session's; `now` is wall time for OLDER and YOUNGER."""

    def __init__(
        self, program: Program, mailbox: Mailbox, state: State, now: float,
        recent: Iterable[int] = (), saved: Iterable[int] = (),
    ) -> None:  # fmt: skip
        self.program, self.mailbox, self.state, self.now = program, mailbox, state, int(now)
        self.recent, self.saved = recent, saved
        self._columns: dict[int, bytes] = {}
        self._found: list[int] = []
        # (row, step at which it is) of the messages that have to be looked at, and how many were.
        self._pending: list[tuple[int, int]] = []
        self._done = 0

    def run(self, session: Session, among: Iterable[int] | None = None, *, command: bool = True) -> list[int]:
        """The rows of the messages that match, rising (of those `among`, if given).

        Not for a `command`: nobody waits for it, so there is no progress to be told.
        """
        work = session.world.run
        if len(self.state) * len(self.program.steps) > INLINE:
            work(self._sift, among)
        else:
            self._sift(among)
        total = len(self._pending)
        alone = heavy(self.state, [row for row, _ in self._pending[: FEW + 1]])
        while self._done < total:
            if alone:
                session.perform(self.mailbox, self.mailbox.prepare, self._uids_ahead())
                work(self._slice)
            else:
                self._slice()
            if command:
                session.breathe(self._done, total)
            else:
                session.world.sleep(0)
        if total:
            self._found.sort()
        return self._found

    # All messages at once.

    def _sift(self, among: Iterable[int] | None) -> None:
        """Answer what columns answer; leave the others pending."""
        size = len(self.state)
        if among is None:
            everyone = int.from_bytes(b"\1" * size, "little")
        else:
            everyone = int.from_bytes(_marked(size, [range(row, row + 1) for row in among]), "little")
        steps = self.program.steps
        reached = {len(steps) - 1: everyone}
        for number in range(len(steps) - 1, -1, -1):
            here = reached.pop(number, 0)
            if not here:
                continue
            key, yes, no = steps[number]
            if key.kind > COLUMNS:
                self._pending += [(row, number) for row in _rows(here, size)]
                continue
            hits = here & int.from_bytes(self.column(number), "little")
            reached[yes] = reached.get(yes, 0) | hits
            reached[no] = reached.get(no, 0) | here ^ hits
        self._found = _rows(reached.get(MATCH, 0), size)
        self._pending.sort()

    def column(self, number: int) -> bytes:
        """The answers of the key of a step, a byte (0 or 1) for each message."""
        found = self._columns.get(number)
        if found is None:
            key = self.program.steps[number][0]
            found = self._columns[number] = _COLUMNS[key.kind](self, key)
        return found

    def _all(self, key: Key) -> bytes:
        return b"\1" * len(self.state)

    def _flag(self, key: Key) -> bytes:
        having = self.mailbox.flags.having(key.name)
        if not having:
            return bytes(len(self.state))
        return bytes(map(having.__contains__, self.state.flags))

    def _recent(self, key: Key) -> bytes:
        return self._at([(uid, uid) for uid in sorted(self.recent)])

    def _at(self, ranges: list[tuple[int, int]]) -> bytes:
        return _marked(len(self.state), slices(self.state.uids, ranges))

    def _uids(self, key: Key) -> bytes:
        numbers, uids = key.numbers, self.state.uids
        if numbers.saved:
            return self._at([(uid, uid) for uid in self.saved])
        return self._at(numbers.resolved(uids[-1])) if uids else b""

    def _sequence(self, key: Key) -> bytes:
        numbers, size = key.numbers, len(self.state)
        if numbers.saved:
            return self._uids(key)
        # A number beyond the last message is no error here: no message has it.
        return _marked(size, [range(low - 1, min(high, size)) for low, high in numbers.resolved(size)]) if size else b""

    def _internal(self, key: Key) -> bytes:
        return _between(self.state.dates, midnight(key.low), midnight(key.high))

    def _saved(self, key: Key) -> bytes:
        return _between(self.state.saved, midnight(key.low), midnight(key.high))

    def _size(self, key: Key) -> bytes:
        return _between(self.state.sizes, key.low, key.high)

    def _age(self, key: Key) -> bytes:
        # OLDER n: at least n seconds old, YOUNGER n: at most (RFC 5032 section 3).
        low = LEAST if key.high == MOST else self.now - key.high + 1
        high = MOST if key.low == LEAST else self.now - key.low + 1
        return _between(self.state.dates, low, high)

    def _modseq(self, key: Key) -> bytes:
        return _between(self.state.modseqs, key.low, key.high)

    # One by one.

    def _uids_ahead(self) -> list[int]:
        return [self.state.uids[row] for row, _ in self._pending[self._done : self._done + SLICE]]

    def _slice(self) -> None:
        """Look at the next messages; in a thread."""
        state, mailbox = self.state, self.mailbox
        until = time.monotonic() + SLICE_TIME
        for row, number in self._pending[self._done : self._done + SLICE]:
            uid = state.uids[row]
            digest = mailbox.digest(uid)
            self._done += 1
            # A message that is gone meanwhile matches nothing.
            if digest is not None and self._matches(row, number, Probe(digest, lambda uid=uid: mailbox.read(uid))):  # type: ignore[misc]
                self._found.append(row)
            if time.monotonic() > until:
                return

    def _matches(self, row: int, number: int, probe: Probe) -> bool:
        steps = self.program.steps
        try:
            while number >= 0:
                key, yes, no = steps[number]
                hit = self.column(number)[row] if key.kind <= COLUMNS else probe.test(key)
                number = yes if hit else no
        except Gone:
            return False
        return number == MATCH


def heavy(state: State, rows: Sequence[int]) -> bool:
    """Whether a look at these messages is work for a thread."""
    return len(rows) > FEW or sum([state.sizes[row] for row in rows]) > SMALL


def midnight(day: int) -> int:
    """When a day (counted from 1970-01-01) begins in this machine's zone, which is the one INTERNALDATE is told in."""
    if not LEAST < day < MOST:
        return day
    utc = day * 86400
    try:
        date = time.gmtime(utc)
        return int(time.mktime((date.tm_year, date.tm_mon, date.tm_mday, 0, 0, 0, 0, 0, -1)))
    except (OverflowError, ValueError, OSError):
        # Days that the machine's calendar does not reach.
        return utc


def _marked(size: int, ranges: Iterable[range]) -> bytes:
    """A column with ones in these ranges."""
    column = bytearray(size)
    for each in ranges:
        if each:
            column[each.start : each.stop] = b"\1" * len(each)
    return bytes(column)


def _between(values: Iterable[int], low: int, high: int) -> bytes:
    """Ones where low <= value < high."""
    if low == LEAST:
        return bytes(map(high.__gt__, values))
    if high == MOST:
        return bytes(map(low.__le__, values))
    return bytes([low <= value < high for value in values])


def _rows(answers: int, size: int) -> list[int]:
    return list(compress(range(size), answers.to_bytes(size, "little"))) if answers else []


_COLUMNS: dict[int, Callable[[Search, Key], bytes]] = {
    ALL: Search._all,
    FLAG: Search._flag,
    RECENT: Search._recent,
    SEQUENCE: Search._sequence,
    UIDS: Search._uids,
    INTERNAL: Search._internal,
    SAVED: Search._saved,
    SIZE: Search._size,
    AGE: Search._age,
    MODSEQ: Search._modseq,
}
