"""Date-times: both ways, one- and two-place days, zones, nonsense."""

import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.imap import internaldate


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> object:
    def use(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()
        internaldate._quarter.cache_clear()

    yield use
    monkeypatch.undo()
    os.environ.get("TZ")
    time.tzset()
    internaldate._quarter.cache_clear()


def test_parse() -> None:
    assert internaldate.parse(b"17-Jul-1996 02:44:25 -0700") == 837596665
    assert internaldate.parse(b" 1-jan-1970 00:00:00 +0000") == 0
    assert internaldate.parse(b"1-JAN-1970 00:00:00 +0530") == -19800
    assert internaldate.parse(b"31-Dec-2016 23:59:60 +0000") == 1483228800


@pytest.mark.parametrize(
    "text",
    [
        b"", b"17-Jul-1996", b"17-Jul-1996 02:44:25", b"32-Jul-1996 02:44:25 -0700", b"30-Feb-1996 02:44:25 -0700",
        b"17-Foo-1996 02:44:25 -0700", b"17-Jul-1996 24:44:25 -0700", b"17-Jul-1996 02:60:25 -0700",
        b"17-Jul-1996 02:44:61 -0700", b"17-Jul-1996 02:44:25 -0760", b"17-Jul-0000 02:44:25 -0700",
        b"17-Jul-1996 02:44:25 -0700\n", b"0-Jul-1996 02:44:25 -0700", b"17-Jul-1996  2:44:25 -0700",
    ],
)  # fmt: skip
def test_refused(text: bytes) -> None:
    with pytest.raises(ValueError):
        internaldate.parse(text)


def test_written_in_the_machine_s_zone(zone: object) -> None:
    zone("UTC")  # type: ignore[operator]
    assert internaldate.written(837596665) == b"17-Jul-1996 09:44:25 +0000"
    assert internaldate.written(0) == b" 1-Jan-1970 00:00:00 +0000"
    zone("America/New_York")  # type: ignore[operator]
    assert internaldate.written(837596665) == b"17-Jul-1996 05:44:25 -0400"
    zone("Asia/Kathmandu")  # type: ignore[operator]
    assert internaldate.written(837596665) == b"17-Jul-1996 15:29:25 +0545"


def test_far_moments_can_be_written() -> None:
    assert len(internaldate.written(1 << 62)) == len(internaldate.written(-(1 << 62))) == 26


@given(st.integers(0, 4_000_000_000))
def test_round_trip(seconds: int) -> None:
    assert internaldate.parse(internaldate.written(seconds)) == seconds


@given(st.binary(max_size=40))
def test_anything(text: bytes) -> None:
    try:
        assert isinstance(internaldate.parse(text), int)
    except ValueError:
        return
