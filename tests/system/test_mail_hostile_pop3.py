"""POP3 after login, from clients that mean harm (faults.md S-58)."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest
from hostile import Bystander, Hostile, Wire, bounded, gaps

pytestmark = pytest.mark.slow
DOTS = b"Subject: dots\r\n\r\n.\r\n..\r\n.x\r\nbody\r\n"


@pytest.fixture(scope="module")
def mail() -> Iterator[Hostile]:
    with Hostile() as system, Wire(system.imap) as client:
        client.login()
        for message in (
            DOTS,
            b"Subject: x\r\n\r\nbody\r\n",
            b"Subject: large\r\n\r\n" + (b"y" * 76 + b"\r\n") * 120_000,
        ):
            assert client.append(message).startswith(b"a OK")
        client.close()
        yield system
        assert max(gaps(system).values()) < 0.25
        assert "Traceback" not in system.log_text() + system.errors()


@pytest.fixture(scope="module")
def neighbour(mail: Hostile) -> Iterator[Bystander]:
    with Bystander(mail, pop=True) as bystander:
        yield bystander


@pytest.fixture
def client(mail: Hostile, neighbour: Bystander) -> Iterator[Wire]:
    with Wire(mail.pop3) as wire:
        wire.pop_login()
        with bounded(mail, neighbour, "mailbox"):
            yield wire


@pytest.mark.parametrize(
    "line",
    [
        b"RETR 99999999999", b"RETR 0", b"RETR -1", b"RETR +1", b"RETR 1_0", b"RETR", b"RETR 4", b"RETR 1 1", b"RETR " + b"9" * 200,
        b"RETR \xd9\xa1", b"RETR 1\0", b"TOP 1 -1", b"TOP 1", b"TOP 1 1_0", b"TOP 1 x", b"TOP 0 0", b"TOP 99999999999 1", b"DELE 0",
        b"DELE 4", b"DELE -1", b"DELE 1e0", b"LIST 0", b"LIST 99999999999", b"UIDL 0", b"UIDL x", b"USER x", b"USER " + b"x" * 65536,
        b"PASS x", b"APOP x y", b"AUTH PLAIN", b"STLS", b"XTND XMIT", b"", b" ", b"\0", b"\xff\xfe", b"x" * 1_000_000, b"STAT" + b" x" * 500,
        b"GET / HTTP/1.1", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00",
    ],
    ids=range(40),
)  # fmt: skip
def test_lines(client: Wire, line: bytes) -> None:
    client.pour(line + b"\r\n")
    said = client.line()
    assert said.startswith(b"-ERR ") and len(said) <= 512, said[:600]
    assert client.ask(b"NOOP").startswith(b"+OK")


@pytest.mark.parametrize("line", [b"TOP 1 99999999999", b"TOP 1 " + b"9" * 100, b"TOP 1 4294967296"])
def test_more_lines_than_there_are(client: Wire, line: bytes) -> None:
    """All of the message, or an error; not a crash."""
    said = client.ask(line)
    if said.startswith(b"+OK"):
        assert b"".join(client.listing()).endswith(b"body\r\n")
    else:
        assert said.startswith(b"-ERR ")
    assert client.ask(b"NOOP").startswith(b"+OK")


def test_lines_of_dots(client: Wire) -> None:
    assert client.ask(b"RETR 1").startswith(b"+OK")
    assert client.listing()[-4:] == [b"..\r\n", b"...\r\n", b"..x\r\n", b"body\r\n"]
    assert client.ask(b"TOP 1 1").startswith(b"+OK")
    assert client.listing()[-1:] == [b"..\r\n"]


@pytest.mark.parametrize("command", [b"NOOP", b"STAT", b"LIST 1", b"UIDL 2", b"RSET", b"RETR 2"])
def test_a_hundred_thousand_commands(client: Wire, command: bytes) -> None:
    times = 5000 if command == b"RETR 2" else 100_000
    sender = threading.Thread(target=client.pour, args=((command + b"\r\n") * times,))
    sender.start()
    answers = dots = 0
    while (dots if command == b"RETR 2" else answers) < times:
        line = client.line()
        assert line
        answers += line.startswith(b"+OK")
        dots += line == b".\r\n"
    sender.join()
    assert client.ask(b"NOOP").startswith(b"+OK")


def test_too_many_errors_end_the_session(client: Wire) -> None:
    client.send(b"XYZZY\r\n" * 100)
    assert 3 <= client.rest().count(b"-ERR") <= 50


def test_deletions_without_quit_are_none(mail: Hostile, client: Wire) -> None:
    for n in (1, 2, 3):
        assert client.ask(b"DELE %d" % n).startswith(b"+OK")
    client.close()
    with Wire(mail.pop3) as again:
        again.pop_login()
        assert again.ask(b"STAT").startswith(b"+OK 3 ")
        assert again.ask(b"DELE 2").startswith(b"+OK")
        again.send(b"QUI")
    with Wire(mail.pop3) as again:
        assert again.pop_login().ask(b"STAT").startswith(b"+OK 3 ")


def test_a_reader_that_never_reads(mail: Hostile, neighbour: Bystander) -> None:
    """A hundred megabytes are asked for and not taken."""
    with Wire(mail.pop3) as wire, Wire(mail.pop3) as other:
        wire.pop_login()
        with bounded(mail, neighbour, "mailbox"):
            wire.pour(b"RETR 3\r\n" * 12)
            other.pop_login()
            for _ in range(50):
                assert other.ask(b"TOP 3 100").startswith(b"+OK")
                other.listing()


def test_twenty_readers_that_never_read(mail: Hostile, neighbour: Bystander) -> None:
    """Each holds a message of nine megabytes, and all of them the same."""
    wires = [Wire(mail.pop3).pop_login() for _ in range(20)]
    with bounded(mail, neighbour, "mailbox"):
        for wire in wires:
            wire.send(b"RETR 3\r\n")
        for wire in wires:
            assert wire.line().startswith(b"+OK")
    for wire in wires:
        wire.close()


@pytest.mark.parametrize("words", [[b"QUIT"], [b"DELE 1", b"RSET", b"QUIT"], [b"UTF8", b"LANG *", b"QUIT"]])
def test_an_end_in_the_middle_of_a_line(mail: Hostile, words: list[bytes]) -> None:
    """Cut at every byte, the server is well after it."""
    text = b"\r\n".join(words)
    for at in range(0, len(text)):
        with Wire(mail.pop3) as wire:
            wire.pop_login()
            wire.send(text[:at])
    with Wire(mail.pop3) as wire:
        assert re.match(rb"\+OK 3 ", wire.pop_login().ask(b"STAT"))
