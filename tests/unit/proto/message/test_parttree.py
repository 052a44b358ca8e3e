"""Part trees packed, and parts found by their numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.message.parttree import BASE64, LEAF, MESSAGE, MULTIPART, Part, find, inside, pack, unpack

INNER = Part(MULTIPART, 30, 40, 60, 1, children=[Part(LEAF, 41, 42, 43), Part(LEAF, 44, 45, 46)])
ROOT = Part(
    MULTIPART, 0, 10, 100, 9,
    children=[
        Part(LEAF, 11, 12, 20, 2, BASE64, True, charset=b"utf-8"),
        Part(MESSAGE, 21, 30, 60, 3, children=[INNER]),
        Part(MESSAGE, 61, 70, 80, 3, children=[Part(LEAF, 70, 75, 80)]),
    ],
)  # fmt: skip


def test_round_trip() -> None:
    assert unpack(pack(ROOT)) == ROOT
    assert unpack(pack(ROOT.children[0])) == ROOT.children[0]


def test_a_deep_tree() -> None:
    part = Part(LEAF, 0, 0, 1 << 40)
    for _ in range(5000):
        part = Part(MESSAGE, 0, 0, 1, children=[part])
    data = pack(part)
    assert pack(unpack(data)) == data


def test_find() -> None:
    assert find(ROOT, ()) is ROOT and find(ROOT, (1,)) is ROOT.children[0] and find(ROOT, (2,)) is ROOT.children[1]
    assert find(ROOT, (2, 2)) is INNER.children[1] and find(ROOT, (3, 1)) is ROOT.children[2].children[0]
    for path in ((0,), (4,), (1, 1), (2, 3), (3, 2), (2, 1, 1)):
        assert find(ROOT, path) is None, path
    leaf = ROOT.children[0]
    assert find(leaf, (1,)) is leaf and find(leaf, (2,)) is None and inside(leaf) is None


@pytest.mark.parametrize("data", [b"", b"x", pack(ROOT)[:-1], pack(ROOT) + b"x", pack(ROOT) * 2, pack(ROOT)[:40]])
def test_what_is_no_tree(data: bytes) -> None:
    with pytest.raises(ValueError):
        unpack(data)


@given(st.binary())
def test_garbage_is_a_value_error(data: bytes) -> None:
    try:
        unpack(data)
    except ValueError:
        return
