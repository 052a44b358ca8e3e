"""What SEARCH compares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.message.mimetree import tree
from pymaster.proto.message.searchtext import (
    body_texts,
    decoded_header,
    header_values,
    raw_body_candidate,
    raw_candidate,
)
from tests.unit.proto.message.lab import messages, wire

MESSAGE = wire(
    b"""Subject: =?utf-8?q?M=C3=BCll?=
 heap
subject: two
X-Subject: none
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Stra=DFe
--b
Content-Type: image/png

pixels
--b
Content-Type: message/rfc822

Subject: =?utf-8?b?SW5uZXI=?=
 folded
From: a@b

inner text
--b
Content-Type: message/delivery-status
Content-Transfer-Encoding: base64

U3RhdHVz
--b--
"""
)


def texts(data: bytes, **limit: int) -> list[str]:
    return list(body_texts(data, tree(data).part, **limit))


def test_headers() -> None:
    block = MESSAGE[: tree(MESSAGE).part.body]
    values = header_values(block, b"subject")
    assert [decoded_header(value) for value in values] == ["Müll heap", "two"]
    assert header_values(block, b"sub") == header_values(block, b".*") == [] and header_values(b"a:b", b"a") == [b"b"]
    assert decoded_header(b"\xff=?x?") == "ÿ=?x?"


def test_bodies() -> None:
    assert texts(MESSAGE) == ["Straße", "Subject: Inner folded\r\nFrom: a@b\r\n\r\n", "inner text", "Status"]
    assert texts(MESSAGE, limit=5) == ["Stra"] and texts(MESSAGE, limit=0) == []
    assert texts(b"a: b\r\n\r\nbody") == ["body"]


@pytest.mark.parametrize(
    ("head", "body", "needle", "expected"),
    [
        (b"Subject: some words\n", b"text", b"WORDS", True),
        (b"Subject: some words\n", b"text", b"other", False),
        (b"Subject: some\n words\n", b"text", b"some words", True),
        (b"Subject: =?utf-8?q?x?=\n", b"text", b"other", True),
        (b"Content-Transfer-Encoding: base64\n", b"text", b"other", True),
        (b"Content-Transfer-Encoding: 7BIT\n", b"text", b"other", False),
        (b"Content-Transfer-Encoding: base64; 8bit\n", b"text", b"other", True),
        (b"Content-Transfer-Encoding:\n base64\n", b"text", b"other", True),
        (b"Content-Type: text/plain; charset=UTF-8\n", b"text", b"other", False),
        (b"Content-Type: text/plain; charset=\"utf-8\"\n", b"text", b"other", False),
        (b"Content-Type: text/plain; charset=utf-7\n", b"text", b"other", True),
        (b"Content-Type: text/plain; charset*0=utf; charset*1=-7\n", b"text", b"other", True),
        (b"", b"\xff", b"other", True),
        (b"", b"text", b"\xc3\xa4", True),
        (b"", b"", b"", True),
    ],
)  # fmt: skip
def test_candidates(head: bytes, body: bytes, needle: bytes, expected: bool) -> None:
    assert raw_candidate(wire(head + b"\n" + body), needle) is expected


def test_body_candidates() -> None:
    def of(text: bytes, needle: bytes) -> bool:
        data = wire(text)
        return raw_body_candidate(data, tree(data).part, needle)

    assert not of(b"Subject: =?utf-8?q?x?=\n\ntext", b"q") and of(b"\nsome Text", b"text")
    image = b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png\n\n\xff\n--b\n"
    assert not of(image, b"text") and not of(image + b"\nplain\n", b"text") and of(image + b"\n\xff\n", b"text")
    assert of(image + b"Content-Type: text/plain; charset=utf-7\n\nx\n", b"text")
    inner = image + b"Content-Type: message/rfc822\n\n"
    assert of(inner + b"Subject: some\n text\n\n", b"some text") and of(inner + b"Subject: =?", b"text")
    assert not of(inner + b"Subject: other\n\nbody", b"text") and of(b"\nx", b"\xc3\xa4")


@given(messages, st.sampled_from(["text", "abc", "re: ", "a", "zz", "multipart", " x", "d>"]))
def test_a_message_sorted_out_holds_no_match(data: bytes, needle: str) -> None:
    found = tree(data)
    bodies = [text.lower() for text in body_texts(data, found.part)]
    head = data[: found.part.body]
    names = ("subject", "from", "to", "date", "references", "content-type")
    heads = [decoded_header(value).lower() for name in names for value in header_values(head, name.encode())]
    if not raw_candidate(data, needle.encode()):
        assert not any(needle in text for text in [*bodies, *heads])
    if not raw_body_candidate(data, found.part, needle.encode()):
        assert not any(needle in text for text in bodies)
