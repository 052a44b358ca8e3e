"""POP3 under a real master: TLS that an attacker stands before, settings, pipelining, workers that are killed."""

from __future__ import annotations

import contextlib
import imaplib
import os
import poplib
import select
import signal
import socket
import ssl
from collections.abc import Iterator

import pytest

from tests.certs import certificate
from tests.system.harness import eventually
from tests.system.reading import Reading

BODY = b"Subject: number %d\r\nFrom: a@example.org\r\n\r\nhello\r\n.\r\n"
USERS = ("user", "flagged", "locked")


@pytest.fixture(scope="module")
def mail() -> Iterator[Reading]:
    main = {
        "auth_failure_delay": "0",
        "auth_mechanisms": "plain, login, apop",
        "pop3_lock_session": "yes",
        "pop3_deleted_flag": "$$Gone",
    }
    with Reading(USERS, (), main) as system:
        yield system


@pytest.fixture(scope="module")
def plain() -> Iterator[Reading]:
    with Reading(("user",), (), {"auth_failure_delay": "0"}) as system:
        yield system


class Client:
    """Says lines, reads lines."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), 20)
        self.file = self.sock.makefile("rb")
        self.greeting = self.line()

    def line(self) -> bytes:
        return self.file.readline()

    def say(self, command: bytes) -> bytes:
        self.sock.sendall(command + b"\r\n")
        return self.line()

    def lines(self) -> list[bytes]:
        found = []
        while (line := self.line()) not in (b".\r\n", b""):
            found.append(line)
        return found

    def login(self, user: str = "user") -> bytes:
        self.say(b"USER %s@localhost" % user.encode())
        return self.say(b"PASS " + Reading.PASSWORD.encode())

    def close(self) -> None:
        self.file.close()
        self.sock.close()


@contextlib.contextmanager
def client(port: int) -> Iterator[Client]:
    made = Client(port)
    try:
        yield made
    finally:
        made.close()


def deliver(mail: Reading, count: int, user: str = "user") -> None:
    before = len(mail.mailbox(user))
    with mail.client() as smtp:
        for n in range(count):
            smtp.sendmail("a@example.org", [f"{user}@localhost"], BODY % n)
    mail.wait_mailbox(before + count, user)


def count(mail: Reading, user: str = "user") -> int:
    with client(mail.pop3) as one:
        assert one.login(user).startswith(b"+OK")
        number = int(one.say(b"STAT").split(b" ")[1])
        assert one.say(b"QUIT").startswith(b"+OK")
    return number


def test_the_log_tells_of_a_session(plain: Reading) -> None:
    deliver(plain, 1)
    with client(plain.pop3) as one:
        assert one.login() == b"+OK Logged in.\r\n"
        assert one.say(b"RETR 1").startswith(b"+OK ")
        one.lines()
        one.say(b"DELE 1")
        assert one.say(b"QUIT") == b"+OK Logging out, messages deleted.\r\n"
    plain.wait_log(r"pop3-login: Login: user=<user@localhost>, method=PLAIN, rip=127\.0\.0\.1")
    plain.wait_log(
        r"pop3\(user@localhost\)<\S+>: Disconnected: Logged out top=0/0, retr=1/[0-9]+, del=1/1, size=[0-9]+"
    )


@pytest.mark.parametrize("apart", [False, True])
def test_what_an_attacker_says_before_tls_is_never_done(plain: Reading, apart: bool) -> None:
    """One segment: refused and closed. Two segments: the second is in the handshake's way, and ends it."""
    with client(plain.pop3) as one:
        if apart:
            assert one.say(b"STLS").startswith(b"+OK")
            one.sock.sendall(b"USER user@localhost\r\nPASS %s\r\nSTAT\r\n" % Reading.PASSWORD.encode())
        else:
            one.sock.sendall(b"STLS\r\nUSER user@localhost\r\nPASS %s\r\nSTAT\r\n" % Reading.PASSWORD.encode())
        said = b""
        with contextlib.suppress(ConnectionResetError):
            while block := one.file.read(4096):
                said += block
        assert b"+OK" not in said
        if not apart:
            assert said == b"-ERR Commands may not follow STLS in clear.\r\n"


def test_tls_forgets_what_was_said_before(plain: Reading) -> None:
    context = ssl.create_default_context(cafile=f"{certificate()}.crt")
    with client(plain.pop3) as one:
        one.say(b"USER user@localhost")
        assert one.say(b"STLS").startswith(b"+OK")
        inside = context.wrap_socket(one.sock, server_hostname="127.0.0.1")
        with inside, inside.makefile("rb") as lines:
            inside.sendall(b"PASS %s\r\nCAPA\r\n" % Reading.PASSWORD.encode())
            assert lines.readline() == b"-ERR No user name given.\r\n"
            words = []
            while (line := lines.readline()) != b".\r\n":
                words.append(line)
            assert b"STLS\r\n" not in words and b"USER\r\n" in words


def test_a_batch_in_one_packet_across_the_login(plain: Reading) -> None:
    with client(plain.pop3) as one:
        password = Reading.PASSWORD.encode()
        one.sock.sendall(b"USER user@localhost\r\nPASS %s\r\nSTAT\r\nNOOP\r\nQUIT\r\n" % password)
        answers = [one.line() for _ in range(5)]
        assert [answer[:4] for answer in answers] == [b"+OK "] * 3 + [b"+OK\r"] + [b"+OK "]


def test_a_hundred_thousand_commands(plain: Reading) -> None:
    with client(plain.pop3) as one:
        one.login()
        one.sock.setblocking(False)
        data, heard = memoryview(b"NOOP\r\n" * 100_000), 0
        one.sock.settimeout(20)
        while data:
            sent = one.sock.send(data[: 1 << 16])
            data = data[sent:]
            heard += len(one.sock.recv(1 << 20))
        while heard < 500_000:
            heard += len(one.sock.recv(1 << 20))
        assert heard == 500_000
        assert one.say(b"QUIT").startswith(b"+OK")


def test_wrong_passwords_are_told_as_such(plain: Reading) -> None:
    with client(plain.pop3) as one:
        one.say(b"USER user@localhost")
        assert one.say(b"PASS wrong") == b"-ERR [AUTH] Authentication failed.\r\n"
        one.say(b"USER nobody@localhost")
        assert one.say(b"PASS wrong") == b"-ERR [AUTH] Authentication failed.\r\n"


def test_apop(mail: Reading) -> None:
    made = poplib.POP3("127.0.0.1", mail.pop3, 20)
    assert made.welcome.endswith(b">")
    with pytest.raises(poplib.error_proto, match=r"\[AUTH\]"):
        made.apop("user@localhost", "wrong")
    assert made.apop("user@localhost", Reading.PASSWORD).startswith(b"+OK")
    made.quit()


def test_deleted_messages_get_a_keyword(mail: Reading) -> None:
    deliver(mail, 3, "flagged")
    with client(mail.pop3) as one:
        one.login("flagged")
        one.say(b"DELE 2")
        assert one.say(b"QUIT").startswith(b"+OK")
    assert count(mail, "flagged") == 2
    assert len(mail.mailbox("flagged")) == 3


def test_one_session_at_a_time(mail: Reading) -> None:
    with client(mail.pop3) as first, client(mail.pop3) as second:
        assert first.login("locked").startswith(b"+OK")
        assert second.login("locked").startswith(b"-ERR [IN-USE] ")
        assert first.say(b"QUIT").startswith(b"+OK")
    assert eventually(lambda: count(mail, "locked") == 0)
    # A client whose line broke does not keep the mailbox for ever.
    lost = Client(mail.pop3)
    assert lost.login("locked").startswith(b"+OK")
    lost.close()

    def free() -> bool:
        with client(mail.pop3) as one:
            return one.login("locked").startswith(b"+OK")

    assert eventually(free)


def test_a_worker_that_is_killed_deletes_nothing(plain: Reading) -> None:
    deliver(plain, 2)
    there = count(plain)
    with client(plain.pop3) as one:
        one.login()
        one.say(b"RETR 1")
        one.lines()
        for n in range(1, there + 1):
            assert one.say(b"DELE %d" % n).startswith(b"+OK")
        workers = plain.workers("mailbox")
        assert workers
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ConnectionResetError):
            assert one.say(b"QUIT") == b""
    assert count(plain) == there


def fill(mail: Reading, count: int) -> None:
    """Messages by APPEND, many at once."""
    with imaplib.IMAP4("127.0.0.1", mail.imap, timeout=30) as imap:
        imap.login("user@localhost", Reading.PASSWORD)
        pieces = b"".join(b" {%d+}\r\n%b" % (len(BODY % n), BODY % n) for n in range(count))
        imap.send(b"F1 APPEND INBOX%b\r\n" % pieces)
        while not (line := imap.readline()).startswith(b"F1 "):
            assert line
        assert line.startswith(b"F1 OK")


def everything(mail: Reading) -> dict[bytes, bytes]:
    """Unique id -> message."""
    with client(mail.pop3) as one:
        assert one.login().startswith(b"+OK")
        one.say(b"UIDL")
        ids = [line.split(b" ")[1] for line in one.lines()]
        found = {}
        for number, name in enumerate(ids, 1):
            assert one.say(b"RETR %d" % number).startswith(b"+OK")
            found[name] = b"".join(one.lines())
    return found


def test_a_worker_that_is_killed_in_the_middle_of_deletions(plain: Reading) -> None:
    """Some may be gone, each whole; what is left is what it was, under the same unique id."""
    fill(plain, 300)
    before = everything(plain)
    for delay in (0.0, 0.005, 0.01, 0.02, 0.04):
        with client(plain.pop3) as one:
            one.login()
            there = int(one.say(b"STAT").split(b" ")[1])
            doomed = range(1, there + 1, 4)
            one.sock.sendall(b"".join(b"DELE %d\r\n" % number for number in doomed))
            for _ in doomed:
                assert one.line().startswith(b"+OK")
            one.sock.sendall(b"QUIT\r\n")
            select.select([one.sock], [], [], delay)
            for pid in plain.workers("mailbox"):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        after = everything(plain)
        assert there - len(doomed) <= len(after) <= there
        assert after.items() <= before.items()
        before = after


def test_a_client_that_only_goes_away_deletes_nothing(plain: Reading) -> None:
    deliver(plain, 1)
    there = count(plain)
    with client(plain.pop3) as one:
        one.login()
        one.say(b"DELE 1")
    assert count(plain) == there
