"""Dates as mail has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.message.maildate import sent, sent_day

T = 1171494123  # 2007-02-14 23:02:03 UTC


@pytest.mark.parametrize(
    "text",
    [
        b"Thu, 15 Feb 2007 01:02:03 +0200",
        b"15 Feb 2007 01:02:03 +0200",
        b"Thu, 15 Feb 07 01:02:03 +0200 (EET)",
        b"Thu,15 Feb 107 01:02:03 +02:00",
        b" thursday, 15-feb-2007 01:02:03.25 +0200 junk",
        b"Wed, 14 Feb 2007 23:02:03",
        b"Wed, 14 Feb 2007 23:02:03 GMT",
        b"Wed, 14 Feb 2007 23:02:03 Z",
        b"Wed, 14 February 2007 18:02:03 EST",
        b"Wed (a (b)) , 14 (c) Feb 2007 23:02:03 -0000",
        b"Wed Feb 14 23:02:03 2007",
        b"Wed Feb 14 15:02:03 PST 2007",
        b"Thu Feb 15 01:02:03 2007 +0200",
    ],
)
def test_one_moment(text: bytes) -> None:
    assert sent(text) == T


def test_other_moments() -> None:
    assert sent(b"Thu, 15 Feb 2007 01:02 +0200") == T - 3
    assert sent(b"1 Jan 1970") == 0 and sent(b"1 Jan 69 00:00:00 +0000") == -31536000
    assert sent(b"31 Dec 1998 23:59:60 +0000") == sent(b"1 Jan 1999 00:00:00 +0000")


def test_the_day_as_written() -> None:
    assert sent_day(b"Thu, 15 Feb 2007 01:02:03 +0200") == sent_day(b"15 Feb 2007 23:59:59 -1200") == 732722
    assert sent_day(b"x") is None


@pytest.mark.parametrize(
    "text",
    [b"", b"x", b"31 Feb 2007 01:02:03", b"15 Foo 2007", b"0 Jan 2007", b"15 Feb 20070", b"15 Feb 2007 25:00", b"15 Feb 0000",
     b"15 Feb 2007 01:60:00", b"15 Feb 2007 01:00:61", b"Feb 2007"],
)  # fmt: skip
def test_no_moment(text: bytes) -> None:
    assert sent(text) is None


@given(st.text(alphabet="Thu, 15FebGMT:+-0()").map(str.encode) | st.binary())
def test_never_raises(text: bytes) -> None:
    found = sent(text)
    assert found is None or -(1 << 40) < found < 1 << 40
