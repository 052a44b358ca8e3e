"""ranges - arithmetic on rising ranges of numbers, never number by number: what VANISHED tells (RFC 7162) may span all UIDs."""

from collections.abc import Sequence

Ranges = list[tuple[int, int]]


def common(one: Ranges, other: Ranges) -> Ranges:
    """What lies in both; each rises and has no overlaps."""
    found: Ranges = []
    n = m = 0
    while n < len(one) and m < len(other):
        low, high = max(one[n][0], other[m][0]), min(one[n][1], other[m][1])
        if low <= high:
            found.append((low, high))
        if one[n][1] < other[m][1]:
            n += 1
        else:
            m += 1
    return found


def without(ranges: Ranges, taken: Ranges) -> Ranges:
    """What of `ranges` lies in none of `taken`; both rise and have no overlaps."""
    found: Ranges = []
    at = 0
    for low, high in ranges:
        while at and at < len(taken) and taken[at - 1][1] >= low:
            at -= 1
        while at < len(taken) and taken[at][1] < low:
            at += 1
        begin, n = low, at
        while n < len(taken) and taken[n][0] <= high:
            if taken[n][0] > begin:
                found.append((begin, taken[n][0] - 1))
            begin = max(begin, taken[n][1] + 1)
            n += 1
        at = n
        if begin <= high:
            found.append((begin, high))
    return found


def text(ranges: Ranges) -> bytes:
    """Ranges as a sequence set."""
    return b",".join([b"%d" % low if low == high else b"%d:%d" % (low, high) for low, high in ranges])


def missing(within: Ranges, present: Sequence[int], runs: Ranges | None) -> Ranges:
    """Numbers of `within` that are not in `present`, only among `runs` if given."""
    wanted = within if runs is None else common(within, runs)
    return without(wanted, spans(present)) if wanted else []


def spans(numbers: Sequence[int]) -> Ranges:
    """Rising numbers as ranges; a whole run of neighbours costs one step."""
    found: Ranges = []
    begin, count = 0, len(numbers)
    while begin < count:
        end = _run_end(numbers, begin)
        found.append((numbers[begin], numbers[end]))
        begin = end + 1
    return found


def _run_end(numbers: Sequence[int], begin: int) -> int:
    """The last position of the run of neighbours that begins here: by doubling, then by halving."""
    offset = numbers[begin] - begin
    low, step = begin, 1
    while low + step < len(numbers) and numbers[low + step] - (low + step) == offset:
        low += step
        step *= 2
    while step:
        if low + step < len(numbers) and numbers[low + step] - (low + step) == offset:
            low += step
        step //= 2
    return low
