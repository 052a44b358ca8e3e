import mailbox
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymaster.store.mailbox import mboxscan
from pymaster.store.mailbox.mboxscan import continues, from_date, from_line, from_text, scan

LINE = b"From a@b  Mon Jan  1 00:00:00 2024\n"


@pytest.fixture
def file(tmp_path):
    opened = []

    def write(data):
        path = tmp_path / "box"
        path.write_bytes(data)
        opened.append(os.open(path, os.O_RDONLY))
        return opened[-1]

    yield write
    for fd in opened:
        os.close(fd)


def found(fd, start=0):
    return list(scan(fd, start, os.fstat(fd).st_size))


def texts(fd):
    return [each.data[each.head : each.text] for each in found(fd)]


@pytest.mark.parametrize(
    ("line", "date"),
    [
        (b"From a@b  Mon Jan  1 00:00:00 2024 +0000", 1704067200),
        (b"From a@b Mon Jan 01 00:00 2024 +0100", 1704063600),
        (b"From a b c Mon Jan 1 00:00:00 UTC 2024", 1704067200),
        (b'From "x y"@z Mon, 1 Jan 2024 00:00:00 -0500', 1704085200),
        (b"From MAILER-DAEMON Mon Jan  1 00:00:00 2024 GMT remote from here", 1704067200),
        (b"From a@b Mon Jan  1 00:00:00 EDT 2024", 1704081600),
    ],
)
def test_from_lines(line, date):
    assert from_line(line + b"\n") and from_line(line)
    assert from_date(line + b"\n") == date


@pytest.mark.parametrize(
    "line", [b"From me to you", b"From Monday on, at 10:00 2024", b">" + LINE, b"from a" + LINE[6:], b""]
)
def test_lines_that_are_text(line):
    assert not from_line(line)


def test_a_date_that_is_none():
    assert from_date(b"From a Mon Xxx  1 00:00:00 2024\n") is None
    assert from_date(b"From x\n") is None
    assert from_date(b"From a Mon Jan  1 00:00:00 2024 XYZ\n") is not None


WORDS = [
    b"Mon",
    b"Jan",
    b"Feb",
    b" ",
    b"  ",
    b"31",
    b"99",
    b"0",
    b"24:61",
    b"00:00:00",
    b"99:99:99",
    b"0000",
    b"2024",
    b"9999",
    b"+9999",
    b"UTC",
]


@given(st.lists(st.sampled_from(WORDS) | st.binary(max_size=5), max_size=12).map(b" ".join))
@settings(max_examples=1000, deadline=None)
def test_any_date(words):
    line = b"From a " + words + b"\n"
    assert from_date(line) is None or from_line(line)


def test_from_text_is_read_back():
    assert from_date(from_text(1704067200)) == 1704067200


def test_messages(file):
    fd = file(
        LINE + b"A: 1\n\none\n\n" + LINE + b"A: 2\n\n\n\n" + LINE + b"A: 3\n\nFrom me\nthree\n" + LINE + b"\nx\n\n"
    )
    assert texts(fd) == [b"A: 1\n\none\n", b"A: 2\n\n\n", b"A: 3\n\nFrom me\nthree\n", b"\nx\n"]
    assert [each.finished for each in found(fd)] == [True, True, False, True]
    assert [each.data[each.body : each.text] for each in found(fd)][3] == b"x\n"


def test_a_header_without_a_body_keeps_its_end(file):
    assert texts(file(LINE + b"A: 1\n\n" + LINE + b"A: 2\n\n\n" + LINE + b"A: 3\n")) == [
        b"A: 1\n\n",
        b"A: 2\n\n",
        b"A: 3\n",
    ]


def test_nothing_and_no_mbox(file):
    assert found(file(b"")) == []
    with pytest.raises(ValueError, match="not an mbox"):
        found(file(b"hello\n"))
    # What only begins like one is taken at the beginning of a file.
    assert len(found(file(b"From nobody\nA: 1\n\nx\n"))) == 1


@pytest.mark.parametrize("tail", [b"", b"\n", b"\n" + LINE + b"B: 1\n\ny\n"])
def test_content_length_that_fits_is_believed(file, tail):
    body = b"one\n\n" + LINE + b"not a message\n"
    fd = file(LINE + b"Content-Length: %d\n\n" % len(body) + body + tail)
    assert texts(fd)[0].endswith(b"not a message\n")
    assert len(found(fd)) == (2 if b"B:" in tail else 1)


@pytest.mark.parametrize("length", [0, 3, 17, 10**9])
def test_content_length_that_does_not_fit_is_not(file, length):
    fd = file(LINE + b"Content-Length: %d\n\none\n\n" % length + LINE + b"A: 2\n\nx\n\n")
    assert len(found(fd)) == 2


@given(st.integers(8, 60), st.lists(st.integers(0, 90), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_blocks_do_not_matter(tmp_path_factory, block, sizes):
    path = tmp_path_factory.mktemp("scan") / "box"
    path.write_bytes(b"".join(LINE + b"N: %d\n\n" % n + b"x\nFrom " * size + b"\n\n" for n, size in enumerate(sizes)))
    fd = os.open(path, os.O_RDONLY)
    kept = mboxscan.BLOCK
    try:
        whole = found(fd)
        mboxscan.BLOCK = block
        assert found(fd) == whole and len(whole) == len(sizes)
    finally:
        mboxscan.BLOCK = kept
        os.close(fd)


PIECES = [
    LINE,
    b"\n",
    b"From ",
    b">From ",
    b"A: b\n",
    b"Content-Length: 12\n",
    b"Content-Length: 60\n",
    b"\r\n",
    b"text\n",
    b"\n\n",
    b"\0",
]


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), max_size=30))
@settings(max_examples=300, deadline=None)
def test_any_file_is_divided_without_gaps(tmp_path_factory, pieces):
    path = tmp_path_factory.mktemp("fuzz") / "box"
    data = LINE + b"".join(pieces)
    path.write_bytes(data)
    fd = os.open(path, os.O_RDONLY)
    try:
        each = found(fd)
        assert b"".join(one.data for one in each) == data
        assert all(one.data.startswith(b"From ") and one.head <= one.body <= one.text <= len(one.data) for one in each)
        # Read again from any of them, the rest is divided alike.
        if len(each) > 1:
            assert found(fd, each[1].start) == each[1:]
    finally:
        os.close(fd)


def test_the_mailbox_module_finds_the_same(tmp_path, file):
    data = b"".join(LINE + b"Subject: %d\n\nbody\n>From here\n\n" % n for n in range(20))
    fd = file(data)
    assert len(found(fd)) == len(mailbox.mbox(tmp_path / "box"))


def test_continues(file):
    data = LINE + b"A: 1\n\nx\n\n"
    fd = file(data + LINE + b"A: 2\n\ny\n\n")
    size = os.fstat(fd).st_size
    assert continues(fd, len(data), size) and continues(fd, 0, size)
    assert not continues(fd, len(data) - 1, size)
    assert not continues(fd, size, size)


def test_time_grows_with_size_only(file):
    """Many beginnings that are none: one pass."""
    fd = file(LINE + b"\n" + b"\nFrom Mon Tue Wed" * 200_000)
    assert len(found(fd)) == 1


def test_a_message_that_is_too_large(file, monkeypatch):
    monkeypatch.setattr(mboxscan, "MAX_MESSAGE", 1000)
    monkeypatch.setattr(mboxscan, "BLOCK", 400)
    with pytest.raises(OverflowError):
        found(file(LINE + b"\n" + b"x\n" * 2000))
