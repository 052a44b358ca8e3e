"""The listing, to the blank."""

import json
import time

import pytest

from pymaster.commands import listing
from pymaster.model.queuelist import Listed

WHY = "connect to mx.example.net[192.0.2.25]:25: Connection refused"


@pytest.fixture(autouse=True)
def zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "CET-1")
    time.tzset()


def item(queue: str = "deferred", forced: bool = False, sender: bytes = b"alice@lab.example") -> Listed:
    return Listed(queue, "4A1B2C3D4E", 1173338416.5, 642, forced, sender, (b"bob@example.net",), (WHY,))


SAMPLE = """\
-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------
4A1B2C3D4E      642 Thu Mar  8 08:20:16  alice@lab.example
                (connect to mx.example.net[192.0.2.25]:25: Connection refused)
                                         bob@example.net

-- 0 Kbytes in 1 Request.
"""


def test_one_message() -> None:
    assert "".join(listing.traditional([item()])) == SAMPLE


def test_long_ids() -> None:
    one = item()
    one.queue_id, one.reasons = "3Pt2mN2VXxznjll", ("",)
    assert "".join(listing.traditional([one], long_ids=True)) == (
        "----Queue ID----- --Size-- ---Arrival Time---- --Sender/Recipient------\n"
        "3Pt2mN2VXxznjll        642 Thu Mar  8 08:20:16 alice@lab.example\n"
        "                                               bob@example.net\n"
        "\n-- 0 Kbytes in 1 Request.\n"
    )


def test_empty() -> None:
    assert "".join(listing.traditional([])) == "Mail queue is empty\n"
    assert "".join(listing.as_json([])) == ""


@pytest.mark.parametrize(
    ("queue", "forced", "letter"),
    [
        ("active", False, "*"),
        ("hold", False, "!"),
        ("deferred", True, "#"),
        ("active", True, "*#"),
        ("incoming", False, " "),
    ],
)
def test_letters(queue: str, forced: bool, letter: str) -> None:
    line = "".join(listing.traditional([item(queue, forced)])).split("\n")[1]
    assert line.startswith(f"4A1B2C3D4E{letter} ")


def test_a_reason_is_said_when_it_changes() -> None:
    one = item()
    one.addresses, one.reasons = (b"a@x", b"b@x", b"c@x", b"d@x"), ("x" * 90, "x" * 90, "short", "")
    two = item(sender=b"")
    two.size = 13_000
    text = "".join(listing.traditional([one, two], null_sender="MAILER-DAEMON"))
    lines = text.split("\n")
    assert [line.strip() for line in lines[2:8]] == [f"({'x' * 90})", "a@x", "b@x", "(short)", "c@x", "d@x"]
    assert lines[5] == " " * 71 + "(short)"
    assert lines[8] == ""
    assert lines[9].endswith("  MAILER-DAEMON")
    assert text.endswith("\n\n-- 13 Kbytes in 2 Requests.\n")


def test_a_message_in_parts_is_one_message() -> None:
    more = item()
    more.part, more.addresses, more.reasons = 1, (b"eve@x",), ("",)
    text = "".join(listing.traditional([item(), more, item()]))
    assert text.count("alice@") == 2
    assert "in 2 Requests" in text
    first, second = map(json.loads, "".join(listing.as_json([item(), more, item()])).split("\n")[:-1])
    assert [r["address"] for r in first["recipients"]] == ["bob@example.net", "eve@x"]
    assert len(second["recipients"]) == 1


def test_json_line() -> None:
    assert "".join(listing.as_json([item()])) == (
        '{"queue_name": "deferred", "queue_id": "4A1B2C3D4E", "arrival_time": 1173338416, "message_size": 642, '
        '"forced_expire": false, "sender": "alice@lab.example", "recipients": [{"address": "bob@example.net", '
        f'"delay_reason": "{WHY}"}}]}}\n'
    )


def test_hostile_bytes_reach_no_terminal() -> None:
    one = item(sender=b'a"\\\x1b[2J\n\xff@x')
    one.reasons = ("line\r\nbreak\x00",)
    for text in ("".join(listing.traditional([one])), "".join(listing.as_json([one]))):
        assert not set(text) & set("\x1b\r\x00")
    assert json.loads("".join(listing.as_json([one])))["sender"].startswith('a"\\?')
