"""POP3 and IMAP before login: what strangers say, TLS that is attacked or never ends, and many of them."""

from __future__ import annotations

import base64
import contextlib
import re
import select
import socket
import ssl
import time
from collections.abc import Iterator

import pytest
from harness import eventually
from hostile import Bystander, Hostile, Wire, bounded, gaps

pytestmark = pytest.mark.slow
PASSWORD = Hostile.PASSWORD.encode()


@pytest.fixture(scope="module")
def mail() -> Iterator[Hostile]:
    with Hostile(auth_mechanisms="plain, login, scram-sha-256") as system:
        yield system
        assert max(gaps(system).values()) < 0.25
        assert "Traceback" not in system.log_text() + system.errors()
        assert Hostile.PASSWORD not in system.log_text(), "a password is in the log"


@pytest.fixture(scope="module")
def imap_neighbour(mail: Hostile) -> Iterator[Bystander]:
    with Bystander(mail, "") as bystander:
        yield bystander


@pytest.fixture(scope="module")
def pop_neighbour(mail: Hostile) -> Iterator[Bystander]:
    with Bystander(mail, "", pop=True) as bystander:
        yield bystander


@pytest.fixture
def imap(mail: Hostile, imap_neighbour: Bystander) -> Iterator[Wire]:
    with Wire(mail.imap) as wire, bounded(mail, imap_neighbour, "imapd", "authd", memory=8 << 20):
        yield wire


@pytest.fixture
def pop(mail: Hostile, pop_neighbour: Bystander) -> Iterator[Wire]:
    with Wire(mail.pop3) as wire, bounded(mail, pop_neighbour, "pop3d", "authd", memory=8 << 20):
        yield wire


def b64(data: bytes) -> bytes:
    return base64.b64encode(data)


# S-50, S-51: lines and literals of strangers.


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"t LOGIN {99999999999}", rb"t NO \[TOOBIG\]"),
        (b"t LOGIN {99999999999+}", rb"\* BYE "),
        (b"t LOGIN {8193}", rb"t NO \[TOOBIG\]"),
        (b"t LOGIN {-1}", rb"t BAD "),
        (b"t LOGIN {5_0}", rb"t BAD "),
        (b"t LOGIN {4096+}\r\n" + b"x" * 4096 + b" {4097+}\r\n" + b"y" * 4097, rb"t NO "),
        (b"t LOGIN {9000+}\r\n" + b"x" * 9000 + b" y", rb"t BAD \[TOOBIG\]"),
        (b"t LOGIN " + b"{1+}\r\nx" * 1001 + b" y", rb"t BAD "),
        (b"t LOGIN " + b"{0+}\r\n" * 3000 + b" y", rb"t BAD "),
        (b"t APPEND INBOX {100+}\r\n" + b"x" * 100, rb"t BAD "),
        (b"t " + b"(" * 100_000, rb"t BAD "),
        (b"t LOGIN " + b"(" * 4000, rb"t BAD "),
        (b"t ID " + b"(" * 4000, rb"t BAD "),
        (b"t ID (" + b'"a" "b" ' * 31 + b")", rb"t BAD "),
        (b't ID ("' + b"x" * 31 + b'" "y")', rb"t BAD "),
        (b't ID ("x" "' + b"y" * 1025 + b'")', rb"t BAD "),
        (b't ID ("x" "a\0b")', rb"t BAD "),
        (b"x" * 65536 + b" NOOP", rb"\* BAD "),
        (b"a+ NOOP", rb"\* BAD "),
        (b"a\0b NOOP", rb"\* BAD "),
        (b"NOOP", rb"(NOOP|\*) BAD "),
        (b"", rb"\* BAD "),
        (b"t SELECT INBOX", rb"t BAD "),
        (b"t XYZZY", rb"t BAD "),
        (b"t GETMETADATA x", rb"t BAD "),
        (b"t GENURLAUTH x", rb"t BAD "),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00", rb"\* BAD "),
        (b"GET / HTTP/1.1", rb"GET BAD "),
        (b"PROXY TCP4 1.2.3.4 1.2.3.4 1 143", rb"PROXY BAD "),
        (b"EHLO x", rb"EHLO BAD "),
        (b"t AUTHENTICATE", rb"t BAD "),
        (b"t AUTHENTICATE EXTERNAL =", rb"t NO "),
        (b"t AUTHENTICATE ANONYMOUS", rb"t NO "),
        (b"t AUTHENTICATE ../../etc/passwd", rb"t (NO|BAD) "),
        (b"t AUTHENTICATE PLAIN !!!!", rb"t BAD "),
        (b"t AUTHENTICATE PLAIN AAA", rb"t BAD "),
        (b"t AUTHENTICATE PLAIN =", rb"t NO "),
        (b"t AUTHENTICATE PLAIN " + b64(b"no nul"), rb"t (NO|BAD) "),
        (b"t AUTHENTICATE PLAIN " + b64(b"\0one"), rb"t (NO|BAD) "),
        (b"t AUTHENTICATE PLAIN " + b64(b"\0\0"), rb"t NO "),
        (b"t AUTHENTICATE PLAIN " + b64(b"\0user@localhost\0"), rb"t NO "),
        (b"t AUTHENTICATE PLAIN " + b64(b"\0\0" + PASSWORD), rb"t NO "),
        (b"t AUTHENTICATE PLAIN " + b64(b"\0user@localhost\0x\0y"), rb"t (NO|BAD) "),
        (b"t AUTHENTICATE PLAIN " + b64(b"second@localhost\0user@localhost\0" + PASSWORD), rb"t NO "),
        (b"t AUTHENTICATE PLAIN " + b64(b"\0user@localhost\r\n\0" + PASSWORD), rb"t NO "),
        (b"t AUTHENTICATE PLAIN " + b64(b"\0user\xff@localhost\0" + PASSWORD), rb"t NO "),
        (b"t AUTHENTICATE PLAIN " + b64(b"\0" + b"x" * 5000 + b"\0y"), rb"t NO "),
        (b"t AUTHENTICATE PLAIN " + b64(b"x" * 9000), rb"t BAD "),
        (b"t AUTHENTICATE SCRAM-SHA-256 " + b64(b"n,,n=" + b"=" * 3000), rb"t (NO|BAD) |\+ "),
    ],
    ids=range(49),
)
def test_imap_lines(imap: Wire, line: bytes, answer: bytes) -> None:
    """The session, or at least the server, lives, and nobody is let in."""
    imap.pour(line + b"\r\n")
    said = imap.line()
    assert re.match(answer, said), said[:300]
    if said.startswith(b"+"):
        said = imap.ask(b"*")
    imap.pour(b"alive LOGOUT\r\n")
    rest = said + imap.rest()
    assert b"\r\nalive OK" in rest or b"* BYE " in rest, rest[:300]
    assert b"Logged in" not in rest


@pytest.mark.parametrize(
    "line",
    [
        b"RETR 1", b"STAT", b"DELE 1", b"TOP 1 -1", b"", b" ", b"\0", b"USER", b"USER " + b"x" * 65536, b"PASS x", b"AUTH EXTERNAL =",
        b"AUTH ANONYMOUS", b"AUTH PLAIN !!!!", b"AUTH PLAIN =", b"AUTH PLAIN " + b64(b"a\0b"), b"AUTH PLAIN x y z",
        b"AUTH PLAIN " + b64(b"\0" + b"x" * 9000 + b"\0y"), b"APOP user@localhost 0123456789abcdef0123456789abcdef", b"\xff\xfe",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00", b"GET / HTTP/1.1", b"x" * 1_000_000, b"STLS x", b"XTND XMIT",
        b"AUTH PLAIN " + b64(b"second@localhost\0user@localhost\0" + PASSWORD), b"AUTH ../../x", b"CAPA\0",
    ],
    ids=range(27),
)  # fmt: skip
def test_pop3_lines(pop: Wire, line: bytes) -> None:
    pop.pour(line + b"\r\n")
    said = pop.line()
    assert said.startswith(b"-ERR "), said[:300]
    if not pop.ask(b"CAPA").startswith(b"+OK"):
        pytest.fail("the session has ended")
    pop.listing()


@pytest.mark.parametrize("name", [
    b"%u", b"' OR 1=1 --", b"*)(uid=*", b"../../etc/passwd", b"-h", b"user@localhost/..", b"us\xc3\xa9r", b"\xff", b"user%40localhost",
    b"user@localhost\x00x", b"$(id)", b"user@localhost*second@localhost", b"user@@localhost", b"x" * 3000, b" user@localhost",
])  # fmt: skip
def test_names_that_are_no_users(imap: Wire, pop: Wire, name: bytes) -> None:
    """S-23: refused as a wrong password is, or as bad syntax."""
    imap.send(b"t LOGIN {%d+}\r\n%b {%d+}\r\n%b\r\n" % (len(name), name, len(PASSWORD), PASSWORD))
    assert re.match(rb"t (NO \[AUTHENTICATIONFAILED\]|BAD|NO) ", said := imap.until(b"t")), said
    assert imap.ask(b"t NOOP").startswith(b"t OK")
    said = pop.ask(b"USER " + name)
    if said.startswith(b"+OK"):
        said = pop.ask(b"PASS " + PASSWORD)
    assert said.startswith(b"-ERR"), said


def test_a_hundred_thousand_commands(imap: Wire) -> None:
    count(imap, b"n NOOP\r\n", 100_000, b"n OK")


def test_a_hundred_thousand_pop3_commands(pop: Wire) -> None:
    """UTF8 can be said without end before a login."""
    count(pop, b"UTF8\r\n", 100_000, b"+OK")


def count(wire: Wire, command: bytes, times: int, answer: bytes) -> None:
    """Pour commands and read at once; each is answered."""
    data, heard, found = memoryview(command * times), b"", 0
    wire.sock.setblocking(False)
    deadline = time.monotonic() + 60
    while found < times:
        assert time.monotonic() < deadline
        readable, writable, _ = select.select([wire.sock], [wire.sock] if data else [], [], 10)
        if writable:
            data = data[wire.sock.send(data[:65536]) :]
        if readable:
            block = wire.sock.recv(1 << 18)
            assert block, heard[-200:]
            whole, _, heard = (heard + block).rpartition(b"\n")
            lines = whole.split(b"\n") if whole else []
            assert all(line.startswith(answer) for line in lines), whole[:200]
            found += len(lines)


def test_eight_megabytes_without_a_line(imap: Wire, pop: Wire) -> None:
    imap.pour(b"t " + b"x" * (8 << 20))
    assert imap.until(b"t").startswith(b"t BAD [TOOBIG]")
    imap.pour(b"\r\nt NOOP\r\n")
    assert imap.until(b"t").startswith(b"t OK")
    pop.pour(b"x" * (8 << 20))
    assert pop.line().startswith(b"-ERR")
    pop.pour(b"\r\nCAPA\r\n")
    assert pop.line().startswith(b"+OK")


def test_a_hundred_aborted_dialogs(mail: Hostile, imap: Wire, pop: Wire) -> None:
    """CVE-2017-15132: nothing is left of them."""
    for _ in range(100):
        with Wire(mail.imap) as one, Wire(mail.pop3) as other:
            assert one.ask(b"t AUTHENTICATE LOGIN").startswith(b"+")
            assert other.ask(b"AUTH LOGIN").startswith(b"+")
            one.ask(b64(b"user@localhost"))
            other.ask(b64(b"user@localhost"))
    assert imap.say(f'LOGIN user@localhost "{Hostile.PASSWORD}"'.encode()).startswith(b"t OK")
    pop.pop_login()


def test_ten_failures_end_the_connection(imap: Wire, pop: Wire) -> None:
    imap.send(b"t LOGIN user@localhost wrong\r\n" * 12)
    said = imap.rest()
    assert said.count(b"t NO [AUTHENTICATIONFAILED]") == 10 and b"* BYE " in said
    pop.send(b"USER user@localhost\r\nPASS wrong\r\n" * 12)
    assert pop.rest().count(b"-ERR [AUTH]") == 10


def test_a_thousand_wrong_passwords(mail: Hostile, imap_neighbour: Bystander) -> None:
    """S-20. Somebody who knows the password gets in meanwhile."""
    with bounded(mail, imap_neighbour, "imapd", "authd"):
        for _ in range(10):
            wires = [Wire(mail.imap) for _ in range(10)]
            for n, wire in enumerate(wires):
                wire.send(b"t LOGIN user@localhost wrong%d\r\n" % n * 10)
            with Wire(mail.imap) as good:
                good.login("second")
            for wire in wires:
                assert wire.rest().count(b"t NO") == 10
                wire.close()


# S-10, S-11: TLS that begins in the middle of something.


@pytest.mark.parametrize("service", ["imap", "pop3"])
@pytest.mark.parametrize("apart", [False, True])
def test_what_is_said_before_tls_is_never_done(mail: Hostile, service: str, apart: bool) -> None:
    """In one segment it is refused; in a second one it is in the way of the handshake. Both end the connection."""
    begin, evil = {
        "imap": (b"a STARTTLS\r\n", b'b LOGIN user@localhost "%b"\r\nc CAPABILITY\r\n' % PASSWORD),
        "pop3": (b"STLS\r\n", b"USER user@localhost\r\nPASS %b\r\nCAPA\r\n" % PASSWORD),
    }[service]
    with Wire(getattr(mail, service)) as wire:
        if apart:
            wire.send(begin)
            assert b"OK" in wire.line()
            wire.send(evil)
        else:
            wire.send(begin + evil)
        said = wire.rest()
        assert b"OK" not in said
        assert apart or re.match(rb"\* BYE |-ERR ", said)


def test_a_literal_across_starttls(mail: Hostile) -> None:
    with Wire(mail.imap) as wire:
        wire.send(b"a STARTTLS\r\nb LOGIN {5+}\r\n")
        assert wire.rest().startswith(b"* BYE ")
    with Wire(mail.imap) as wire:
        wire.send(b"a LOGIN {8+}\r\nSTARTTLS {1+}\r\nx\r\n")
        assert wire.until(b"a").startswith(b"a NO")


def test_tls_forgets_what_was_said(mail: Hostile) -> None:
    with Wire(mail.pop3) as wire:
        wire.ask(b"USER user@localhost")
        assert wire.ask(b"STLS").startswith(b"+OK")
        wire.begin_tls()
        assert wire.ask(b"PASS " + PASSWORD).startswith(b"-ERR")
        assert wire.ask(b"STLS").startswith(b"-ERR")
        wire.pop_login()
    with Wire(mail.imap) as wire:
        assert wire.ask(b"a STARTTLS x").startswith(b"a BAD")
        assert wire.ask(b"a STARTTLS").startswith(b"a OK")
        wire.begin_tls()
        assert wire.ask(b"a STARTTLS").startswith(b"a BAD")
        assert wire.say(b"CAPABILITY").startswith(b"t OK")
        assert b"STARTTLS" not in wire.told[0] and b"AUTH=PLAIN" in wire.told[0]
        wire.login()


# S-14: old TLS.


def client_hello(version: bytes, suites: bytes, extensions: bytes = b"") -> bytes:
    """A ClientHello of TLS 1.2 and before."""
    more = len(extensions).to_bytes(2, "big") + extensions if extensions else b""
    body = version + b"\x11" * 32 + b"\0" + len(suites).to_bytes(2, "big") + suites + b"\x01\0" + more
    hand = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + len(hand).to_bytes(2, "big") + hand


def server_name(name: bytes) -> bytes:
    item = b"\0" + len(name).to_bytes(2, "big") + name
    names = len(item).to_bytes(2, "big") + item
    return b"\0\0" + len(names).to_bytes(2, "big") + names


@pytest.mark.parametrize(
    "hello",
    [
        client_hello(b"\x03\x00", b"\x00\x2f\x00\x35"),
        client_hello(b"\x03\x01", b"\x00\x2f\x00\x35\xc0\x09\xc0\x0a"),
        client_hello(b"\x03\x02", b"\x00\x2f\x00\x35\xc0\x09\xc0\x0a"),
        client_hello(b"\x03\x03", b"\x00\x00\x00\x01\x00\x02"),
        client_hello(b"\x03\x03", b"\x00\x03\x00\x08\x00\x14"),
        client_hello(b"\x03\x03", b"\x00\x04\x00\x05\xc0\x07\xc0\x11"),
        client_hello(b"\x03\x03", b"\x00\x0a\xc0\x08\xc0\x12"),
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x80\x2e\x01\x00\x02" + b"\0" * 41,
        b"\x16\x03\x01\xff\xff" + b"x" * 65535,
        b"\x16\x03\x03\x00\x00" * 1000,
        b"\0" * 100_000,
    ],
    ids=["ssl3", "tls1.0", "tls1.1", "null", "export", "rc4", "3des", "http", "ssl2", "huge", "empty", "zeros"],
)
@pytest.mark.parametrize("port", ["imaps", "pop3s"])
def test_tls_that_is_none(mail: Hostile, imap_neighbour: Bystander, port: str, hello: bytes) -> None:
    """An alert or nothing, and the end."""
    with bounded(mail, imap_neighbour, "imapd", "pop3d"), Wire(getattr(mail, port), greeted=False) as wire:
        wire.pour(hello)
        with contextlib.suppress(OSError):
            wire.sock.shutdown(socket.SHUT_WR)
        said = wire.rest()
        assert said == b"" or said[0] == 0x15, said[:50]


@pytest.mark.parametrize(
    "name", [b"..\0x", b"../../etc/passwd", b"x" * 300, b"", b"\xff\xfe", b"mail.example.org\0.evil"]
)
def test_server_names(mail: Hostile, name: bytes) -> None:
    """A handshake or an alert; never a file."""
    with Wire(mail.imaps, greeted=False) as wire:
        groups = b"\0\x0a\0\x04\0\x02\0\x17" + b"\0\x0d\0\x06\0\x04\x04\x03\x08\x04"
        wire.send(client_hello(b"\x03\x03", b"\xc0\x2b\xc0\x2f", groups + server_name(name)))
        assert wire.sock.recv(1)[0] in (0x15, 0x16)
    with Wire(mail.imaps, tls=True) as wire:
        assert wire.greeting.startswith(b"* OK")


def test_versions_and_renegotiation(mail: Hostile) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for port in (mail.imaps, mail.pop3s):
        with socket.create_connection(("127.0.0.1", port), 10) as raw, context.wrap_socket(raw) as inside:
            assert inside.version() == "TLSv1.3" and inside.compression() is None
            assert inside.recv(10)[:1] in b"*+"
            assert inside.session is None or not inside.session.has_ticket


# Slow ones, and many.


def test_stalled_handshakes_and_idle_connections(mail: Hostile, imap_neighbour: Bystander) -> None:
    """Five hundred clients that say nothing, two hundred that stop in the middle of a handshake (S-16), and ten that say a
    byte in a while: others are served, and who does not finish the handshake is put out after thirty seconds."""
    began = time.monotonic()
    hello = client_hello(b"\x03\x03", b"\xc0\x2b\xc0\x2f")
    with contextlib.ExitStack() as stack, bounded(mail, imap_neighbour, "imapd", "pop3d", "authd"):
        idle = [stack.enter_context(Wire(mail.imap)) for _ in range(250)]
        idle += [stack.enter_context(Wire(mail.pop3)) for _ in range(250)]
        stalled = []
        for n in range(200):
            wire = stack.enter_context(Wire(mail.imaps if n % 2 else mail.pop3s, greeted=False))
            wire.send(hello[: n % 40])
            stalled.append(wire)
        slow = [stack.enter_context(Wire(mail.imap)) for _ in range(10)]
        for byte in b"t NOOP\r\n":
            for wire in slow:
                wire.send(bytes([byte]))
            time.sleep(0.1)
        assert all(wire.until(b"t").startswith(b"t OK") for wire in slow)
        for port in (mail.imap, mail.imaps):
            with Wire(port, tls=port == mail.imaps) as good:
                good.login()
        for wire in stalled:
            wire.sock.settimeout(max(40 - (time.monotonic() - began), 1))
            said = wire.rest()
            assert said == b"" or said[0] == 0x15
        assert time.monotonic() - began < 40
        assert all(wire.ask(b"t NOOP").startswith(b"t OK") for wire in idle[:250])
    assert eventually(lambda: Wire(mail.imap).login())
