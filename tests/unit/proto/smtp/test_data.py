"""DATA in bulk: the end of a message, smuggling (S-01), dots, splits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.smtp.data import DataReceiver

END = b"\r\n.\r\n"
# Every form that some server once took for the end of data.
FORGED = [
    b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r", b"\n.\r", b"\r.\n",
    b"\r\n\0.\r\n", b"\r\n.\0\r\n", b"\r\r\n.\r\n", b"\r\n.\r\r\n", b"\r\n. \r\n",
    b"\v.\v", b"\f.\f", b"\x1c.\x1c", b"\xc2\x85.\xc2\x85", b"\xe2\x80\xa8.\xe2\x80\xa8", b"\r\n.\v\r\n", b"\r\n.\x85\r\n",
]  # fmt: skip
EVIL = b"MAIL FROM:<evil@a.test>\r\nRCPT TO:<victim@b.test>\r\nDATA\r\nevil\r\n"


def whole(data: bytes, **options: bool) -> tuple[bytes, bytes, DataReceiver]:
    receiver = DataReceiver(**options)
    content = receiver.feed(data)
    return content, receiver.rest, receiver


def in_pieces(pieces: list[bytes]) -> tuple[bytes, bytes, bool, int]:
    receiver = DataReceiver()
    content = b""
    for number, piece in enumerate(pieces):
        content += receiver.feed(piece)
        if receiver.done:
            return content, receiver.rest + b"".join(pieces[number + 1 :]), True, receiver.size
    return content, b"", False, receiver.size


def test_the_end_and_what_follows() -> None:
    content, rest, receiver = whole(b"a\r\nb\r\n.\r\nQUIT\r\n")
    assert (content, rest, receiver.done) == (b"a\nb\n", b"QUIT\r\n", True)
    assert receiver.size == 6


def test_empty_message() -> None:
    content, rest, receiver = whole(b".\r\n")
    assert (content, rest, receiver.done, receiver.size) == (b"", b"", True, 0)


def test_dots() -> None:
    content, _, receiver = whole(b"..one\r\n..\r\n...\r\n.\r\n")
    assert content == b".one\n.\n..\n"
    assert receiver.size == len(b".one\r\n.\r\n..\r\n")


def test_stray_carriage_returns() -> None:
    assert whole(b"a\rb\r\r\nc\r\n.\r\n")[0] == b"a b \nc\n"
    assert whole(b"a\rb\r\n.\r\n", mask_stray_cr=False)[0] == b"a\rb\n"


def test_bare_line_feeds_are_noticed_when_asked() -> None:
    assert not whole(b"a\nb\r\n.\r\n")[2].bare_lf
    assert whole(b"a\nb\r\n.\r\n", watch_bare_lf=True)[2].bare_lf
    assert not whole(b"a\r\nb\r\n.\r\n", watch_bare_lf=True)[2].bare_lf


@pytest.mark.parametrize("form", FORGED)
def test_smuggling_forms_are_text_at_every_split(form: bytes) -> None:
    data = b"Subject: x\r\n\r\nbody" + form + EVIL + b".\r\nQUIT\r\n"
    content, rest, receiver = whole(data)
    assert receiver.done and rest == b"QUIT\r\n"
    assert EVIL.replace(b"\r\n", b"\n") in content
    for cut in range(len(data) + 1):
        assert in_pieces([data[:cut], data[cut:]]) == (content, rest, True, receiver.size)
    assert in_pieces([data[n : n + 1] for n in range(len(data))]) == (content, rest, True, receiver.size)


ALPHABET = st.lists(st.sampled_from([b"\r\n", b"\r", b"\n", b".", b"a", b"\0", b"\r\n.\r\n"]), max_size=40)


@given(ALPHABET, st.data())
def test_splits_never_matter(parts: list[bytes], draw: st.DataObject) -> None:
    data = b"".join(parts) + END
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=5)))
    pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    content, rest, receiver = whole(data)
    assert in_pieces(pieces) == (content, rest, receiver.done, receiver.size)


@given(st.lists(st.sampled_from([b"a", b".", b"..", b"", b".x", b"x.y"]), max_size=20))
def test_stuffed_lines_come_back(lines: list[bytes]) -> None:
    wire = b"".join((b"." + line if line.startswith(b".") else line) + b"\r\n" for line in lines) + b".\r\n"
    content, rest, receiver = whole(wire)
    assert content == b"".join(line + b"\n" for line in lines)
    assert rest == b"" and receiver.size == sum(len(line) + 2 for line in lines)


def test_memory_stays_flat() -> None:
    receiver = DataReceiver()
    for _ in range(100):
        assert len(receiver.feed(b"x" * 65536)) >= 65530
    assert len(receiver._held) <= 4


LINES = st.lists(
    st.sampled_from([b"a", b"a\n.b", b"\n", b".", b"\r", b"a\rb", b"\r\n", b"\r\n.", b"x" * 70]), max_size=30
)


@given(LINES, LINES, st.booleans())
def test_large_blocks_are_no_different(first: list[bytes], second: list[bytes], watch: bool) -> None:
    filler = b"y" * 76 + b"\r\n"
    data = b"\r\n".join([*first, filler * 250, *second, filler * 250]) + END
    content, rest, receiver = whole(data, watch_bare_lf=watch)
    small = DataReceiver(watch_bare_lf=watch)
    pieces = b"".join(small.feed(data[pos : pos + 1000]) for pos in range(0, len(data), 1000) if not small.done)
    if not rest:
        assert pieces == content
        assert (small.size, small.bare_lf, small.done) == (receiver.size, receiver.bare_lf, receiver.done)


def test_a_large_block_of_text_with_dots() -> None:
    line = b"A sentence. Another one.\r\n"
    receiver = DataReceiver(watch_bare_lf=True)
    assert receiver.feed(line * 1000) == (line * 1000)[:-2].replace(b"\r\n", b"\n")
    assert not receiver.bare_lf
    assert receiver.feed(b"a\n..b\r\n" * 2000).endswith(b"\na\n.b")
    assert receiver.bare_lf
