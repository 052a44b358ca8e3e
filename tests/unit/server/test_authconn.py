import base64
import socket
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest
from gevent import socket as gsocket
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pymaster.model.mailplace import MailPlace
from pymaster.rules.auth.mechanism import Challenge, Passed, Refused
from pymaster.rules.auth.tickets import Tickets
from pymaster.server import authconn
from pymaster.server.authconn import Session, Settings, place_fields
from pymaster.util import log

PLACE = MailPlace("bob", 1000, 1001, "/home/bob", "mbox", "/var/mail/bob", "/home/bob/mail")


class Front:
    """Lets bob in by PLAIN; `slow` keeps everybody waiting for an event."""

    def __init__(self) -> None:
        self.tickets = Tickets()
        self.cache = self
        self.flushed: list[str] = []
        self.gate: Any = None

    def run(self, login: Any, step: Any) -> Any:
        if self.gate is not None:
            self.gate.wait()
        if isinstance(step, Challenge | Refused | Passed):
            login.user = "" if isinstance(step, Challenge) else login.user
            return step
        login.user = step.user
        if step.user == "crash":
            raise ValueError("secret")
        if step.user == "ill":
            login.end = "temp"
            return Refused("ill")
        return Passed(b"last" if step.user == "word" else None) if step.value == b"pw" else Refused("no")

    def place(self, user: str, service: str = "") -> MailPlace | str:
        return PLACE if user == "bob" else "temp" if user == "ill" else "unknown"

    def flush(self) -> int:
        return 7

    def forget(self, login: str) -> int:
        self.flushed.append(login)
        return 1


class Peer:
    def __init__(self, front: Front, master: bool) -> None:
        self.near, far = gsocket.socketpair()
        config = Settings([b"PLAIN", b"LOGIN"], 42, "mail.example")
        self.session = Session(front, config, far, 9, gevent.spawn, master=master)  # type: ignore[arg-type]
        self.greenlet = gevent.spawn(self.session.run)
        self.near.settimeout(5)
        self.file = self.near.makefile("rb")
        self.greeting = [self.line() for _ in range(7)]

    def say(self, text: bytes) -> None:
        self.near.sendall(text)

    def line(self) -> bytes:
        found: bytes = self.file.readline()
        return found


@pytest.fixture
def make() -> Iterator[Callable[..., Peer]]:
    peers: list[Peer] = []
    front = Front()

    def build(master: bool = False, hello: bytes = b"VERSION\t1\t2\nCPID\t77\n") -> Peer:
        peers.append(Peer(front, master))
        peers[-1].say(hello)
        return peers[-1]

    build.front = front  # type: ignore[attr-defined]
    sink, log.LOG.sink = log.LOG.sink, log.MemorySink()
    yield build
    log.LOG.sink = sink
    for peer in peers:
        peer.file.close()
        peer.near.close()
        peer.greenlet.join(5)
        assert peer.greenlet.dead


def plain(user: bytes = b"bob", password: bytes = b"pw") -> bytes:
    return base64.b64encode(b"\0" + user + b"\0" + password)


def test_greeting_and_login(make: Callable[..., Peer]) -> None:
    peer = make()
    assert peer.greeting[0] == b"VERSION\t1\t2\n" and peer.greeting[-1] == b"DONE\n"
    peer.say(b"AUTH\t1\tPLAIN\tservice=imap\tresp=" + plain() + b"\n")
    assert peer.line() == b"OK\t1\tuser=bob\n"
    peer.say(b"AUTH\t2\tPLAIN\tservice=imap\tresp=" + plain(b"bob", b"px") + b"\n")
    assert peer.line() == b"FAIL\t2\tuser=bob\n"
    peer.say(b"AUTH\t3\tPLAIN\tfinal-resp-ok\tservice=imap\tresp=" + plain(b"word") + b"\n")
    assert peer.line() == b"OK\t3\tuser=word\tresp=bGFzdA==\n"
    peer.say(b"AUTH\t5\tPLAIN\tservice=imap\tresp=" + plain(b"word") + b"\n")
    assert peer.line() == b"CONT\t5\tbGFzdA==\n" and len(peer.session.front.tickets) == 2
    peer.say(b"CONT\t5\t\n")
    assert peer.line() == b"OK\t5\tuser=word\n" and len(peer.session.front.tickets) == 3
    peer.say(b"AUTH\t4\tPLAIN\tservice=imap\tresp=" + plain(b"ill") + b"\n")
    assert peer.line() == b"FAIL\t4\ttemp\tuser=ill\tcode=temp_fail\n"


def test_why_is_told_to_master_only(make: Callable[..., Peer]) -> None:
    master = make(master=True)
    master.say(b"AUTH\t1\tPLAIN\tresp=" + plain(b"bob", b"px") + b"\n")
    assert master.line() == b"FAIL\t1\tuser=bob\treason=no\n"


def test_challenges(make: Callable[..., Peer]) -> None:
    peer = make()
    peer.say(b"AUTH\t1\tLOGIN\tservice=smtp\nAUTH\t2\tPLAIN\tservice=smtp\n")
    assert sorted([peer.line(), peer.line()]) == [b"CONT\t1\tVXNlcm5hbWU6\n", b"CONT\t2\t\n"]
    peer.say(b"CONT\t1\tYm9i\n")
    assert peer.line() == b"CONT\t1\tUGFzc3dvcmQ6\n"
    peer.say(b"CONT\t1\tcHc=\nCONT\t1\tcHc=\n")
    assert sorted([peer.line(), peer.line()]) == [b"FAIL\t1\n", b"OK\t1\tuser=bob\n"]
    peer.say(b"CONT\t2\t" + plain() + b"\n")
    assert peer.line() == b"OK\t2\tuser=bob\n"


@pytest.mark.parametrize("text", [b"!!!", b"a", b"A" * 12289, base64.b64encode(b"x" * 20000), b"AAAA=AAA"])
def test_bad_base64(make: Callable[..., Peer], text: bytes) -> None:
    peer = make()
    peer.say(b"AUTH\t1\tPLAIN\tservice=smtp\tresp=" + text + b"\nAUTH\t2\tPLAIN\tresp=" + plain() + b"\n")
    # A bad login never disturbs others.
    assert sorted([peer.line(), peer.line()]) == [b"FAIL\t1\n", b"OK\t2\tuser=bob\n"]
    peer.say(b"AUTH\t3\tLOGIN\n")
    assert peer.line().startswith(b"CONT\t3")
    peer.say(b"CONT\t3\t" + text + b"\n")
    assert peer.line() == b"FAIL\t3\n"


def test_aborted_dialogs_leave_nothing(make: Callable[..., Peer]) -> None:
    peer = make()
    for n in range(100):
        peer.say(b"AUTH\t%d\tLOGIN\n" % (n + 1))
        assert peer.line().startswith(b"CONT")
        peer.say(b"CANCEL\t%d\n" % (n + 1))
    peer.say(b"AUTH\t500\tPLAIN\tresp=" + plain() + b"\n")
    assert peer.line() == b"OK\t500\tuser=bob\n"
    assert not peer.session.open and not peer.session.busy


def test_a_crash_is_one_logins(make: Callable[..., Peer]) -> None:
    peer = make()
    peer.say(b"AUTH\t1\tPLAIN\tresp=" + plain(b"crash") + b"\n")
    assert peer.line() == b"FAIL\t1\ttemp\tuser=crash\tcode=temp_fail\n"
    assert "secret" not in log.LOG.sink.text  # type: ignore[attr-defined]


def test_unsupported(make: Callable[..., Peer]) -> None:
    peer = make()
    peer.say(b"AUTH\t1\tGSSAPI\tresp=\nAUTH\t2\tCRAM-MD5\nNEWWORD\tx\n")
    assert [peer.line(), peer.line()] == [b"FAIL\t1\n", b"FAIL\t2\n"]


def test_too_many_at_once(make: Callable[..., Peer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authconn, "MAX_OPEN", 2)
    peer = make()
    peer.say(b"".join([b"AUTH\t%d\tLOGIN\n" % n for n in (1, 2, 3)]))
    assert b"FAIL\t3\ttemp\tcode=temp_fail\n" in [peer.line() for _ in range(3)]
    monkeypatch.setattr(authconn, "THINKING", -1.0)
    peer.say(b"AUTH\t4\tLOGIN\n")
    assert peer.line() == b"CONT\t4\tVXNlcm5hbWU6\n"


@pytest.mark.parametrize(
    "text",
    [
        b"CPID\t1\n",
        b"AUTH\t1\tPLAIN\n",
        b"VERSION\t2\t0\n",
        b"VERSION\t1\t1\nAUTH\t1\tPLAIN\n",
        b"VERSION\t1\t1\nCPID\t1\nCPID\t2\n",
        b"VERSION\t1\t1\nCPID\tx\n",
        b"VERSION\t1\t1\nCPID\t1\nAUTH\tPLAIN\n",
        b"VERSION\t1\t1\nCPID\t1\nAUTH\t1\tLOGIN\nAUTH\t1\tLOGIN\n",
        b"VERSION\t1\t1\nREQUEST\t1\t1\t1\tx\n",
        b"VERSION\t1\t1\nUSER\t1\tbob\n",
        b"VERSION\t1\t1\nCACHE-FLUSH\t1\n",
        b"x" * 70000,
    ],
)
def test_who_breaks_the_protocol_is_let_go(make: Callable[..., Peer], text: bytes) -> None:
    peer = make(hello=text)
    rest = peer.file.read()
    assert b"USER" not in rest and b"OK" not in rest
    peer.greenlet.join(5)
    assert peer.greenlet.ready()


def test_tickets(make: Callable[..., Peer]) -> None:
    client, master = make(), make(master=True)
    client.say(b"AUTH\t8\tPLAIN\tservice=imap\tresp=" + plain() + b"\n")
    client.line()
    cookie = client.session.cookie.encode()
    assert b"COOKIE\t" + cookie + b"\n" in client.greeting
    master.say(b"REQUEST\t1\t77\t8\twrong\nREQUEST\t2\t77\tx\t\nREQUEST\t3\n")
    assert [master.line() for _ in range(3)] == [b"NOTFOUND\t1\n", b"NOTFOUND\t2\n", b"NOTFOUND\t3\n"]
    master.say(b"REQUEST\t4\t77\t8\t" + cookie + b"\tservice=imap\n")
    line = master.line()
    assert line.startswith(
        b"USER\t4\tbob\tuid=1000\tgid=1001\thome=/home/bob\tmail=mbox:/home/bob/mail:INBOX=/var/mail/bob\tplace="
    )
    assert MailPlace.unpack(base64.b64decode(line.rpartition(b"place=")[2])) == PLACE
    master.say(b"REQUEST\t5\t77\t8\t" + cookie + b"\n")
    assert master.line() == b"NOTFOUND\t5\n"


def test_no_ticket_where_none_is_wanted(make: Callable[..., Peer]) -> None:
    client = make()
    client.say(b"AUTH\t8\tPLAIN\tservice=smtp\tnologin\tresp=" + plain() + b"\n")
    client.line()
    assert len(client.session.front.tickets) == 0


def test_the_masters_other_questions(make: Callable[..., Peer]) -> None:
    master = make(master=True)
    master.say(b"USER\t1\tnobody\tservice=imap\n")
    assert master.line() == b"NOTFOUND\t1\n"
    master.say(b"USER\t2\till\n")
    assert master.line() == b"FAIL\t2\n"
    master.say(b"CACHE-FLUSH\t3\n")
    assert master.line() == b"OK\t3\t7\n"
    master.say(b"CACHE-FLUSH\t4\tbob\talice\n")
    assert master.line() == b"OK\t4\t2\n"


def test_a_peer_that_does_not_read(make: Callable[..., Peer]) -> None:
    peer = make(master=True)
    peer.session.stream.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    peer.say(b"".join([b"USER\t%d\tbob\n" % n for n in range(2000)]))
    peer.greenlet.join(10)
    assert peer.greenlet.ready()


def test_place_fields() -> None:
    fields = dict(place_fields(MailPlace("a", 1, 2, "/h", "maildir", "/h/M", "/h/M")))
    assert fields[b"mail"] == b"maildir:/h/M"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [
                b"AUTH\t1\tLOGIN",
                b"CONT\t1\t",
                b"CANCEL\t1",
                b"\t",
                b"resp=",
                b"\n",
                b"USER\t1",
                b"\xff",
                b"\0",
                b"9" * 12,
            ]
        ),
        max_size=12,
    )
)
def test_any_words(make: Callable[..., Peer], words: list[bytes]) -> None:
    peer = make()
    peer.say(b"\t".join(words) + b"\n")
    peer.near.shutdown(socket.SHUT_WR)
    peer.greenlet.join(5)
    assert peer.greenlet.successful()
