"""Unique ids: the forms of other servers, what may be sent, duplicates."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.pop3.uidl import NAMES, Format, fit, received_md5, renamed


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        ("dovecot", b"0000000a499602d2"), ("%08Xu%08Xv", b"0000000a499602d2"), ("courier", b"UID10-1234567890"),
        ("Cyrus", b"1234567890.10"), ("cyrus-old", b"10"), ("uw", b"499602d20000000a"), ("guid", b"cc"), ("md5", b"dd"),
        ("%5u%%%v", b"   10%1234567890"), ("a-%Xu.%g", b"a-a.cc"),
    ],
)  # fmt: skip
def test_forms(form: str, wanted: bytes) -> None:
    found = Format.parse(form).value(10, 1234567890, b"cc", b"dd")
    assert found == (wanted if b" " not in wanted else fit(wanted))


@pytest.mark.parametrize("form", ["", "x", "%v", "%", "%q", "%08Xg", "a b%u", "%u\n", "é%u", "%100u", "%u %v"])
def test_bad_forms(form: str) -> None:
    with pytest.raises(ValueError):
        Format.parse(form)


def test_what_may_not_be_sent_is_hashed() -> None:
    assert fit(b"x" * 70) == b"x" * 70
    for value in (b"", b"x" * 71, b"a b", b"a\r\n", b"\xff"):
        assert re.fullmatch(rb"[0-9a-f]{32}", fit(value))


def test_received() -> None:
    header = b"Received: from a\r\n\tby b\r\nSubject: x\r\nRECEIVED: c\r\n\r\n"
    assert received_md5(header) == received_md5(header.replace(b"Subject: x", b"Subject: y"))
    assert received_md5(header) != received_md5(header.replace(b"by b", b"by c"))
    assert received_md5(b"Subject: x\r\n\r\n") != received_md5(b"Subject: y\r\n\r\n")


def test_duplicates() -> None:
    values = [b"a", b"b"]
    assert renamed(values) is not None and renamed(values) == values
    assert renamed([b"a", b"a", b"a-2", b"a"]) == [b"a", b"a-3", b"a-2", b"a-4"]


@given(st.lists(st.sampled_from([b"a", b"b", b"a-2", b"a-3", b"x" * 70, b"x" * 62 + b"-2"]), max_size=12))
def test_renamed_ids_are_unique_and_fit(values: list[bytes]) -> None:
    found = renamed(values)
    assert len(set(found)) == len(values)
    assert all(fit(value) == value for value in found)


@given(st.text(max_size=12))
def test_any_text_is_a_form_or_none(text: str) -> None:
    try:
        form = Format.parse(text)
    except ValueError:
        return
    assert fit(form.value(1, 2, b"c", b"d")) == form.value(1, 2, b"c", b"d")


def test_names_are_forms() -> None:
    for name in NAMES:
        assert Format.parse(name).variables
