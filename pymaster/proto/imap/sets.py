"""sets - sequence sets (RFC 3501 section 9): ranges as written, never expanded; and runs of numbers written as sets.

`*` is the largest number in use, whatever it turns out to be; ranges may be given in either order and may overlap.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

_SHAPE = re.compile(rb"(?:(?:[0-9]{1,10}+|\*)(?::(?:[0-9]{1,10}+|\*))?+(?:,(?=[0-9*])|\Z))++")
STAR = 0
MAX = (1 << 32) - 1


class SequenceSet:
    """Ranges (low, high) with STAR for `*`, in the order given; `saved` is `$`, the saved search result."""

    __slots__ = ("ranges", "saved")

    def __init__(self, ranges: list[tuple[int, int]], saved: bool = False) -> None:
        self.ranges, self.saved = ranges, saved

    @classmethod
    def parse(cls, text: bytes) -> SequenceSet:
        """Raises ValueError."""
        if text == b"$":
            return cls([], saved=True)
        if not _SHAPE.fullmatch(text):
            raise ValueError("not a sequence set")
        items = text.split(b",")
        if b":" not in text and b"*" not in text:
            # A long list of single numbers, as some clients write.
            numbers = list(map(int, items))
            if not (min(numbers) >= 1 and max(numbers) <= MAX):
                raise ValueError("number out of range")
            return cls(list(zip(numbers, numbers, strict=True)))
        ranges = []
        for item in items:
            low, colon, high = item.partition(b":")
            first = _bound(low)
            ranges.append((first, _bound(high) if colon else first))
        return cls(ranges)

    def resolved(self, largest: int) -> list[tuple[int, int]]:
        """Ranges of numbers, low first, sorted and merged, `*` being `largest`."""
        found = []
        for pair in self.ranges:
            low, high = pair
            if not 0 < low <= high:
                low, high = low or largest, high or largest
                pair = (low, high) if low <= high else (high, low)
            found.append(pair)
        return merged(found)


def _bound(text: bytes) -> int:
    if text == b"*":
        return STAR
    value = int(text)
    if not 1 <= value <= MAX:
        raise ValueError("number out of range")
    return value


def merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sorted ranges without overlap; neighbours become one."""
    found: list[tuple[int, int]] = []
    last = -2
    for pair in sorted(ranges):
        if pair[0] > last + 1:
            found.append(pair)
            last = pair[1]
        elif pair[1] > last:
            last = pair[1]
            found[-1] = (found[-1][0], last)
    return found


def intersected(some: list[tuple[int, int]], others: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What merged ranges have in common."""
    found = []
    here = there = 0
    while here < len(some) and there < len(others):
        low, high = max(some[here][0], others[there][0]), min(some[here][1], others[there][1])
        if low <= high:
            found.append((low, high))
        if some[here][1] < others[there][1]:
            here += 1
        else:
            there += 1
    return found


def without(ranges: list[tuple[int, int]], numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Merged ranges less the numbers of a rising sequence."""
    found = []
    for low, high in ranges:
        for at in range(bisect_left(numbers, low), bisect_right(numbers, high)):
            if numbers[at] > low:
                found.append((low, numbers[at] - 1))
            low = numbers[at] + 1
        if low <= high:
            found.append((low, high))
    return found


def slices(numbers: Sequence[int], ranges: list[tuple[int, int]]) -> list[range]:
    """Positions in a rising sequence whose numbers lie in merged ranges, as ranges of positions."""
    found = []
    for low, high in ranges:
        begin, end = bisect_left(numbers, low), bisect_right(numbers, high)
        if begin < end:
            found.append(range(begin, end))
    return found


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Rising numbers as ranges."""
    found: list[tuple[int, int]] = []
    low = high = -2
    for number in numbers:
        if number == high + 1:
            high = number
            continue
        if low >= 0:
            found.append((low, high))
        low = high = number
    if low >= 0:
        found.append((low, high))
    return found


def written(numbers: Iterable[int], *, ordered: bool = False) -> bytes:
    """Numbers as a set; `ordered` keeps the order given (COPYUID), else they are sorted and duplicates go."""
    return written_ranges(runs(numbers if ordered else sorted(set(numbers))))


def written_ranges(ranges: list[tuple[int, int]]) -> bytes:
    """Ranges as a set, as they are."""
    return b",".join([b"%d" % low if low == high else b"%d:%d" % (low, high) for low, high in ranges])


def expand(ranges: list[tuple[int, int]]) -> array[int]:
    """The numbers of ranges one by one; only for ranges that were cut to what exists."""
    found = array("I")
    for low, high in ranges:
        found.extend(range(low, high + 1))
    return found
