"""Relative IMAP URLs of messages (RFC 5092)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.imap.section import Section
from pymaster.proto.imap.url import MessageUrl, parse_url


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (b"/INBOX/;UID=20", MessageUrl("INBOX", 0, 20, Section())),
        (b"/Drafts;UIDVALIDITY=385759045/;UID=20/;section=1.2", MessageUrl("Drafts", 385759045, 20, Section((1, 2)))),
        (b"/a/b%20c/;uid=1/;section=1.MIME/;partial=5.7", MessageUrl("a/b c", 0, 1, Section((1,), b"MIME"), 5, 7)),
        (b"/%C3%A9/;UID=1/;PARTIAL=5", MessageUrl("\xe9", 0, 1, Section(), 5)),
        (b";UID=7/;SECTION=HEADER", MessageUrl(None, 0, 7, Section((), b"HEADER"))),
        (b"/;UID=7", MessageUrl(None, 0, 7, Section())),
        (
            b"/INBOX/;UID=1/;SECTION=HEADER.FIELDS%20(Subject)",
            MessageUrl("INBOX", 0, 1, Section((), b"HEADER.FIELDS", (b"Subject",))),
        ),
    ],
)
def test_parse(text: bytes, wanted: MessageUrl) -> None:
    assert parse_url(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        b"", b"/", b"/INBOX", b"/INBOX/;UID=0", b"/INBOX/;UID=4294967296", b"/INBOX;UIDVALIDITY=0/;UID=1", b"//INBOX/;UID=1",
        b"/INBOX;UIDVALIDITY=4294967296/;UID=1", b"imap://host/INBOX/;UID=1", b"/INBOX/;UID=1/;SECTION=", b"/INBOX/;UID=1/;SECTION=9x",
        b"/INBOX/;UID=1/;PARTIAL=1.0", b"/INBOX/;UID=1;URLAUTH=anonymous:internal:00", b"/IN%BOX/;UID=1", b"/IN%FFBOX/;UID=1",
        b"/IN BOX/;UID=1", b"/IN\r\nBOX/;UID=1", b"/INBOX?SUBJECT/;UID=1", b"/INBOX/;UID=1/;SECTION=1%5D", b"/" + b"x" * 3000 + b"/;UID=1",
    ],
)  # fmt: skip
def test_refused(text: bytes) -> None:
    with pytest.raises(ValueError):
        parse_url(text)


PARTS = [
    b"/",
    b";",
    b"UID=",
    b"1",
    b"SECTION=",
    b"PARTIAL=",
    b"%20",
    b"%",
    b"INBOX",
    b";UIDVALIDITY=",
    b".",
    b"\xff",
    b"?",
]


@given(st.lists(st.sampled_from(PARTS), max_size=15))
def test_anything(parts: list[bytes]) -> None:
    try:
        found = parse_url(b"".join(parts))
    except ValueError:
        return
    assert found.uid >= 1


def test_no_long_search_in_a_hostile_one() -> None:
    for text in (b"/" + b"/;" * 1000, b"/" + b";" * 2000, b"/" + b"a/" * 1000 + b";UID="):
        with pytest.raises(ValueError):
            parse_url(text)
