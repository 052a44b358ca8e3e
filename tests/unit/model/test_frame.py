import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.model.frame import FrameReader, encode, encode_all
from pymaster.model.messages import Changed, Flush, Hello
from pymaster.util.record import BadRecord


@given(st.integers(1, 9))
def test_frames_survive_any_split(step: int) -> None:
    items = [Hello("delivery", window=5), Changed(("A", "B")), Hello("x")]
    data = encode_all(items)
    reader = FrameReader(Hello, Changed)
    got = [item for at in range(0, len(data), step) for item in reader.feed(data[at : at + step])]
    assert got == items
    assert not reader.partial


def test_a_stranger_is_refused() -> None:
    with pytest.raises(BadRecord):
        FrameReader(Hello).feed(encode(Flush()))


def test_a_huge_length_is_refused_at_once() -> None:
    with pytest.raises(BadRecord):
        FrameReader(Hello).feed(b"\xff\xff\xff\xff")
    with pytest.raises(BadRecord):
        encode(Changed(tuple("x" * 1000 for _ in range(1100))))


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    try:
        FrameReader(Hello).feed(data)
    except BadRecord:
        return
