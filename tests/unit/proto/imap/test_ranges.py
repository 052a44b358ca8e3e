"""Arithmetic on ranges, against plain sets of numbers."""

import time
from array import array

from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.imap.ranges import common, missing, spans, text, without
from pymaster.proto.imap.sets import expand, merged, runs

NUMBERS = st.sets(st.integers(1, 60))


def ranges(numbers: set[int]) -> list[tuple[int, int]]:
    return runs(sorted(numbers))


@given(NUMBERS, NUMBERS)
def test_against_sets(one: set[int], other: set[int]) -> None:
    assert common(ranges(one), ranges(other)) == ranges(one & other)
    assert without(ranges(one), ranges(other)) == ranges(one - other)
    assert spans(array("I", sorted(one))) == ranges(one)
    assert missing(ranges(one), sorted(other), None) == ranges(one - other)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_missing(within: set[int], present: set[int], gone: set[int]) -> None:
    assert missing(ranges(within), sorted(present), ranges(gone)) == ranges((within & gone) - present)


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 9)), max_size=6), NUMBERS)
def test_ranges_that_touch(pairs: list[tuple[int, int]], other: set[int]) -> None:
    one = merged([(low, low + more) for low, more in pairs])
    assert set(expand(without(one, ranges(other)))) == set(expand(one)) - other


def test_text() -> None:
    assert text([(1, 1), (3, 9)]) == b"1,3:9"
    assert text([]) == b""


def test_wide_ranges_cost_nothing() -> None:
    begin = time.monotonic()
    everything = [(1, (1 << 32) - 2)]
    assert missing(everything, array("I", range(10, 100_000)), None) == [(1, 9), (100_000, (1 << 32) - 2)]
    odd = [(n, n) for n in range(1, 40_000, 2)]
    assert missing(odd, array("I", range(0, 40_000, 2)), odd) == odd
    assert time.monotonic() - begin < 2
