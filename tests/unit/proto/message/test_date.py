"""Dates of headers."""

import time

import pytest

from pymaster.proto.message import date


@pytest.mark.parametrize(
    ("zone", "want"),
    [
        ("CET-1", "Thu,  8 Mar 2007 08:20:16 +0100 (CET)"),
        ("UTC", "Thu,  8 Mar 2007 07:20:16 +0000 (UTC)"),
        ("NST+3:30", "Thu,  8 Mar 2007 03:50:16 -0330 (NST)"),
    ],
)
def test_mail_date(zone: str, want: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    monkeypatch.setattr(date, "_last", (-1, ""))
    assert date.mail_date(1173338416.9) == want
    assert date.mail_date(1173338416.1) == want


def test_id_stamp() -> None:
    assert date.id_stamp(1173338416.9) == "20070308072016"
