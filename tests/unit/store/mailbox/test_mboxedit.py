import os

import pytest

from pymaster.store.mailbox import mboxedit
from pymaster.store.mailbox.mboxedit import Edit, Span, anew, in_place, spot, with_keywords
from pymaster.store.mailbox.mboxheaders import Base, parse, pseudo_message
from pymaster.store.mailbox.mboxrewrite import Rewriter

LINE = b"From a@b  Mon Jan  1 00:00:00 2024\n"
NONE = frozenset()


def message(n):
    return LINE + b"N: %d\n\nbody %d\n\n" % (n, n)


@pytest.fixture
def edit(tmp_path):
    """Messages 1 to 4, rows 0 to 3, and one that the index does not know."""
    data = b"".join(message(n) for n in range(1, 6))
    (tmp_path / "box").write_bytes(data)
    fd = os.open(tmp_path / "box", os.O_RDWR)
    size = len(message(1))
    spans = {n: Span(n * size, n * size + size, n + 1, NONE) for n in range(4)}
    yield Edit(fd, len(data), Base(7, 4), True, spans)
    os.close(fd)


def applied(edit, tmp_path, changed):
    made = anew(edit, changed, 0)
    end = Rewriter(str(tmp_path)).replace(edit.fd, made.start, made.pieces)
    assert end == made.at
    data = (tmp_path / "box").read_bytes()
    assert all(
        data[start:end].startswith(b"From ") and data[start:end].endswith(b"\n\n") for start, end in made.spans.values()
    )
    return made, data


@pytest.mark.parametrize(("data", "header"), [
    (LINE + b"A: b\n\nx", b"A: b\n\n"), (LINE + b"\nx\n\ny", b"\n"), (LINE + b"A: b\r\n\r\nx\n\n", b"A: b\r\n\r\n"),
    (LINE + b"A: b\n", b"A: b\n"), (LINE, b""), (LINE + b"A: " + b"x" * 50000 + b"\n\nx", b"A: " + b"x" * 50000 + b"\n\n"),
])  # fmt: skip
def test_spot(tmp_path, data, header):
    (tmp_path / "box").write_bytes(data)
    with open(tmp_path / "box", "rb") as file:
        found = spot(file.fileno(), 0, len(data))
        assert found.header == header and data[found.head : found.body] == header
        assert spot(file.fileno(), 3, len(data)) is None


def test_a_header_without_end_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(mboxedit, "MAX_HEADER", 1 << 14)
    data = LINE + b"x" * (1 << 18)
    (tmp_path / "box").write_bytes(data)
    with open(tmp_path / "box", "rb") as file:
        assert spot(file.fileno(), 0, len(data)).body == len(data)


def test_flags_from_some_message_on(edit, tmp_path):
    assert in_place(edit, {2: frozenset([b"\\Seen"])}) is None
    made, data = applied(edit, tmp_path, {2: frozenset([b"\\Seen"])})
    size = len(message(1))
    assert made.start == 2 * size and data.startswith(message(1) + message(2) + LINE) and data.endswith(message(5))
    assert data.count(b"X-UID") == 2 and list(made.spans) == [2, 3]
    for row, (start, end) in made.spans.items():
        edit.spans[row] = Span(start, end, row + 1, NONE)
    patches = in_place(edit, {2: NONE, 3: frozenset([b"\\Deleted"])})
    assert [data for _, data in patches] == [b" O ", b" O ", b" D   "]


def test_what_has_its_headers_is_not_made_again(edit, tmp_path):
    made, _ = applied(edit, tmp_path, {0: NONE})
    for row, (start, end) in made.spans.items():
        edit.spans[row] = Span(start, end, row + 1, NONE)
    edit.size = made.at
    first = made.spans[1][0]
    again = anew(edit, {1: None}, 0)
    assert again.start == first and again.pieces == [(made.spans[2][0], made.at - made.spans[2][0])]


def test_the_base_moves_to_the_first_message(edit, tmp_path):
    made, data = applied(edit, tmp_path, {0: None})
    assert made.start == 0 and parse(data[len(LINE) :].partition(b"\n\n")[0] + b"\n\n").base == Base(7, 4)
    for row, (start, end) in made.spans.items():
        edit.spans[row] = Span(start, end, row + 1, NONE)
    del edit.spans[0]
    edit.size = len(data)
    made, data = applied(edit, tmp_path, {1: None, 2: None, 3: None})
    assert data == message(5)


def test_an_empty_mailbox_and_after_it(edit, tmp_path):
    edit.spans[4] = Span(edit.spans[3].end, edit.size, 5, NONE)
    _, data = applied(edit, tmp_path, dict.fromkeys(range(5)))
    assert data == pseudo_message(Base(7, 4), 0)
    with open(tmp_path / "box", "ab") as file:
        file.write(message(6) + message(7))
    size = os.fstat(edit.fd).st_size
    # The first is news to the index: it stays, the pseudo message goes.
    edit.size, edit.spans = size, {0: Span(size - len(message(7)), size, 7, NONE)}
    _, data = applied(edit, tmp_path, {0: frozenset([b"\\Seen"])})
    assert data.startswith(message(6)) and b"INTERNAL" not in data and data.count(b"X-UID") == 1


def test_keywords():
    assert with_keywords(Base(1, 2, (b"A",)), [b"a", b"B"]) == Base(1, 2, (b"A", b"B"))
    assert len(with_keywords(Base(1, 2), [b"k%d" % n for n in range(300)]).keywords) == 256
