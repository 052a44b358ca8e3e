"""The text of delivery status notifications; the whole shape is in tests/unit/rules/test_bounce.py."""

from pymaster.proto.message.dsn import Field, Report, build, wrap


def test_wrap() -> None:
    assert wrap("short") == "short\n"
    long = wrap("word " * 40)
    assert all(len(line) <= 79 for line in long.split("\n"))
    assert long.split("\n")[1].startswith("    word")
    assert wrap("x" * 200) == "x" * 200 + "\n"
    assert wrap("a\nb\r\nc") == "a?b??c\n"


def test_smtputf8_report() -> None:
    field = Field("ü@x".encode(), "failed", "5.0.0")
    report = Report([("Date", "now")], "B", "utf-8", "text\n", [], [field], "Undelivered Message", (), utf8=True)
    text = b"".join(build(report)).decode()
    assert "Final-Recipient: utf-8; ü@x" in text
    assert "Content-Type: message/global-delivery-status" in text and "Content-Type: message/global\n" in text
    assert text.count("Content-Transfer-Encoding: 8bit") == 4
