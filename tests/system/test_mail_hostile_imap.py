"""IMAP after login, from clients that mean harm: each is answered as the protocol says, and nobody else notices."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import threading
from collections.abc import Iterator

import pytest
from hostile import Bystander, Hostile, Wire, bounded, gaps

pytestmark = pytest.mark.slow
MESSAGE = b"From: a@example.org\r\nSubject: x\r\n\r\nbody\r\n"


@pytest.fixture(scope="module")
def mail() -> Iterator[Hostile]:
    with Hostile() as system, Wire(system.imap) as client:
        client.login()
        for _ in range(3):
            assert client.append(MESSAGE).startswith(b"a OK")
        client.close()
        yield system
        assert max(gaps(system).values()) < 0.25
        assert "Traceback" not in system.log_text() + system.errors()


@pytest.fixture(scope="module")
def neighbour(mail: Hostile) -> Iterator[Bystander]:
    with Bystander(mail) as bystander:
        yield bystander


@pytest.fixture
def client(mail: Hostile, neighbour: Bystander) -> Iterator[Wire]:
    """In INBOX; afterwards the session is either well or was ended with BYE, and the neighbour was not held up."""
    with Wire(mail.imap) as wire:
        wire.login()
        assert wire.say(b"SELECT INBOX").startswith(b"t OK")
        with bounded(mail, neighbour, "mailbox"):
            yield wire


def alive(client: Wire) -> bool:
    return client.say(b"NOOP", b"alive").startswith(b"alive OK")


# S-50: literals.


@pytest.mark.parametrize(
    ("announced", "answer"),
    [
        (b"SELECT {99999999999}", rb"t NO \[TOOBIG\]"),
        (b"SELECT {18446744073709551616}", rb"t NO \[TOOBIG\]"),
        (b"SELECT {99999999999999999999999999}", rb"t (NO|BAD) "),
        (b"SELECT {-1}", rb"t BAD "),
        (b"SELECT {5_0}", rb"t BAD "),
        (b"SELECT {+5}", rb"t BAD "),
        (b"SELECT {5++}", rb"t BAD "),
        (b"SELECT { 5}", rb"t BAD "),
        (b"SELECT {}", rb"t BAD "),
        (b"SELECT ~{5}x", rb"t BAD "),
        (b"SELECT {0}", rb"\+ "),
        (b"APPEND INBOX {99999999999}", rb"t NO \[TOOBIG\]"),
        (b"APPEND INBOX {0}", rb"t NO |\+ "),
        (b"APPEND INBOX {-1}", rb"t BAD "),
        (b"APPEND INBOX () {99999999999999999999+}", rb"\* BYE "),
        (b"SELECT {99999999999+}", rb"\* BYE "),
        (b"APPEND INBOX ~{99999999999+}", rb"\* BYE "),
    ],
)
def test_literals_that_are_announced(client: Wire, announced: bytes, answer: bytes) -> None:
    client.send(b"t " + announced + b"\r\n")
    line = client.line()
    assert re.match(answer, line), line
    if line.startswith(b"* BYE"):
        client.rest()
    elif line.startswith(b"+"):
        client.send(b"\r\n")
        assert re.match(rb"t (NO|BAD) ", client.until(b"t"))
        assert alive(client)
    else:
        assert alive(client)


def test_a_thousand_literals(client: Wire) -> None:
    """CVE-2024-34055. They are taken, one more is not."""
    client.send(b"t SEARCH" + b" TEXT {1+}\r\nx" * 1000 + b"\r\n")
    assert client.until(b"t").startswith(b"t OK")
    client.send(b"t SEARCH" + b" TEXT {1+}\r\nx" * 1001 + b"\r\n")
    assert client.until(b"t").startswith(b"t BAD [TOOBIG]")
    assert alive(client)


def test_large_literals_in_one_search(client: Wire) -> None:
    client.send(b"t SEARCH" + b" OR TEXT {60000+}\r\n%s TEXT y" % (b"x" * 60000) * 16 + b" ALL\r\n")
    assert re.match(rb"t (OK|NO|BAD) ", client.until(b"t"))
    client.send(b"t SEARCH" + b" TEXT {65000+}\r\n%s" % (b"x" * 65000) * 100 + b"\r\n")
    assert re.match(rb"t BAD \[TOOBIG\]", client.until(b"t"))
    assert alive(client)


def test_a_literal_of_which_a_little_comes(mail: Hostile) -> None:
    """And then the client is gone: nothing is stored."""
    with Wire(mail.imap) as wire:
        wire.login()
        wire.send(b"t APPEND INBOX {10000+}\r\nSubject: half\r\n")
    with Wire(mail.imap) as wire:
        wire.login().say(b"SELECT INBOX")
        wire.say(b"SEARCH SUBJECT half")
        assert b"* SEARCH\r\n" in wire.told


# S-51: lines.


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"t " + b"(" * 100_000, rb"t BAD "),
        (b"t FETCH 1 " + b"(" * 100_000, rb"t BAD "),
        (b"t SEARCH " + b"(" * 100_000, rb"t BAD "),
        (b"t SEARCH " + b"(" * 50_000 + b"ALL" + b")" * 50_000, rb"t BAD "),
        (b"t THREAD REFERENCES UTF-8 " + b"(" * 50_000, rb"t BAD "),
        (b"x" * 65536 + b" NOOP", rb"\* BAD "),
        (b"a+b NOOP", rb"\* BAD "),
        (b"a\0b NOOP", rb"\* BAD "),
        (b"NOOP", rb"(NOOP|\*) BAD "),
        (b"", rb"\* BAD "),
        (b" NOOP", rb"\* BAD "),
        (b"t", rb"t BAD "),
        (b"t ", rb"t BAD "),
        (b"+ NOOP", rb"\* BAD "),
        (b"* NOOP", rb"\* BAD "),
        (b"t NO\xc3\xb6P", rb"t BAD "),
        (b"t \xff\xfe\xfd", rb"t BAD "),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", rb"\* BAD "),
        (b"GET / HTTP/1.1", rb"GET BAD "),
        (b"t NOOP x", rb"t BAD "),
        (b"t GETMETADATA", rb"t BAD "),
        (b"t GENURLAUTH x INTERNAL", rb"t BAD "),
        (b"t URLFETCH x", rb"t BAD "),
        (b"t RESETKEY", rb"t BAD "),
        (b"t LOGIN a b", rb"t BAD "),
        (b"t AUTHENTICATE PLAIN", rb"t BAD "),
        (b"t STARTTLS", rb"t BAD "),
    ],
    ids=range(27),
)
def test_lines(client: Wire, line: bytes, answer: bytes) -> None:
    client.send(line + b"\r\n")
    assert re.match(answer, said := client.line()), said[:200]
    assert alive(client)


def test_a_line_without_end(client: Wire) -> None:
    """Eight megabytes are dropped, told once."""
    client.pour(b"t SEARCH " + b"x" * (8 << 20))
    client.pour(b"\r\n")
    assert client.until(b"t").startswith(b"t BAD [TOOBIG]")
    assert alive(client)


def test_a_hundred_thousand_commands(client: Wire) -> None:
    sender = threading.Thread(target=client.pour, args=(b"n NOOP\r\n" * 100_000,))
    sender.start()
    for _ in range(100_000):
        assert client.line().startswith(b"n OK")
    sender.join()
    assert alive(client)


def test_too_many_errors_end_the_session(client: Wire) -> None:
    client.send(b"t XYZZY\r\n" * 30)
    said = client.rest()
    assert said.count(b"t BAD") == 20 and b"* BYE " in said


# S-52: sets, sections, search keys.

MANY = b",".join([b"1:4294967295"] * 50_000)
DEEP = b".".join([b"1"] * 500)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"FETCH %s FLAGS" % MANY, rb"t (OK|NO|BAD)"),
        (b"UID FETCH %s FLAGS" % MANY, rb"t (OK|NO|BAD)"),
        (b"SEARCH %s" % MANY, rb"t (OK|NO|BAD)"),
        (b"UID STORE %s +FLAGS.SILENT (x)" % MANY, rb"t (OK|NO|BAD)"),
        (b"UID FETCH %s FLAGS" % b",".join([b"%d" % (2 * n + 1) for n in range(90_000)]), rb"t OK"),
        (b"UID FETCH %s FLAGS" % b",".join([b"%d:4294967295" % (n + 1) for n in range(50_000)]), rb"t (OK|BAD)"),
        (b"FETCH *:1 FLAGS", rb"t OK"),
        (b"FETCH 0 FLAGS", rb"t BAD"),
        (b"UID FETCH 0 FLAGS", rb"t BAD"),
        (b"UID FETCH 0:5 FLAGS", rb"t BAD"),
        (b"UID FETCH 4294967296 FLAGS", rb"t BAD"),
        (b"FETCH 99 FLAGS", rb"t (BAD|NO|OK)"),
        (b"FETCH 1, FLAGS", rb"t BAD"),
        (b"FETCH 1: FLAGS", rb"t BAD"),
        (b"FETCH 1:2:3 FLAGS", rb"t BAD"),
        (b"FETCH 1 BODY[%s]" % DEEP, rb"t (OK|BAD|NO)"),
        (b"FETCH 1 BODY[%s.MIME]" % DEEP, rb"t (OK|BAD|NO)"),
        (b"FETCH 1 BODY[0]", rb"t (OK|BAD|NO)"),
        (b"FETCH 1 BODY[4294967296]", rb"t (OK|BAD|NO)"),
        (b"FETCH 1 BODY[1.]", rb"t BAD"),
        (b"FETCH 1 BODY[TEXT", rb"t BAD"),
        (b"FETCH 1 BODY[]<4294967295.4294967295>", rb"t OK"),
        (b"FETCH 1 BODY[]<0.0>", rb"t (OK|BAD)"),
        (b"FETCH 1 BODY[]<-1.5>", rb"t BAD"),
        (b"FETCH 1 BODY[]<99999999999999999999.5>", rb"t BAD"),
        (b"FETCH 1 BINARY[1]<4294967295.4294967295>", rb"t OK"),
        (b"FETCH 1 BODY[HEADER.FIELDS (%s)]" % b" ".join([b"x%d" % n for n in range(100_000)]), rb"t (OK|BAD|NO)"),
        (b"FETCH 1 (%s)" % b" ".join([b"FLAGS"] * 100_000), rb"t (OK|BAD|NO)"),
        (b"FETCH 1:3 (%s)" % b" ".join([b"BODY.PEEK[]<%d.1>" % n for n in range(20_000)]), rb"t (OK|BAD|NO)"),
        (b"SEARCH " + b"NOT " * 1000 + b"ALL", rb"t (OK|BAD)"),
        (b"SEARCH " + b"NOT " * 200_000 + b"ALL", rb"t (OK|BAD|NO)"),
        (b"SEARCH " + b"OR " * 65535 + b"ALL " * 65535 + b"ALL", rb"t (OK|BAD|NO)"),
        (b"SEARCH " + b"OR ALL " * 65535 + b"ALL", rb"t (OK|BAD|NO)"),
        (b"SEARCH " + b"ALL " * 200_000 + b"ALL", rb"t (OK|BAD|NO)"),
        (b"SEARCH " + b"TEXT x " * 100_000 + b"ALL", rb"t (OK|BAD|NO)"),
        (b"SEARCH " + b"OR BODY x " * 20_000 + b"ALL", rb"t (OK|BAD|NO)"),
        (b"SEARCH HEADER " + b"x" * 60_000 + b' ""', rb"t (OK|BAD|NO)"),
        (b"SEARCH LARGER 99999999999999999999", rb"t BAD"),
        (b"SEARCH BEFORE 99-Jan-2020", rb"t BAD"),
        (b"SEARCH BEFORE 1-Jan-0000", rb"t (OK|BAD)"),
        (b"SEARCH SINCE 1-Jan-9999", rb"t OK"),
        (b"SEARCH YOUNGER 4294967295", rb"t (OK|BAD)"),
        (b"SEARCH CHARSET x-none TEXT y", rb"t NO \[BADCHARSET"),
        (b"SORT (%s) UTF-8 ALL" % b" ".join([b"REVERSE SUBJECT"] * 30_000), rb"t (OK|BAD|NO)"),
        (b"STORE 1 +FLAGS (%s)" % b" ".join([b"key%d" % n for n in range(50_000)]), rb"t (BAD|NO)"),
        (b"STORE 1 +FLAGS (%s)" % (b"k" * 60_000), rb"t (BAD|NO)"),
        (b"STORE 1 (UNCHANGEDSINCE 99999999999999999999) +FLAGS (x)", rb"t BAD"),
        (b"COPY %s INBOX" % b",".join([b"9"] * 100_000), rb"t (OK|BAD|NO)"),
        (b"SELECT INBOX (QRESYNC (1 1 1:4294967295 (1:4294967295 1:4294967295)))", rb"t (OK|BAD|NO)"),
        (b"ENABLE " + b"X" * 60_000, rb"t (OK|BAD)"),
        (b"ENABLE " + b"X " * 60_000 + b"Y", rb"t (OK|BAD)"),
        (b"ID (" + b'"a" "b" ' * 40_000 + b")", rb"t BAD"),
        (b"NOTIFY SET " + b"(personal (MessageNew))" * 10_000, rb"t (OK|BAD|NO)"),
        (b"LIST (" + b"SUBSCRIBED " * 50_000 + b') "" *', rb"t (OK|BAD|NO)"),
        (b'SETMETADATA INBOX (/private/comment "%s")' % (b"x" * 60_000), rb"t NO"),
        (b"GETMETADATA INBOX (%s)" % b" ".join([b"/private/x"] * 50_000), rb"t (OK|BAD|NO)"),
        (b'SETQUOTA "" (STORAGE 99999999999999999999)', rb"t (BAD|NO)"),
        (b"COMPRESS ZIP", rb"t (BAD|NO)"),
    ],
    ids=range(58),
)
def test_arguments_without_measure(client: Wire, command: bytes, answer: bytes) -> None:
    said = client.say(command)
    assert re.match(answer, said), said[:300]
    assert alive(client)


# S-54: names.

NAMES = [
    b"../x", b"..", b".", b"/etc", b"/etc/passwd", b"~root", b"~", b"a//b", b"a/./b", b"a/../../b", b"a..b", b".hidden",
    b"cur", b"new", b"tmp", b"a\\b/c", b"", b" ", b"%", b"*", b"&AAA-", b"&", b"&-&", b"&AC8-", b"&AC4ALw-", b"&2AA-",
    b"a&AA0ACg-b", b".".join([b"a"] * 1000), b"x" * 10_240, b"x" * 300, b".dovecot-uidlist", b"a/b/../../../../etc",
]  # fmt: skip
RAW = [b"a\x00b", b"a\rb", b"a\nb", b"\xff\xfe", b"caf\xe9", b"caf\xc3\xa9", b"..\x00/x"]


@pytest.mark.parametrize(
    "verb", [b"CREATE", b"SELECT", b"DELETE", b"STATUS", b"RENAME", b"COPY", b"APPEND", b"SUBSCRIBE"]
)
def test_names_that_are_none(mail: Hostile, client: Wire, verb: bytes) -> None:
    before = tree(mail)
    for name in NAMES + RAW:
        shown = b"{%d+}\r\n%s" % (len(name), name)
        command = {
            b"STATUS": b"STATUS %s (MESSAGES)", b"RENAME": b"RENAME %s there", b"COPY": b"COPY 1 %s",
            b"APPEND": b"APPEND %s {1+}\r\nx",
        }.get(verb, verb + b" %s") % shown  # fmt: skip
        said = client.say(command)
        if b"OK" in said[:5]:
            # A space is a name as good as others, and so is one with a slash escaped in it.
            assert verb in (b"CREATE", b"SUBSCRIBE") and name in (b" ",), (name, said)
            client.say((b"DELETE " if verb == b"CREATE" else b"UNSUBSCRIBE ") + shown)
        else:
            assert re.match(rb"t (NO|BAD) ", said), (name, said)
    assert client.say(b"NOOP").startswith(b"t OK")
    assert tree(mail) == before


def tree(mail: Hostile) -> set[str]:
    """All folders and messages, inside the user's Maildir and beside it."""
    return {
        str(path.relative_to(mail.base / "mail"))
        for path in (mail.base / "mail").rglob("*")
        if path.is_dir() or path.parent.name in ("new", "cur")
    }


def owner(mail: Hostile) -> tuple[int, int]:
    """To whom the user's files belong."""
    found = (mail.base / "mail").stat()
    return found.st_uid, found.st_gid


def test_renaming_out_of_the_root(mail: Hostile, client: Wire) -> None:
    client.say(b"CREATE good")
    for name in NAMES + RAW:
        if name != b" ":
            said = client.say(b"RENAME good {%d+}\r\n%s" % (len(name), name))
            assert re.match(rb"t (NO|BAD) ", said), (name, said)
    assert client.say(b"DELETE good").startswith(b"t OK")


def test_inbox_in_any_case_and_twins(client: Wire) -> None:
    for name in (b"inbox", b"InBoX", b"INBOX"):
        assert client.say(b"CREATE " + name).startswith(b"t NO")
    # e with acute, composed and decomposed.
    assert client.say(b"CREATE caf&AOk-").startswith(b"t OK")
    assert client.say(b"CREATE cafe&AwE-").startswith(b"t NO")
    assert client.say(b"DELETE caf&AOk-").startswith(b"t OK")
    # A dotless i is no I.
    assert client.say(b"SELECT &ATE-NBOX").startswith(b"t NO")


@pytest.mark.parametrize("kind", ["link", "inner", "file"])
def test_a_folder_that_leads_out_of_the_root(mail: Hostile, client: Wire, kind: str) -> None:
    """Not shown, not opened, not written to, not removed."""
    outside = mail.base / "outside"
    for part in ("cur", "new", "tmp"):
        (outside / part).mkdir(parents=True, exist_ok=True)
    (outside / "cur" / "1.x.y:2,").write_bytes(MESSAGE)
    folder = mail.base / "mail" / "user" / ".out"
    if kind == "link":
        folder.symlink_to(outside)
    elif kind == "file":
        folder.write_text("x")
    else:
        folder.mkdir()
        for part in ("cur", "new", "tmp"):
            (folder / part).symlink_to(outside / part)
        os.system(f"chown -R --reference={mail.base}/mail/user {folder}")
    try:
        for command in (b"COPY 1 out", b"STATUS out (MESSAGES)", b"APPEND out {1+}\r\nx", b"SELECT out"):
            assert client.say(command).startswith(b"t NO"), command
        client.say(b'LIST "" *')
        if kind != "inner":
            assert not any(b" out\r\n" in line for line in client.told)
        client.say(b"DELETE out")
        assert [path.name for path in (outside / "cur").iterdir()] == ["1.x.y:2,"]
        assert not list((outside / "new").iterdir()) + list((outside / "tmp").iterdir())
    finally:
        if kind == "inner":
            shutil.rmtree(folder)
        else:
            folder.unlink(missing_ok=True)
        shutil.rmtree(outside)


# S-53: many mailboxes and a pattern that wants to try them all.


def test_a_pattern_against_ten_thousand_mailboxes(mail: Hostile, neighbour: Bystander) -> None:
    root = mail.base / "mail" / "second"
    made = []
    for n in range(10_000):
        path = root / f".{'a' * (n % 40)}{n}"
        path.mkdir()
        made.append(path)
    try:
        with Wire(mail.imap) as wire, bounded(mail, neighbour, "mailbox"):
            wire.login("second")
            for pattern in (b"%*" * 100, b"*a" * 100, b"%a*" * 60 + b"z", b"*" * 5000):
                assert re.match(rb"t (OK|BAD|NO)", wire.say(b'LIST "" "%s"' % pattern))
            assert wire.say(b'LIST "" * RETURN (STATUS (MESSAGES))'.replace(b"*", b"zz*")).startswith(b"t OK")
    finally:
        for path in made:
            shutil.rmtree(path)


# IDLE, slow readers.


def test_idle_without_done(client: Wire) -> None:
    client.send(b"t IDLE\r\n")
    assert client.line().startswith(b"+")
    client.pour(b"x" * 2_000_000 + b"\r\n")
    assert re.match(rb"t BAD |\* BYE ", client.until(b"t"))


def test_readers_that_never_read(mail: Hostile, neighbour: Bystander) -> None:
    """One asks for a hundred megabytes, twenty for nine each, and nobody takes them: the worker holds one message."""
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(mail.imap)).login() for _ in range(21)]
        large = b"Subject: large\r\n\r\n" + (b"y" * 76 + b"\r\n") * 120_000
        assert wires[0].append(large, b"Sent").startswith(b"a OK")
        for wire in wires:
            wire.say(b"SELECT Sent")
        with bounded(mail, neighbour, "mailbox"):
            wires[0].pour(b"t FETCH 1:* BODY.PEEK[]\r\n" * 11)
            for wire in wires[1:]:
                wire.send(b"t FETCH 1:* BODY.PEEK[]\r\n")
            for wire in wires:
                assert b"FETCH" in wire.line()
            with Wire(mail.imap) as other:
                other.login().say(b"SELECT INBOX")
                for _ in range(100):
                    assert other.say(b"NOOP").startswith(b"t OK")


def test_a_byte_at_a_time(mail: Hostile, client: Wire) -> None:
    for byte in b"t NOOP\r\n":
        client.send(bytes([byte]))
    assert client.until(b"t").startswith(b"t OK")
