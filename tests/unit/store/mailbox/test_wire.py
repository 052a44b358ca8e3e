import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.store.mailbox import wire as module
from pymaster.store.mailbox.wire import DiskForm, disk_form, wire_form, wire_size

LINES = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"\0"]), max_size=12).map(b"".join)


@given(LINES)
def test_there_and_back(data):
    wire = wire_form(data)
    assert wire_form(disk_form(data)) == wire == wire_form(disk_form(wire))
    assert wire_size(data) == len(wire) == wire_size(disk_form(data))
    assert wire_form(wire) == wire


@given(LINES, st.integers(1, 5))
def test_in_blocks(data, size):
    form, parts = DiskForm(), []
    for at in range(0, len(data), size):
        parts.append(form.feed(data[at : at + size]))
    parts.append(form.rest())
    assert b"".join(parts) == disk_form(data)
    assert sum(map(wire_size, parts)) == wire_size(disk_form(data))


def test_a_delivered_file_has_no_cr():
    assert disk_form(b"a\r\nb\r\n") == b"a\nb\n"


@given(
    st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\r\n", b"\r\r\n"]), max_size=60).map(b"".join), st.integers(1, 9)
)
def test_pieces_make_no_difference(data: bytes, size: int) -> None:
    whole = wire_form(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PIECE", size)
        assert wire_form(data) == whole
    assert wire_size(data) == len(whole)
