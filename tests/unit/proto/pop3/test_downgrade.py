"""UTF-8 headers for clients without UTF8: readable by an old reader, body untouched."""

import re
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.pop3.downgrade import downgraded, encoded, needed

UMLAUTS = "Grüße aus Köln".encode()


def head(text: str) -> bytes:
    return text.encode() + b"\r\n\r\n"


def read(message: bytes, name: str) -> str:
    """As another reader of mail sees it."""
    return str(message_from_bytes(message, policy=policy.default)[name])


def test_needed() -> None:
    assert not needed(b"Subject: x\r\n\r\n" + UMLAUTS)
    assert needed(b"Subject: " + UMLAUTS + b"\r\n\r\n")
    assert not needed(b"Subject: Gr\xfc\xdfe\r\n\r\n")


def test_texts() -> None:
    message = b"X: a\r\nSubject: Re: " + UMLAUTS + b" and more\r\n\r\n" + UMLAUTS + b"\r\n"
    found = downgraded(message)
    assert found.endswith(b"\r\n\r\n" + UMLAUTS + b"\r\n")
    assert found.startswith(b"X: a\r\nSubject: Re: =?utf-8?b?")
    assert read(found, "Subject") == "Re: Grüße aus Köln and more"


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("Jürgen Müller <jm@example.org>", "Jürgen Müller <jm@example.org>"),
        (
            '"Jürgen, \\"der\\" Müller" <jm@example.org>, x@y.org',
            '"Jürgen, \\"der\\" Müller" <jm@example.org>, x@y.org',
        ),
        ("a@b.org (Jürgen)", None),
        ("Plain <a@b.org>, Jürgen <c@d.org>", "Plain <a@b.org>, Jürgen <c@d.org>"),
    ],
)
def test_names(value: str, wanted: str | None) -> None:
    found = downgraded(head(f"From: {value}"))
    assert found.isascii()
    if wanted is not None:
        assert read(found, "From") == wanted


def test_addresses_that_are_not_ascii() -> None:
    found = downgraded(head("To: jürgen@example.org, Jürgen <jürgen@exämple.org>, ok@example.org"))
    assert found.isascii()
    assert re.fullmatch(rb"To: =\?utf-8\?b\?\S+\?= :;, =\?utf-8\?b\?\S+\?= :;, ok@example.org\r\n\r\n", found)
    assert (
        str(message_from_bytes(found, policy=policy.default)["To"].groups[1].display_name)
        == "Jürgen jürgen@exämple.org"
    )
    addresses = message_from_bytes(found, policy=policy.default)["To"].addresses
    assert [each.addr_spec for each in addresses] == ["ok@example.org"]


def test_parameters() -> None:
    found = downgraded(head('Content-Type: text/plain; name="Grüße.txt"; charset=utf-8'))
    assert found == b"Content-Type: text/plain; name*=utf-8''Gr%C3%BC%C3%9Fe.txt; charset=utf-8\r\n\r\n"


def test_folded_and_odd_fields() -> None:
    found = downgraded("Subject: Grüße\r\n\taus Köln\r\nkein Feld: äöü\r\nBare äöü\r\nX:\r\n ö\r\n".encode())
    assert found.isascii()
    assert found.count(b"\n") >= 6
    assert read(found, "Subject").replace("\t", "") in ("Grüßeaus Köln", "Grüße aus Köln")


def test_words_are_short_and_characters_whole() -> None:
    words = encoded("ü€😀".encode() * 40).split(b"\r\n ")
    assert all(len(word) <= 75 for word in words)
    for word in words:
        assert read(b"Subject: " + word + b"\r\n\r\n", "Subject")


@given(st.text(max_size=200), st.sampled_from(["Subject", "From", "Content-Type", "To", "Received"]))
def test_any_header_becomes_ascii(text: str, name: str) -> None:
    message = f"{name}: {text}\r\n\r\n".encode(errors="replace")
    found = downgraded(message) if needed(message) else message
    end = found.find(b"\r\n\r\n")
    assert end >= 0
    if needed(message):
        assert found[:end].isascii() or b"\r\n\r\n" in message[:-4]


@given(
    st.lists(st.sampled_from(["ü", '"', "(", ")", "<", ">", "@", ",", ";", ":", " ", "\\", "\r\n ", "a"]), max_size=60)
)
def test_any_address_list_becomes_ascii(pieces: list[str]) -> None:
    message = ("To: " + "".join(pieces) + "\r\n\r\n").encode()
    if needed(message):
        assert downgraded(message).isascii()
