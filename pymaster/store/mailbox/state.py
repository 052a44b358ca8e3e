"""state - what a mailbox holds at one moment, in columns: the i-th number of each array belongs to the i-th message.

A state never changes: every commit makes a new one, sharing the arrays that stay the same. So a session keeps the state
its client knows, compares it with the newest one, and a thread may read it while another one makes the next. Flags are
one number a message, which stands for a set of flags in the mailbox's FlagTable: FETCH (FLAGS) is a list index.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field

SEEN, ANSWERED, FLAGGED, DELETED, DRAFT = b"\\Seen", b"\\Answered", b"\\Flagged", b"\\Deleted", b"\\Draft"
SYSTEM_FLAGS = (ANSWERED, FLAGGED, DELETED, SEEN, DRAFT)
_CANONICAL = {flag.lower(): flag for flag in SYSTEM_FLAGS}
# access.md 8: keyword length, keywords a mailbox.
MAX_KEYWORD, MAX_KEYWORDS = 50, 256


def canonical(flag: bytes) -> bytes:
    """A flag in the form in which it is kept: system flags as RFC 3501 writes them, keywords as they came."""
    return _CANONICAL.get(flag.lower(), flag)


class FlagTable:
    """Sets of flags that occur in a mailbox, numbered; only ever added to. Keywords keep the case of their first use.

    Number 0 is the empty set. `text[n]` is what stands between the parentheses of FLAGS (`\\\\Seen $Junk`).
    """

    __slots__ = ("_keywords", "_numbers", "sets", "text")

    def __init__(self) -> None:
        self.sets: list[frozenset[bytes]] = [frozenset()]
        self.text: list[bytes] = [b""]
        self._numbers: dict[frozenset[bytes], int] = {frozenset(): 0}
        self._keywords: dict[bytes, bytes] = {}

    @property
    def keywords(self) -> list[bytes]:
        """Every keyword that was ever used, in order of first use."""
        return list(self._keywords.values())

    def known(self, flag: bytes) -> bytes:
        """The form in which a flag is kept here; a new keyword is remembered. Raises ValueError over the limits."""
        if flag.startswith(b"\\"):
            return canonical(flag)
        lower = flag.lower()
        kept = self._keywords.get(lower)
        if kept is None:
            if len(flag) > MAX_KEYWORD or len(self._keywords) >= MAX_KEYWORDS:
                raise ValueError("too many keywords, or too long a one")
            kept = self._keywords[lower] = flag
        return kept

    def number(self, flags: frozenset[bytes]) -> int:
        """The number of a set of flags (each in the form of `known`)."""
        found = self._numbers.get(flags)
        if found is None:
            found = self._numbers[flags] = len(self.sets)
            self.sets.append(flags)
            system = [flag for flag in SYSTEM_FLAGS if flag in flags]
            order = {keyword: n for n, keyword in enumerate(self._keywords.values())}
            others = sorted(flags.difference(SYSTEM_FLAGS), key=lambda flag: order.get(flag, len(order)))
            self.text.append(b" ".join([*system, *others]))
        return found

    def having(self, flag: bytes) -> frozenset[int]:
        """The numbers of all sets with a flag (any case): SEARCH looks a column up in it."""
        wanted = canonical(flag)
        wanted = self._keywords.get(flag.lower(), wanted)
        return frozenset([n for n, flags in enumerate(self.sets) if wanted in flags])


def _column(code: str) -> array[int]:
    return array(code)


@dataclass(slots=True)
class State:
    """One moment. Rows rise by UID.

    `uids`; `flags` numbers in the FlagTable; `modseqs`; `sizes` octets of the wire form (RFC822.SIZE); `dates` internal
    dates and `saved` save dates, seconds since 1970. `highest` is HIGHESTMODSEQ (also after expunges), `uidnext` the next
    UID to be given.
    """

    uids: array[int] = field(default_factory=lambda: _column("I"))
    flags: array[int] = field(default_factory=lambda: _column("I"))
    modseqs: array[int] = field(default_factory=lambda: _column("Q"))
    sizes: array[int] = field(default_factory=lambda: _column("Q"))
    dates: array[int] = field(default_factory=lambda: _column("q"))
    saved: array[int] = field(default_factory=lambda: _column("q"))
    highest: int = 1
    uidnext: int = 1

    def __len__(self) -> int:
        return len(self.uids)

    def position(self, uid: int) -> int:
        """The row of a UID, -1 when there is none."""
        at = bisect_left(self.uids, uid)
        return at if at < len(self.uids) and self.uids[at] == uid else -1

    def kept(self, rows: list[int], highest: int) -> State:
        """A state with only these rows (rising)."""

        def cut(column: array[int]) -> array[int]:
            return array(column.typecode, [column[row] for row in rows])

        return State(
            cut(self.uids), cut(self.flags), cut(self.modseqs), cut(self.sizes), cut(self.dates), cut(self.saved),
            highest, self.uidnext,
        )  # fmt: skip

    def reflagged(self, rows: list[int], numbers: list[int], modseq: int) -> State:
        """A state in which these rows have new flags, and all of them this modseq."""
        flags, modseqs = self.flags[:], self.modseqs[:]
        for row, number in zip(rows, numbers, strict=True):
            flags[row], modseqs[row] = number, modseq
        return State(self.uids, flags, modseqs, self.sizes, self.dates, self.saved, modseq, self.uidnext)

    def extended(self, rows: list[tuple[int, int, int, int, int]], modseq: int) -> State:
        """A state with more messages: (uid, flags, size, date, saved), UIDs rising above all present ones."""
        columns = [self.uids[:], self.flags[:], self.modseqs[:], self.sizes[:], self.dates[:], self.saved[:]]
        for uid, number, size, date, saved in rows:
            for column, value in zip(columns, (uid, number, modseq, size, date, saved), strict=True):
                column.append(value)
        uids, flags, modseqs, sizes, dates, saves = columns
        uidnext = max(self.uidnext, uids[-1] + 1) if rows else self.uidnext
        return State(uids, flags, modseqs, sizes, dates, saves, max(self.highest, modseq), uidnext)
