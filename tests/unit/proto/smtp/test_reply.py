"""Replies and their wire form."""

from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.smtp.reply import Reply, is_dsn, parse


def test_wire_forms() -> None:
    assert Reply(250, "2.1.0", "Ok").encode() == b"250 2.1.0 Ok\r\n"
    assert Reply(354, "", "End data").encode() == b"354 End data\r\n"
    assert Reply(250, "", "host", "PIPELINING", "SIZE 1").encode() == b"250-host\r\n250-PIPELINING\r\n250 SIZE 1\r\n"
    assert Reply(550, "5.1.1", "a\r\nb\x00").encode() == b"550 5.1.1 a??b?\r\n"


def test_the_log_form() -> None:
    assert Reply(554, "5.7.1", "<x>: Relay access denied").text == "554 5.7.1 <x>: Relay access denied"
    assert Reply(220, "", "host").text == "220 host"


def test_soft_bounce() -> None:
    assert Reply(554, "5.7.1", "No").soft() == Reply(454, "4.7.1", "No")
    assert Reply(250, "2.0.0", "Ok").soft().code == 250
    assert Reply(554, "", "No").soft().dsn == ""


def test_parse() -> None:
    assert parse("550 5.7.1 go away") == Reply(550, "5.7.1", "go away")
    assert parse("450 later") == Reply(450, "", "later")
    assert parse("550") == Reply(550, "", "")
    assert parse("REJECT") is None
    assert parse("\u0665\u0665\u0660 x") is None
    assert parse("150 x") is None
    assert is_dsn("5.7.999")
    assert not is_dsn("5.7")
    assert not is_dsn("5.7.1000")
    assert not is_dsn("5.\u0667.1")


@given(st.text(max_size=600), st.text(max_size=600))
def test_no_text_breaks_the_framing(first: str, second: str) -> None:
    wire = Reply(550, "5.0.0", first, second).encode()
    assert wire.count(b"\r\n") == 2 and wire.count(b"\n") == 2 and wire.count(b"\r") == 2
    assert all(len(line) <= 510 for line in wire.split(b"\r\n"))
    assert wire.startswith(b"550-5.0.0 ")
