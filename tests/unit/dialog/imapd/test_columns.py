"""Columns: flags, literals, NUL, headers larger than the digest keeps, previews that cannot be quoted."""

import pytest

from pymaster.dialog.imapd.batch import Batch, read
from pymaster.dialog.imapd.columns import (
    binary_head,
    compile_item,
    decoded,
    flags,
    literal_head,
    without_nul,
)
from pymaster.dialog.imapd.selected import Selected
from pymaster.proto.imap.cursor import Cursor
from pymaster.proto.imap.fetch_items import parse_request
from pymaster.proto.imap.section import Section
from pymaster.proto.message.digest import Digest, pack
from pymaster.proto.message.parttree import BASE64, Part
from pymaster.proto.message.summary import summarize
from tests.unit.dialog.imapd.lab import Lab


def column(lab: Lab, item: bytes, *, utf8: bool = False) -> list[object]:
    """The values of one item for all messages, formatted."""
    selected = Selected(lab.box(), False)
    found = compile_item(parse_request(Cursor([item], []), rev2=False).items[0], utf8)
    batch = Batch(selected, range(len(selected.view)))
    if found.digests:
        batch.load_digests(batch.selected.mailbox.digests_of(batch.uids))
    if found.bodies:
        batch.load_bodies(read(selected, batch.uids))
    values = found.values(batch)
    if found.head is not None:
        return [found.format % () + found.head(value) + (value or b"") for value in values]
    return [found.format % value for value in values]


def test_flags_with_recent() -> None:
    lab = Lab()
    lab.add(flags=[b"\\Seen"])
    lab.add()
    selected = Selected(lab.box(), False)
    batch = Batch(selected, range(2))
    assert flags(batch) == [b"\\Seen", b""]
    selected.recent = {2}
    assert flags(batch) == [b"\\Seen", b"\\Recent"]
    assert flags(Batch(selected, range(1))) == [b"\\Seen"]
    selected.rev2 = True
    assert flags(batch) == [b"\\Seen", b""]


def test_heads() -> None:
    assert literal_head(b"abc") == binary_head(b"abc") == b"{3}\r\n"
    assert binary_head(b"a\0") == b"~{2}\r\n"
    assert literal_head(b"") == binary_head(b"") == b'""'
    assert literal_head(None) == binary_head(None) == b"NIL"


def test_nul() -> None:
    assert without_nul(b"a\0b") == b"a\x80b"
    assert without_nul(b"ab") == b"ab"
    assert without_nul(None) is None
    lab = Lab()
    lab.add(b"Subject: a\0b\r\n\r\nc\0d")
    assert column(lab, b"BODY.PEEK[HEADER.FIELDS (subject)]") == [
        b"BODY[HEADER.FIELDS (subject)] {16}\r\nSubject: a\x80b\r\n\r\n"
    ]
    assert column(lab, b"BODY[HEADER]") == [b"BODY[HEADER] {16}\r\nSubject: a\x80b\r\n\r\n"]
    assert column(lab, b"BODY[]<14.9>") == [b"BODY[]<14> {5}\r\n\r\nc\x80d"]
    assert column(lab, b"BINARY[1]") == [b"BINARY[1] ~{3}\r\nc\0d"]


def test_a_header_that_the_digest_does_not_hold() -> None:
    lab = Lab()
    lab.add(b"A: 1\r\nB: 2\r\n\r\nbody")
    summary = summarize(lab.box().bodies[1])
    summary.header = summary.header[:6]
    lab.box().digests[1] = Digest(pack(summary))
    assert column(lab, b"BODY[HEADER.FIELDS (B)]") == [b"BODY[HEADER.FIELDS (B)] {8}\r\nB: 2\r\n\r\n"]
    assert column(lab, b"BODY[HEADER.FIELDS (B)]<0.3>") == [b"BODY[HEADER.FIELDS (B)]<0> {3}\r\nB: "]
    assert column(lab, b"BODY[HEADER]") == [b"BODY[HEADER] {14}\r\nA: 1\r\nB: 2\r\n\r\n"]


def test_percent_signs_are_no_formats() -> None:
    lab = Lab()
    lab.add(b"X%d: 1\r\n\r\n")
    assert column(lab, b'BODY[HEADER.FIELDS ("X%d")]') == [b'BODY[HEADER.FIELDS ("X%d")] {10}\r\nX%d: 1\r\n\r\n']


@pytest.mark.parametrize(
    ("body", "utf8", "wanted"),
    [
        (b"plain", False, b'PREVIEW "plain"'),
        (b'a "b" \\c', False, b'PREVIEW "a \\"b\\" \\\\c"'),
        (b"caf\xc3\xa9", False, b"PREVIEW {5}\r\ncaf\xc3\xa9"),
        (b"caf\xc3\xa9", True, b'PREVIEW "caf\xc3\xa9"'),
        (b"", False, b'PREVIEW ""'),
    ],
)
def test_preview(body: bytes, utf8: bool, wanted: bytes) -> None:
    lab = Lab()
    lab.add(b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + body)
    assert column(lab, b"PREVIEW", utf8=utf8) == [wanted]


def test_save_dates_that_nobody_knows() -> None:
    lab = Lab()
    lab.add()
    lab.box().state.saved[0] = 0
    assert column(lab, b"SAVEDATE") == [b"SAVEDATE NIL"]


def test_decoding() -> None:
    root = Part(0, 0, 2, 6, encoding=BASE64)
    assert decoded(b"\r\nYQ==", root, Section((1,))) == b"a"
    assert decoded(b"\r\nYQ==", root, Section()) == b"\r\nYQ=="
    assert decoded(b"\r\nYQ==", root, Section((2,))) is None


def test_what_can_be_decoded() -> None:
    lab = Lab()
    lab.add(b"Content-Transfer-Encoding: x-odd\r\n\r\nbody")
    selected = Selected(lab.box(), False)
    batch = Batch(selected, range(1))
    batch.load_digests(batch.selected.mailbox.digests_of(batch.uids))
    for item, wanted in ((b"BINARY[1]", False), (b"BINARY.SIZE[1]", False), (b"BINARY[]", True), (b"BINARY[2]", True)):
        known = compile_item(parse_request(Cursor([item], []), rev2=False).items[0], False).known
        assert known is not None and known(batch, 0) == wanted
