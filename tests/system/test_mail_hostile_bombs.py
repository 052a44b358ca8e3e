"""Messages that are made to break who reads them: stored, delivered, and then asked about in every way (faults.md 3.6, S-57)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

import pytest
from hostile import Bystander, Hostile, Wire, bounded, gaps

pytestmark = pytest.mark.slow
HEAD = b"From: a@example.org\r\nMessage-ID: <bomb@example.org>\r\nSubject: bomb\r\n"
MULTIPART = HEAD + b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=%s\r\n\r\n"


def deep() -> bytes:
    parts = [HEAD]
    for n in range(1000):
        parts.append(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n))
    return b"".join(parts) + b"\r\nend\r\n" + b"".join([b"--b%d--\r\n" % n for n in range(999, -1, -1)])


def enclosed() -> bytes:
    return HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 5000 + b"Subject: inmost\r\n\r\nx\r\n"


def cycle() -> bytes:
    """Multipart and message in turn, with one boundary for all."""
    return (
        HEAD + (b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n") * 2000
    )


def wide() -> bytes:
    return MULTIPART % b"b" + b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 10_000 + b"--b--\r\n"


def empty_parts() -> bytes:
    return MULTIPART % b"b" + b"--b\r\n" * 200_000 + b"--b--\r\n"


def headers() -> bytes:
    return HEAD + b"".join([b"X-%d: y\r\n" % n for n in range(100_000)]) + b"\r\nbody\r\n"


def colons() -> bytes:
    return HEAD + b":\r\n" * 100_000 + b"a:\r\n" * 100_000 + b"\r\nbody\r\n"


def addresses() -> bytes:
    return HEAD + b"To: " + b",\r\n ".join([b"a%d@example.org" % n for n in range(125_000)]) + b"\r\n\r\nbody\r\n"


def groups() -> bytes:
    return HEAD + b"To: " + b"g:a@b,c@d;, " * 50_000 + b"open:\r\nCc: " + b":;" * 100_000 + b"\r\n\r\nbody\r\n"


def comments() -> bytes:
    return (
        HEAD
        + b"To: "
        + b"(" * 200_000
        + b"x@y\r\nCc: "
        + b"(a)" * 100_000
        + b"\r\nDate: "
        + b"(" * 50_000
        + b"\r\n\r\nbody\r\n"
    )


def quotes() -> bytes:
    return (
        HEAD
        + b'To: "'
        + b'\\"' * 200_000
        + b"\r\nCc: "
        + b'"' * 200_000
        + b"\r\nBcc: "
        + b"<" * 200_000
        + b"\r\n\r\nbody\r\n"
    )


def parameters() -> bytes:
    names = b"".join([b";\r\n name*%d*=utf-8''%%41" % n for n in range(10_000)])
    return (
        HEAD
        + b"Content-Type: text/plain"
        + names
        + b"\r\nContent-Disposition: attachment"
        + names
        + b"\r\n\r\nbody\r\n"
    )


def boundary() -> bytes:
    long = b"b" * (1 << 20)
    return MULTIPART % (b'"' + long + b'"') + b"--%s\r\n\r\nx\r\n--%s--\r\n" % (long, long)


def prefixes() -> bytes:
    """Boundaries that begin like each other."""
    parts = [HEAD]
    for n in range(1, 90):
        parts.append(b"Content-Type: multipart/mixed; boundary=%s\r\n\r\n--%s\r\n" % (b"b" * n, b"b" * n))
    return b"".join(parts) + b"".join([b"--%s\r\n\r\nx\r\n" % (b"b" * (n % 100)) for n in range(20_000)])


def dashes() -> bytes:
    return MULTIPART % b"-" + b"\n--" * 7_000_000


def dashes_of_none() -> bytes:
    return MULTIPART % b"b" + b"\n--" * 7_000_000


def line_ends() -> bytes:
    return HEAD + b"\r\n" + b"\n" * 10_000_000 + b"\r" * 5_000_000


def nuls() -> bytes:
    return HEAD + b"X: a\0b\r\nTo: \0@\0\r\n\0: \0\r\n\r\n" + b"\0" * 1_000_000


def long_header() -> bytes:
    return (
        HEAD
        + b"X-Long: "
        + b"x" * (1 << 20)
        + b"\r\nSubject: "
        + b"y" * (1 << 20)
        + b"\r\nDate: "
        + b"1" * (1 << 20)
        + b"\r\n\r\nbody\r\n"
    )


def folded() -> bytes:
    return HEAD + b"X-Fold: a\r\n" + b" \r\n" * 200_000 + b"Subject: x\r\n" + b"\ty\r\n" * 100_000 + b"\r\nbody\r\n"


def encoded() -> bytes:
    return HEAD + b"Subject: " + b"=?utf-8?q?=41?= " * 60_000 + b"\r\nComments: =?" * 20_000 + b"\r\n\r\nbody\r\n"


def references() -> bytes:
    return (
        HEAD
        + b"References: "
        + b"\r\n ".join([b"<r%d@example.org>" % n for n in range(50_000)])
        + b"\r\nIn-Reply-To: "
        + b"<" * 100_000
        + b"\r\n\r\nbody\r\n"
    )


def replies() -> bytes:
    return b"From: a@example.org\r\nSubject: " + b"Re: [x] " * 50_000 + b"(fwd) " * 50_000 + b"\r\n\r\nbody\r\n"


def languages() -> bytes:
    return (
        HEAD
        + b"Content-Language: "
        + b"en, " * 100_000
        + b"\r\nContent-Type: "
        + b"/" * 100_000
        + b"\r\nContent-ID: "
        + b"<" * 100_000
        + b"\r\n\r\nx\r\n"
    )


def base64() -> bytes:
    return HEAD + b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"=A" * 2_000_000


def html() -> bytes:
    return (
        HEAD
        + b"Content-Type: text/html\r\n\r\n"
        + b"<" * 2_000_000
        + b"<div " * 200_000
        + b"&" * 500_000
        + b"<!--" * 200_000
    )


def quoted_printable() -> bytes:
    return (
        HEAD
        + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        + b"=" * 1_000_000
        + b" " * 1_000_000
        + b"=\r\n" * 200_000
    )


def truncated() -> bytes:
    return (
        HEAD
        + b'To: \xe2\x82@x, =?utf-8?b?4oI?= <y@z>\r\nContent-Type: text/plain; name="\xf0\x9f"; charset=\xff\r\n\r\n\xe2\x82'
    )


def nothing() -> bytes:
    return b"\r\n"


def no_end() -> bytes:
    return b"Subject: no end of the header"


def unicode_bomb() -> bytes:
    return (
        HEAD
        + b"Subject: "
        + "\ufdfa".encode() * 200_000
        + b"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        + "\ufdfa".encode() * 300_000
    )


def charsets() -> bytes:
    kinds = [
        b"utf-7",
        b"utf-16",
        b"iso-2022-jp",
        b"idna",
        b"punycode",
        b"base64",
        b"zlib",
        b"rot13",
        b"unicode_escape",
        b"hz",
    ]
    parts = b"".join(
        [
            b"--b\r\nContent-Type: text/plain; charset=%s\r\n\r\n%s\r\n" % (kind, b"+AAA-~{\x1b$B" * 20_000)
            for kind in kinds
        ]
    )
    return MULTIPART % b"b" + parts + b"--b--\r\n"


BOMBS = [deep, enclosed, cycle, wide, empty_parts, headers, colons, addresses, groups, comments, quotes, parameters, boundary, prefixes, dashes,
         dashes_of_none, line_ends, nuls, long_header, folded, encoded, references, replies, languages, base64, html, quoted_printable,
         truncated, nothing, no_end, unicode_bomb, charsets]  # fmt: skip
QUESTIONS = [
    b"UID FETCH %d (FLAGS ENVELOPE)", b"UID FETCH %d (BODYSTRUCTURE BODY)", b"UID FETCH %d (PREVIEW EMAILID THREADID RFC822.SIZE)",
    b"UID FETCH %d (BODY.PEEK[HEADER.FIELDS (SUBJECT TO X-1 CONTENT-TYPE)])", b"UID FETCH %d (BODY.PEEK[HEADER]<0.1000>)",
    b"UID FETCH %d (BODY.PEEK[1.1.1.1] BODY.PEEK[9999.MIME] BODY.PEEK[1.TEXT])", b"UID FETCH %d (BINARY.PEEK[1] BINARY.SIZE[1])",
    b"UID FETCH %d (BODY.PEEK[1]<1000.10>)", b"UID SEARCH TEXT unfindable", b"UID SEARCH BODY unfindable",
    b"UID SEARCH OR SUBJECT unfindable FROM unfindable", b"UID SEARCH HEADER X-Fold unfindable",
    b"UID SEARCH CHARSET UTF-8 OR TO {3+}\r\n\xe2\x82\xac CC unfindable", b"UID SORT (SUBJECT FROM TO CC DATE SIZE ARRIVAL) UTF-8 ALL",
    b"UID THREAD REFERENCES UTF-8 ALL", b"UID THREAD ORDEREDSUBJECT UTF-8 ALL", b"UID THREAD REFS UTF-8 ALL",
    b"UID SORT (DISPLAYFROM DISPLAYTO) UTF-8 ALL",
]  # fmt: skip


@pytest.fixture(scope="module")
def mail() -> Iterator[Hostile]:
    with Hostile(message_size_limit="40000000") as system:
        yield system
        assert max(gaps(system).values()) < 0.25
        assert "Traceback" not in system.log_text() + system.errors()


@pytest.fixture(scope="module")
def neighbour(mail: Hostile) -> Iterator[Bystander]:
    with Bystander(mail) as bystander:
        yield bystander


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.__name__)
def test_a_bomb(mail: Hostile, neighbour: Bystander, bomb: Callable[[], bytes]) -> None:
    """Appended, and asked about; one mailbox for each."""
    message, name = bomb(), bomb.__name__.encode()
    with Wire(mail.imap, timeout=60) as wire:
        wire.login()
        wire.say(b"CREATE " + name)
        with bounded(mail, neighbour, "mailbox"):
            answer = wire.append(message, name)
            if answer.startswith(b"a NO [UNKNOWN-CTE]"):
                # NULs may only come by another way.
                put(mail, f".{name.decode()}", message)
            else:
                assert answer.startswith(b"a OK [APPENDUID "), answer
            assert wire.say(b"SELECT " + name).startswith(b"t OK") and b"* 1 EXISTS\r\n" in wire.told
        for question in QUESTIONS:
            asked = question.replace(b"%d", b"1")
            with bounded(mail, neighbour, "mailbox", label=question.decode("latin-1")[:40]):
                said = wire.say(asked)
                assert re.match(rb"t (OK|NO|BAD)", said), (asked, said[:300])
        with bounded(mail, neighbour, "mailbox", label="body"):
            said = wire.say(b"UID FETCH 1 BODY.PEEK[]")
            assert said.startswith(b"t OK") and wire.told
        wire.say(b"CLOSE")
        assert wire.say(b"DELETE " + name).startswith(b"t OK")


def put(mail: Hostile, folder: str, message: bytes) -> None:
    """A message that another program has delivered."""
    path = mail.base / "mail" / "user" / folder / "new" / "1.bomb.example"
    path.write_bytes(message)
    owner = path.parent.stat()
    os.chown(path, owner.st_uid, owner.st_gid)


def test_all_bombs_in_one_mailbox(mail: Hostile, neighbour: Bystander) -> None:
    """Delivered by SMTP; and a worker that has nothing ready yet."""
    messages = [bomb() for bomb in BOMBS if bomb not in (dashes, dashes_of_none, line_ends)]
    with mail.client(60) as smtp:
        for message in messages:
            smtp.sendmail("a@example.org", ["user@localhost"], message)
    mail.wait_mailbox(len(messages), timeout=60)
    with Wire(mail.imap, timeout=60) as wire, Wire(mail.pop3, timeout=60) as pop:
        wire.login()
        with bounded(mail, neighbour, "mailbox"):
            assert wire.say(b"SELECT INBOX").startswith(b"t OK")
            for question in (
                b"UID THREAD REFERENCES UTF-8 ALL",
                b"UID SORT (SUBJECT) UTF-8 ALL",
                b"UID FETCH 1:* (ENVELOPE)",
            ):
                assert wire.say(question).startswith(b"t OK")
        with bounded(mail, neighbour, "mailbox"):
            pop.pop_login()
            for n in range(1, len(messages) + 1):
                assert pop.ask(b"TOP %d 5" % n).startswith(b"+OK")
                pop.listing()
            assert pop.ask(b"QUIT").startswith(b"+OK")
