"""Sections: syntax, labels, what they cut out of a message; never an exception but BadSyntax."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.section import MAX_NAMES, MAX_PATH, Section, bounds, cut, parse_partial, parse_section, part_of
from pymaster.proto.message.parttree import MESSAGE, MULTIPART, Part

WIRE = b"H: 1\r\n\r\n" + b"A: 2\r\n\r\ntext" + b"B: 3\r\n\r\n" + b"C: 4\r\n\r\ninner"
INNER = Part(0, 28, 36, 41)
ROOT = Part(MULTIPART, 0, 8, 41, children=[Part(0, 8, 16, 20), Part(MESSAGE, 20, 28, 41, children=[INNER])])


def section(text: bytes, *, binary: bool = False) -> Section:
    args = Cursor([text], [])
    found = parse_section(args, binary=binary)
    args.end()
    return found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (b"[]", WIRE),
        (b"[HEADER]", b"H: 1\r\n\r\n"),
        (b"[text]", WIRE[8:]),
        (b"[1]", b"text"),
        (b"[1.MIME]", b"A: 2\r\n\r\n"),
        (b"[1.1]", None),
        (b"[1.HEADER]", None),
        (b"[2]", b"C: 4\r\n\r\ninner"),
        (b"[2.MIME]", b"B: 3\r\n\r\n"),
        (b"[2.HEADER]", b"C: 4\r\n\r\n"),
        (b"[2.TEXT]", b"inner"),
        (b"[2.1]", b"inner"),
        (b"[2.1.MIME]", b"C: 4\r\n\r\n"),
        (b"[2.1.1]", None),
        (b"[2.2]", None),
        (b"[3]", None),
        (b"[2.HEADER.FIELDS (c d)]", b"C: 4\r\n\r\n"),
        (b"[2.HEADER.FIELDS.NOT (c d)]", b"\r\n"),
        (b"[HEADER.FIELDS (h)]", b"H: 1\r\n\r\n"),
        (b"[1.HEADER.FIELDS (h)]", None),
    ],
)
def test_cut(text: bytes, wanted: bytes | None) -> None:
    assert cut(WIRE, ROOT, section(text)) == wanted
    if wanted is not None:
        assert cut(WIRE, ROOT, section(text), (1, 3)) == wanted[1:4]
        assert cut(WIRE, ROOT, section(text), (1 << 40, 1 << 40)) == b""


def test_labels() -> None:
    assert section(b'[1.2.header.fields (Date "from")]').label == b"1.2.HEADER.FIELDS (Date from)"
    assert section(b'[HEADER.FIELDS ("a(b")]').label == b'HEADER.FIELDS ("a(b")'
    assert section(b"[4.mime]").label == b"4.MIME"
    assert section(b"[]").label == b""
    assert section(b"[3.1]", binary=True).path == (3, 1)


@pytest.mark.parametrize(
    "text",
    [
        b"", b"[", b"]", b"[0]", b"[1", b"[1.]", b"[.1]", b"[01]", b"[MIME]", b"[HEADER.FIELDS]", b"[HEADER.FIELDS (]",
        b"[HEADER.FIELDS ()]", b"[HEADER.FIELDS (a:b)]", b"[HEADER.FIELDS (\"\")]", b"[HEADER.FIELDS (a)", b"[TEXT.1]",
        b"[12345678901]", b"[1..2]",
    ],
)  # fmt: skip
def test_refused(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        section(text)


def test_binary_takes_numbers_only() -> None:
    with pytest.raises(BadSyntax):
        section(b"[1.MIME]", binary=True)
    with pytest.raises(BadSyntax):
        section(b"[TEXT]", binary=True)


def test_bounds_on_names_and_depth() -> None:
    with pytest.raises(BadSyntax):
        section(b"[HEADER.FIELDS (%s)]" % b" ".join([b"x"] * (MAX_NAMES + 1)))
    with pytest.raises(BadSyntax):
        section(b"[%s]" % b".".join([b"1"] * (MAX_PATH + 1)))
    assert bounds(ROOT, section(b"[%s]" % b".".join([b"2"] * MAX_PATH))) is None


def test_partial() -> None:
    assert parse_partial(Cursor([b"<0.1>"], [])) == (0, 1)
    assert parse_partial(Cursor([b""], [])) is None
    assert part_of(b"abc", None) == b"abc"
    for text in (b"<", b"<1>", b"<1.0>", b"<-1.1>", b"<1.99999999999999999999>", b"<9999999999999999999.1>"):
        with pytest.raises(BadSyntax):
            parse_partial(Cursor([text], []))


@given(
    st.lists(
        st.sampled_from(
            [
                b"[",
                b"]",
                b"1",
                b"2.",
                b".",
                b"HEADER",
                b".FIELDS",
                b".NOT",
                b"TEXT",
                b"MIME",
                b" ",
                b"(",
                b")",
                b"x",
                b'"',
                b"<",
            ]
        ),
        max_size=12,
    )
)
def test_anything(parts: list[bytes]) -> None:
    try:
        found = parse_section(Cursor([b"[" + b"".join(parts)], []))
    except BadSyntax:
        return
    assert section(b"[%s]" % found.label) == found
    cut(WIRE, ROOT, found)
