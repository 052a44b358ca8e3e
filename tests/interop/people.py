"""people - users of the mail system that tests of mail programs run against, and a second look at what a program did.

def test_x(person):                       # tests/interop/conftest.py; each test has a user of its own
    person.deliver(letter("a subject"))   # by SMTP
    with person.imap() as client: ...     # imaplib, logged in
    assert person.subjects() == ["a subject"]
"""

import contextlib
import hashlib
import imaplib
import poplib
import re
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from harness import eventually
from peers import PATH, need
from reading import Reading

from tests.certs import certificate

# Some programs compare no address with a certificate, only a name.
HOST = "localhost"
LISTED = re.compile(rb'\((?P<flags>[^)]*)\) "?(?P<separator>[^" ]+)"? (?P<name>.+)')
FETCHED = re.compile(rb'.*UID (\d+).*FLAGS \(([^)]*)\).*(INTERNALDATE "[^"]*").*RFC822\.SIZE (\d+)')


def letter(subject: str, body: bytes = b"hello\r\n", head: bytes = b"") -> bytes:
    """A message; `head` are further header lines."""
    return (
        b"From: Sender <sender@test.example>\r\nTo: user@localhost\r\nDate: Mon, 02 Nov 2026 10:00:00 +0100\r\n"
        b"Message-ID: <" + hashlib.sha256(subject.encode() + body).hexdigest()[:24].encode() + b"@test.example>\r\n"
        b"Subject: " + subject.encode() + b"\r\n" + head + b"\r\n" + body
    )


def authority() -> str:
    """The file of the certificate that the mail system shows, for programs that verify it."""
    return f"{certificate(HOST)}.crt"


def trusting() -> ssl.SSLContext:
    """A TLS context that takes the mail system's certificate and no other."""
    return ssl.create_default_context(cafile=authority())


def run(home: Path, *command: str, status: int | None = 0, timeout: float = 60) -> "subprocess.CompletedProcess[str]":
    """Run a mail program with `home` as its home; AssertionError for another exit status than `status`."""
    env = {"PATH": PATH, "HOME": str(home), "LC_ALL": "C.UTF-8", "TERM": "xterm", "TMPDIR": str(home)}
    done = subprocess.run(
        [need(command[0]), *command[1:]], capture_output=True, timeout=timeout, env=env, cwd=home,
        stdin=subprocess.DEVNULL, encoding="utf-8", errors="replace",
    )  # fmt: skip
    assert status is None or done.returncode == status, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def folders(client: imaplib.IMAP4) -> dict[str, str]:
    """Mailbox names, as on the wire, with their attributes."""
    found = {}
    for line in client.list()[1]:
        match = LISTED.fullmatch(line if isinstance(line, bytes) else line[0].rpartition(b" ")[0] + b" " + line[1])
        assert match is not None, line
        found[match["name"].strip(b'"').decode()] = match["flags"].decode()
    return found


def survey(client: imaplib.IMAP4) -> dict[str, tuple[int, dict[int, tuple[tuple[str, ...], float, int, str]]]]:
    """All there is: mailbox -> UIDVALIDITY and uid -> flags, internal date in seconds, size, hash of the bytes. Marks nothing."""
    found = {}
    for name, attributes in folders(client).items():
        if "\\Noselect" in attributes or "\\NonExistent" in attributes:
            continue
        status, said = client.select(f'"{name}"', readonly=True)
        assert status == "OK", said
        messages = {}
        if said != [b"0"]:
            for item in client.uid("FETCH", "1:*", "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])")[1]:
                if not isinstance(item, tuple):
                    continue
                match = FETCHED.match(item[0])
                assert match is not None, item[0]
                flags = tuple(sorted(flag for flag in match[2].decode().split(" ") if flag not in ("", "\\Recent")))
                digest = hashlib.sha256(item[1]).hexdigest()
                date = imaplib.Internaldate2tuple(match[3])
                assert date is not None
                messages[int(match[1])] = flags, time.mktime(date), int(match[4]), digest
        validity = client.response("UIDVALIDITY")[1][0]
        found[name] = int(validity), messages
    return found


class Person:
    """One virtual user, `login` with `password`."""

    def __init__(self, mail: Reading, name: str) -> None:
        self.mail, self.name, self.login, self.password = mail, name, f"{name}@localhost", mail.PASSWORD
        self.path = mail.base / "mail" / name
        # A URL cannot hold the characters themselves.
        self.quoted = self.login.replace("@", "%40"), self.password.replace(" ", "%20")

    @contextlib.contextmanager
    def imap(self, tls: bool = False, timeout: float = 30) -> Iterator[imaplib.IMAP4]:
        """A client that is logged in."""
        if tls:
            client: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                "127.0.0.1", self.mail.imaps, ssl_context=trusting(), timeout=timeout
            )
        else:
            client = imaplib.IMAP4("127.0.0.1", self.mail.imap, timeout=timeout)
        with client:
            client.login(self.login, self.password)
            yield client

    @contextlib.contextmanager
    def pop3(self, tls: bool = False, timeout: float = 30) -> Iterator[poplib.POP3]:
        """A client that is logged in; what it deleted is gone after the block, unless that raises."""
        if tls:
            client: poplib.POP3 = poplib.POP3_SSL("127.0.0.1", self.mail.pop3s, context=trusting(), timeout=timeout)
        else:
            client = poplib.POP3("127.0.0.1", self.mail.pop3, timeout)
        try:
            client.user(self.login)
            client.pass_(self.password)
            yield client
            client.quit()
        finally:
            client.close()

    def deliver(self, *messages: bytes, wait: bool = True) -> None:
        """Send by SMTP, and wait until IMAP shows them."""
        before = self.count() if wait else 0
        with self.mail.client() as client:
            for message in messages:
                client.sendmail("sender@test.example", [self.login], message)
        if wait:
            eventually(lambda: self.count() >= before + len(messages), 30, 0.05)

    def append(self, *messages: bytes, folder: str = "INBOX", flags: str = "") -> None:
        """Put messages into a mailbox."""
        with self.imap() as client:
            for message in messages:
                status, said = client.append(f'"{folder}"', flags, None, message)  # type: ignore[arg-type]
                assert status == "OK", said

    def count(self, folder: str = "INBOX") -> int:
        """How many messages a mailbox has."""
        with self.imap() as client:
            said = client.status(f'"{folder}"', "(MESSAGES)")[1][0]
        found = re.search(rb"MESSAGES (\d+)", said or b"")
        return int(found[1]) if found else 0

    def subjects(self, folder: str = "INBOX") -> list[str]:
        """The subjects in a mailbox, as they stand in the messages."""
        return [re.search(rb"(?mi)^Subject: ([^\r\n]*)", head)[1].decode() for head in self.heads(folder)]  # type: ignore[index]

    def heads(self, folder: str = "INBOX") -> list[bytes]:
        """The header blocks in a mailbox."""
        with self.imap() as client:
            if client.select(f'"{folder}"', readonly=True)[1] == [b"0"]:
                return []
            said = client.fetch("1:*", "(BODY.PEEK[HEADER])")[1]
        return [item[1] for item in said if isinstance(item, tuple)]

    def flags(self, folder: str = "INBOX") -> dict[str, set[str]]:
        """subject -> flags."""
        subjects = self.subjects(folder)
        with self.imap() as client:
            if client.select(f'"{folder}"', readonly=True)[1] == [b"0"]:
                return {}
            said = [imaplib.ParseFlags(line) for line in client.fetch("1:*", "(FLAGS)")[1]]  # type: ignore[arg-type]
        return {s: {flag.decode() for flag in f} - {"\\Recent"} for s, f in zip(subjects, said, strict=True)}

    def survey(self) -> dict[str, tuple[int, dict[int, tuple[tuple[str, ...], float, int, str]]]]:
        """All that the server says of this user's mail."""
        with self.imap() as client:
            return survey(client)
