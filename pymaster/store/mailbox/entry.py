"""entry - one commit as it stands in the index log: a head with all counts after it, a body with what changed.

Flags are written as sets of names, numbered within the entry: numbers of a FlagTable mean something in one process only.
Bytes that do not decode raise BadIndex, and the index is built anew.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgpack

from pymaster.store.mailbox.driver import Change, Row
from pymaster.store.mailbox.state import FlagTable

# What UIDs and columns are written as; an index from a machine of the other sort is no index.
ORDER = sys.byteorder


class BadIndex(Exception):
    """Index files that are damaged or of another version."""


@dataclass(slots=True)
class Head:
    """The mailbox after the commit. `recent_from`: the first UID nobody has claimed; `recent`: how many there are."""

    highest: int = 1
    uidnext: int = 1
    uidvalidity: int = 0
    mailbox_id: str = ""
    recent_from: int = 1
    recent: int = 0
    tally: list[int] = field(default_factory=lambda: [0] * 5)
    stamp: bytes = b""

    def row(self) -> list[Any]:
        """For msgpack."""
        return [
            self.highest, self.uidnext, self.uidvalidity, self.mailbox_id, self.recent_from, self.recent, self.tally,
            self.stamp,
        ]  # fmt: skip

    @classmethod
    def of(cls, row: Any) -> Head:
        """Raises BadIndex."""
        kinds = (int, int, int, str, int, int, list, bytes)
        if type(row) is not list or len(row) != len(kinds) or [type(each) for each in row] != list(kinds):
            raise BadIndex("not a head")
        if len(row[6]) != 5 or any(type(each) is not int for each in row[6]):
            raise BadIndex("not a tally")
        return cls(*row)


@dataclass(slots=True)
class Arrivals:
    """Rows as columns; `flags` are numbers of the entry's sets."""

    uids: array[int]
    flags: array[int]
    sizes: array[int]
    dates: array[int]
    saved: array[int]
    places: list[str]


@dataclass(slots=True)
class Body:
    """What changed, applied in this order: `reset` (all rows go), `gone`, `flags` by set, `places`, `arrived`."""

    sets: list[frozenset[bytes]] = field(default_factory=list)
    reset: bool = False
    gone: array[int] = field(default_factory=lambda: array("I"))
    flags: list[tuple[int, array[int]]] = field(default_factory=list)
    moved: array[int] = field(default_factory=lambda: array("I"))
    places: list[str] = field(default_factory=list)
    arrived: Arrivals | None = None

    @property
    def counts(self) -> bool:
        """Whether it changes anything a client can see, and so takes a modseq."""
        return bool(self.reset or self.gone or self.flags or self.arrived)

    def pack(self) -> bytes:
        """As bytes."""
        arrived = self.arrived
        columns = [] if arrived is None else [
            arrived.uids.tobytes(), arrived.flags.tobytes(), arrived.sizes.tobytes(), arrived.dates.tobytes(),
            arrived.saved.tobytes(), join(arrived.places),
        ]  # fmt: skip
        row = [
            [sorted(flags) for flags in self.sets], self.reset, self.gone.tobytes(),
            [[number, uids.tobytes()] for number, uids in self.flags], self.moved.tobytes(), join(self.places), columns,
        ]  # fmt: skip
        return packed(row)


def join(places: Sequence[str]) -> bytes:
    """Places as one run of bytes."""
    return "\0".join(places).encode("utf-8", "surrogateescape")


def split(data: bytes, count: int) -> list[str]:
    """What `join` joined; raises BadIndex when they are not `count`."""
    places = data.decode("utf-8", "surrogateescape").split("\0") if count else []
    if len(places) != count:
        raise BadIndex("places do not fit")
    return places


def packed(row: Any) -> bytes:
    """msgpack bytes."""
    return bytes(msgpack.packb(row))


def unpacked(data: bytes) -> Any:
    """A msgpack value; raises BadIndex."""
    try:
        return msgpack.unpackb(data, raw=False, strict_map_key=True)
    except Exception as exc:
        # msgpack has no common base for its errors.
        raise BadIndex(type(exc).__name__) from exc


def encode(previous: int, head: Head, body: Body) -> bytes:
    """A whole entry; `previous` is HIGHESTMODSEQ before it, so that a gap shows."""
    first = packed([previous, *head.row()])
    return len(first).to_bytes(4, "little") + first + body.pack()


def decode_head(data: bytes) -> tuple[int, Head]:
    """(previous, head) of an entry; raises BadIndex."""
    length = int.from_bytes(data[:4], "little")
    row = unpacked(data[4 : 4 + length])
    if type(row) is not list or len(row) < 2 or type(row[0]) is not int:
        raise BadIndex("not an entry")
    return row[0], Head.of(row[1:])


def decode_body(data: bytes) -> Body:
    """The body of an entry; raises BadIndex."""
    row = unpacked(data[4 + int.from_bytes(data[:4], "little") :])
    try:
        sets, reset, gone, flags, moved, places, columns = row
        body = Body([frozenset(each) for each in sets], bool(reset), array("I", gone))
        body.flags = [(number, array("I", uids)) for number, uids in flags]
        body.moved = array("I", moved)
        body.places = split(places, len(body.moved))
        if columns:
            body.arrived = _arrivals(columns)
        numbers = [number for number, _ in body.flags] + list(body.arrived.flags if body.arrived else ())
        if any(type(number) is not int or not 0 <= number < len(body.sets) for number in numbers):
            raise BadIndex("flags without a name")
    except (AttributeError, OverflowError, TypeError, ValueError) as exc:
        raise BadIndex("not a body") from exc
    return body


def _arrivals(columns: list[bytes]) -> Arrivals:
    uids, flags, sizes, dates, saved, places = columns
    rows = array("I", uids)
    found = Arrivals(
        rows, array("I", flags), array("Q", sizes), array("q", dates), array("q", saved), split(places, len(rows))
    )
    if not len(rows) == len(found.flags) == len(found.sizes) == len(found.dates) == len(found.saved):
        raise BadIndex("columns of different length")
    return found


class _Sets:
    """Numbers flag sets within one entry."""

    def __init__(self) -> None:
        self.sets: list[frozenset[bytes]] = []
        self._numbers: dict[frozenset[bytes], int] = {}

    def number(self, flags: frozenset[bytes]) -> int:
        found = self._numbers.get(flags)
        if found is None:
            found = self._numbers[flags] = len(self.sets)
            self.sets.append(flags)
        return found


def body_of(change: Change, *, reset: bool) -> Body:
    """A Change as the body of an entry."""
    sets = _Sets()
    body = Body(sets.sets, reset, array("I", sorted(change.gone)))
    by_set: dict[int, array[int]] = {}
    for uid in sorted(change.flags):
        by_set.setdefault(sets.number(change.flags[uid]), array("I")).append(uid)
    body.flags = list(by_set.items())
    body.moved = array("I", sorted(change.places))
    body.places = [change.places[uid] for uid in body.moved]
    if change.arrived:
        body.arrived = _columns(change.arrived, sets)
    return body


def _columns(rows: Sequence[Row], sets: _Sets) -> Arrivals:
    return Arrivals(
        array("I", [row.uid for row in rows]), array("I", [sets.number(row.flags) for row in rows]),
        array("Q", [row.size for row in rows]), array("q", [row.date for row in rows]),
        array("q", [row.saved for row in rows]), [row.place for row in rows],
    )  # fmt: skip


def interned(table: FlagTable, flags: Iterable[bytes]) -> int:
    """The table's number for a set; a keyword over the table's limits is left out (it stays where it is on disk)."""
    kept = []
    for flag in flags:
        try:
            kept.append(table.known(flag))
        except ValueError:
            continue
    return table.number(frozenset(kept))
