import os

from hypothesis import given
from hypothesis import strategies as st

from pymaster.store.mailbox.frames import frame, frames, read_from, write_all


@given(st.lists(st.binary(max_size=40), max_size=6), st.integers(0, 400))
def test_a_cut_file_gives_its_whole_records(payloads, cut):
    data = b"".join(map(frame, payloads))
    found = list(frames(data[:cut]))
    assert [payload for _, payload in found] == payloads[: len(found)]
    assert all(at <= min(cut, len(data)) for at, _ in found)
    if cut >= len(data):
        assert len(found) == len(payloads)


@given(st.binary(max_size=200))
def test_any_bytes(data):
    assert all(frame(payload) in data for _, payload in frames(data))


def test_a_damaged_record_is_the_end():
    data = bytearray(b"".join(map(frame, [b"one", b"two", b"three"])))
    data[len(frame(b"one")) + 9] ^= 1
    assert [payload for _, payload in frames(bytes(data))] == [b"one"]


def test_reading_and_writing(tmp_path):
    fd = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    write_all(fd, b"x" * 100_000)
    assert (
        read_from(fd, 10, 20) == b"x" * 20 and len(read_from(fd, 99_990, 50)) == 10 and read_from(fd, 200_000, 5) == b""
    )
    os.close(fd)
