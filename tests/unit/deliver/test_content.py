import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.deliver import content


def cut(data, size):
    return [data[at : at + size] for at in range(0, len(data), size)]


def join(blocks):
    return b"".join(blocks)


@given(st.lists(st.sampled_from([b"From ", b"\n", b">", b"F", b"x", b"Fro", b"m "])), st.integers(1, 9))
def test_from_lines_are_quoted_wherever_blocks_end(pieces, size):
    data = join(pieces)
    lines = [b">" + line if line.startswith(b"From ") else line for line in data.split(b"\n")]
    assert join(content.quote_from(cut(data, size))) == b"\n".join(lines)


@given(st.lists(st.sampled_from([b".", b"\n", b"x", b"\n."])), st.integers(1, 5))
def test_dots_are_stuffed(pieces, size):
    data = join(pieces)
    lines = [b"." + line if line.startswith(b".") else line for line in data.split(b"\n")]
    assert join(content.stuff_dots(cut(data, size))) == b"\n".join(lines)


def test_blocks_pass_without_copies_per_line():
    big = (b"x" * 78 + b"\n") * 100_000
    assert len(list(content.quote_from([big]))) <= 2


def test_line_ends():
    assert join(content.end_lines([b"a\nb", b"\n"], b"\r\n")) == b"a\r\nb\r\n"


@pytest.mark.parametrize(("data", "end"), [(b"", b"E"), (b"a\n", b"a\nE"), (b"a", b"a\nE")])
def test_last_line_is_finished(data, end):
    assert join(content.finish_line([data], b"E")) == end


def test_head_is_joined_to_a_small_block():
    assert list(content.with_head(b"H", [b"a", b"b"])) == [b"Ha", b"b"]
    assert list(content.with_head(b"H", [])) == [b"H"]
    big = b"x" * 70000
    assert list(content.with_head(b"H", [big])) == [b"H", big]
    assert list(content.with_head(b"", [b"a"])) == [b"a"]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_delivered_to(size):
    data = (
        b"Received: x\nDELIVERED-TO: A@B.example\nDelivered-To:\n  folded@x.example \nX-Delivered-To: no@x\n"
        b"Subject: x\n\nDelivered-To: body@x\n"
    )
    assert content.delivered_to(cut(data, size)) == {b"a@b.example", b"folded@x.example"}


@pytest.mark.parametrize("data", [b"\nDelivered-To: a@b\n", b"", b"Delivered-To: a@b"])
def test_delivered_to_without_headers(data):
    assert content.delivered_to([data]) == ({b"a@b"} if data.startswith(b"D") else set())


def test_delivered_to_reads_no_more_than_the_header():
    def blocks():
        yield b"A: b\n\nbody"
        raise AssertionError("read on")

    assert content.delivered_to(blocks()) == set()
    assert content.delivered_to([b"X: " + b"y" * 1000 + b"\n"] * 3000) == set()
