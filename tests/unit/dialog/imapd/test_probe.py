"""One message under search keys: decoded headers and bodies, dates as written, and no octet read without need."""

import base64
import quopri
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.dialog.imapd.objectid import email_id, thread_id
from pymaster.dialog.imapd.probe import Gone, Probe, mapped
from pymaster.proto.imap import searchkeys as keys
from pymaster.proto.imap.searchkeys import Key
from pymaster.proto.message.casemap import casemap
from pymaster.proto.message.digest import Digest, pack
from pymaster.proto.message.summary import summarize


def probe(text: bytes, read: Callable[[], bytes | None] | None = None) -> Probe:
    return Probe(Digest(pack(summarize(text))), read or (lambda: text))


def never() -> bytes:
    raise AssertionError("read without need")


def header(name: str, text: str) -> Key:
    return Key(keys.HEADER, name.encode(), casemap(text).encode())


def body(text: str, kind: int = keys.BODY) -> Key:
    return Key(kind, text=casemap(text).encode())


MIXED = (
    b"From: a@x.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nX-Note: one\r\nX-Note: two words\r\n  folded\r\n"
    b"Date: Thu, 2 Jan 2020 23:30:00 -0500\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    + quopri.encodestring("Ein Äpfelchen, lang genug für einen Umbruch in der Kodierung, und noch etwas Wein".encode("latin-1"))
    + b"\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(b"hidden binary") + b"\r\n--b--\r\n"
)  # fmt: skip


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        (header("subject", "GRÜSSE"), False),
        (header("subject", "GRÜß"), True),
        (header("subject", "grüße"), True),
        (header("x-note", "TWO"), True),
        (header("x-note", "words  folded"), True),
        (header("x-note", "three"), False),
        (header("x-note", ""), True),
        (header("x-none", ""), False),
        (header("from", "X.EXAMPLE"), True),
        (body("äpfelCHEN"), True),
        (body("apfelchen"), False),
        (body("umbruch in der kodierung, und noch"), True),
        (body("hidden"), False),
        (body("a@x.example"), False),
        (body("a@x.example", keys.TEXT), True),
        (body("grüße", keys.TEXT), True),
        (body("two words", keys.TEXT), True),
        (body("wein", keys.TEXT), True),
        (body("nothing of that", keys.TEXT), False),
    ],
)
def test_texts(key: Key, wanted: bool) -> None:
    assert probe(MIXED).test(key) is wanted


@pytest.mark.parametrize(
    ("date", "low", "high", "wanted"),
    [
        (b"Thu, 2 Jan 2020 23:30:00 -0500", 18263, 18264, True),
        (b"Thu, 2 Jan 2020 23:30:00 -0500", 18264, 18265, False),
        (b"Fri, 3 Jan 2020 00:30:00 +1400", 18264, 18265, True),
        (b"Fri, 3 Jan 2020 00:30:00 +1400", 18262, 18264, False),
        (b"Fri, 3 Jan 2020 12:00:00 +0000", keys.LEAST, 18400, True),
        (b"Fri, 3 Jan 2020 12:00:00 +0000", 18400, keys.MOST, False),
        (b"no date at all", keys.LEAST, keys.MOST, False),
    ],
)
def test_the_date_counts_as_written(date: bytes, low: int, high: int, wanted: bool) -> None:
    message = probe(b"Date: %s\r\n\r\n" % date, never)
    assert message.test(Key(keys.SENT, low=low, high=high)) is wanted


def test_no_date_field() -> None:
    assert probe(b"Subject: x\r\n\r\n", never).test(Key(keys.SENT)) is False


def test_object_ids() -> None:
    message = probe(b"Message-ID: <a@x>\r\n\r\n", never)
    assert message.test(Key(keys.EMAILID, email_id(message.digest)))
    assert message.test(Key(keys.THREADID, thread_id(message.digest) or b""))
    assert not message.test(Key(keys.THREADID, b"T0")) and not message.test(Key(keys.EMAILID, b"M0"))


def test_headers_need_no_message() -> None:
    assert not probe(MIXED, never).test(header("subject", "nothing"))


def test_gone() -> None:
    with pytest.raises(Gone):
        probe(MIXED, lambda: None).test(body("wein"))


def test_read_once() -> None:
    reads = []

    def read() -> bytes:
        reads.append(1)
        return MIXED

    message = probe(MIXED, read)
    assert [message.test(body(text)) for text in ("wein", "bier", "umbruch")] == [True, False, True]
    assert message.test(body("nichts", keys.TEXT)) is False
    assert len(reads) == 1


def test_other_letters_are_in_no_ascii_message() -> None:
    plain = b"Subject: x\r\n\r\nplain\r\n"
    assert not probe(plain).test(body("\u00e4")) and not probe(plain).test(body("\u00e4", keys.TEXT))
    coded = b"Content-Transfer-Encoding: quoted-printable\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n=C3=84\r\n"
    assert probe(coded).test(body("\u00e4"))


@given(st.text(st.sampled_from("aZ\u00e4\u00c4\u00df\u0308\u0323\u03b2\U0001d6fd\u1e9b\ufb01\u0345\u1fb3\uac00\u30ac")))
def test_mapped_with_letters_that_meet(text: str) -> None:
    assert mapped(text) == casemap(text).encode()


@given(st.text())
def test_mapped_is_the_comparator(text: str) -> None:
    text = text.encode("utf-8", "replace").decode("utf-8")
    assert mapped(text) == casemap(text).encode("utf-8", "replace")


@given(st.binary(max_size=400), st.text(min_size=1, max_size=4))
def test_whatever_a_message_is(text: bytes, needle: str) -> None:
    wanted = casemap(needle.encode("utf-8", "replace").decode()).encode()
    for kind in (keys.BODY, keys.TEXT):
        assert probe(text).test(Key(kind, text=wanted)) in (True, False)
    assert probe(text).test(Key(keys.HEADER, b"subject", wanted)) in (True, False)
