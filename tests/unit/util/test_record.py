"""Records survive the round trip, grow by appended fields, and refuse hostile rows."""

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.util.record import BadRecord, Record, decode, load_row, record


@record(tag=900)
class Leaf(Record):
    number: int
    data: bytes = b""
    names: tuple[str, ...] = ()


@record(tag=901)
class Tree(Record):
    leaf: Leaf
    when: float = 1.5
    leaves: tuple[Leaf, ...] = ()
    word: str | None = None


@given(
    st.integers(-(2**63), 2**63 - 1), st.binary(max_size=50), st.lists(st.text(max_size=5)), st.floats(allow_nan=False)
)
def test_round_trip(number: int, data: bytes, names: list[str], when: float) -> None:
    tree = Tree(Leaf(number, data, tuple(names)), when, (Leaf(1), Leaf(2)), "x")
    assert Tree.unpack(tree.pack()) == tree
    assert decode(load_row(tree.pack())) == tree


def test_old_rows_get_defaults() -> None:
    assert Tree.from_row([901, [900, 3]]) == Tree(Leaf(3))


@pytest.mark.parametrize(
    "row",
    [
        [901],
        [901, [900]],
        [900, 3],
        [901, [900, 3], 1.0, [], None, "extra"],
        [901, [900, True]],
        [901, [900, "3"]],
        [901, [900, 3, "text"]],
        [901, [900, 3], 1.0, [[900, None]]],
        [901, 7],
    ],
)
def test_misfits_are_refused(row: list[object]) -> None:
    with pytest.raises(BadRecord):
        Tree.from_row(row)


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x93\x01", msgpack.packb({1: 2}), msgpack.packb([]), b"\x91" * 2000])
def test_bad_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(BadRecord):
        load_row(data)


def test_extension_types_are_refused() -> None:
    with pytest.raises(BadRecord):
        load_row(msgpack.packb([1, msgpack.ExtType(5, b"x")]))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_record_or_refused(data: bytes) -> None:
    try:
        decode(load_row(data))
    except BadRecord:
        return


def test_unknown_tag_is_refused() -> None:
    with pytest.raises(BadRecord):
        decode([32000, 1])
