"""Sequence sets: as written, merged, sliced, and written again."""

import time
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.imap.sets import (
    MAX,
    STAR,
    SequenceSet,
    expand,
    intersected,
    merged,
    runs,
    slices,
    without,
    written,
    written_ranges,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "ranges", "at_ten"),
    [
        (b"1", [(1, 1)], [(1, 1)]),
        (b"3:1", [(3, 1)], [(1, 3)]),
        (b"*", [(STAR, STAR)], [(10, 10)]),
        (b"*:1", [(STAR, 1)], [(1, 10)]),
        (b"1,*", [(1, 1), (STAR, STAR)], [(1, 1), (10, 10)]),
        (b"2:4,3:6,6", [(2, 4), (3, 6), (6, 6)], [(2, 6)]),
        (b"12:*", [(12, STAR)], [(10, 12)]),
        (b"5,4,3", [(5, 5), (4, 4), (3, 3)], [(3, 5)]),
        (b"4294967295", [(MAX, MAX)], [(MAX, MAX)]),
        (b"*:*", [(STAR, STAR)], [(10, 10)]),
        (b"0001", [(1, 1)], [(1, 1)]),
    ],
)
def test_parse(text: bytes, ranges: list[tuple[int, int]], at_ten: list[tuple[int, int]]) -> None:
    found = SequenceSet.parse(text)
    assert found.ranges == ranges
    assert found.resolved(10) == at_ten
    assert not found.saved


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"0",
        b"1:",
        b":1",
        b"1,",
        b",1",
        b"1:2:3",
        b"a",
        b"1;2",
        b"4294967296",
        b"99999999999",
        b"-1",
        b"1 2",
        b"$,1",
        b"**",
        b"1:0",
    ],
)
def test_bad(text: bytes) -> None:
    with pytest.raises(ValueError):
        SequenceSet.parse(text)


def test_saved_result() -> None:
    found = SequenceSet.parse(b"$")
    assert found.saved
    assert found.resolved(10) == []


def test_hostile_sets_are_quick() -> None:
    begin = time.perf_counter()
    found = SequenceSet.parse(b",".join([b"1:4294967295"] * 80_000)).resolved(5)
    assert found == [(1, MAX)]
    assert time.perf_counter() - begin < 2
    with pytest.raises(ValueError):
        SequenceSet.parse(b"1:4294967295," * 80_000)


RANGES = st.lists(
    st.tuples(st.integers(1, 30), st.integers(0, 6)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=8
)


@given(RANGES)
def test_merged_is_the_same_set_in_the_fewest_ranges(ranges: list[tuple[int, int]]) -> None:
    found = merged(ranges)
    wanted = sorted({number for low, high in ranges for number in range(low, high + 1)})
    assert list(expand(found)) == wanted
    assert found == runs(wanted)


@given(st.lists(st.integers(1, 40), unique=True).map(sorted), RANGES)
def test_slices(numbers: list[int], ranges: list[tuple[int, int]]) -> None:
    found = slices(array("I", numbers), merged(ranges))
    rows = [row for each in found for row in each]
    assert rows == [row for row, number in enumerate(numbers) if any(low <= number <= high for low, high in ranges)]


def test_written() -> None:
    assert written([]) == b""
    assert written([3, 1, 2, 7]) == b"1:3,7"
    assert written([3, 3, 1]) == b"1,3"
    assert written([5, 6, 2, 3], ordered=True) == b"5:6,2:3"
    assert written([3, 2, 1], ordered=True) == b"3,2,1"


@given(st.lists(st.integers(1, 50)))
def test_written_can_be_read(numbers: list[int]) -> None:
    if numbers:
        assert list(expand(SequenceSet.parse(written(numbers)).resolved(1))) == sorted(set(numbers))


@given(st.binary(max_size=30) | st.text("0123456789:,*$", max_size=20).map(str.encode))
def test_any_bytes(text: bytes) -> None:
    try:
        found = SequenceSet.parse(text)
    except ValueError:
        return
    assert found.saved or found.resolved(7)


@given(RANGES, RANGES)
def test_intersected(some: list[tuple[int, int]], others: list[tuple[int, int]]) -> None:
    here, there = merged(some), merged(others)
    assert list(expand(intersected(here, there))) == sorted(set(expand(here)) & set(expand(there)))


@given(RANGES, st.lists(st.integers(1, 40), unique=True).map(sorted))
def test_without(ranges: list[tuple[int, int]], numbers: list[int]) -> None:
    found = without(merged(ranges), numbers)
    wanted = sorted(set(expand(merged(ranges))) - set(numbers))
    assert list(expand(found)) == wanted
    assert written_ranges(found) == written(wanted)
