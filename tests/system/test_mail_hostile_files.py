"""Files of a mailbox that were damaged, cut, lost, or replaced by something else, while sessions run and between them.

What can be made again is made again, what cannot is set aside, with a line in the log. No UID ever names other bytes, and
nothing outside of the user's folder is opened or changed.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hostile import Bystander, Hostile, Wire, bounded

pytestmark = pytest.mark.slow
SECRET = b"3 V1 N2 Gffffffffffffffffffffffffffffffff\n1 :secret outside\n"
COUNT = 5


@pytest.fixture(scope="module")
def mail() -> Iterator[Hostile]:
    with Hostile(("user", "second"), ("boxed",)) as system:
        yield system
        text = system.log_text() + system.errors()
        assert "Traceback" not in text, text[text.index("Traceback") - 500 :][:3000]


@pytest.fixture(scope="module")
def neighbour(mail: Hostile) -> Iterator[Bystander]:
    with Bystander(mail) as bystander:
        yield bystander


class Known:
    """What a client remembers, over all UIDVALIDITYs: UID -> message."""

    def __init__(self) -> None:
        self.seen: dict[tuple[int, int], bytes] = {}

    def look(self, wire: Wire, name: bytes = b"INBOX") -> dict[int, bytes]:
        """Fetch everything; a UID that stands for other bytes than before is an error."""
        assert wire.say(b"SELECT " + name).startswith(b"t OK"), wire.told
        validity = next(int(found[1]) for line in wire.told if (found := re.search(rb"UIDVALIDITY ([0-9]+)", line)))
        return self.fetch(wire, validity)

    def fetch(self, wire: Wire, validity: int) -> dict[int, bytes]:
        """All messages of the mailbox that is selected."""
        self.validity = validity
        answer = wire.say(b"UID FETCH 1:* (BODY.PEEK[] ENVELOPE)")
        assert answer.startswith(b"t OK"), answer
        found = {}
        for line in wire.told:
            if b" FETCH (" not in line:
                continue
            uid = int(re.search(rb"UID ([0-9]+)", line)[1])  # type: ignore[index]
            subject = re.search(rb"Subject: ([a-z0-9]+)\r\n", line)
            assert subject is not None, line
            assert b'"%s"' % subject[1] in line, "the envelope is of another message"
            found[uid] = subject[1]
            assert self.seen.setdefault((validity, uid), subject[1]) == subject[1], "a UID was given twice"
        return found


def message(subject: str) -> bytes:
    return f"From: a@example.org\r\nSubject: {subject}\r\n\r\nbody\r\n".encode()


class Folder:
    """The user's Maildir, filled anew, with all its control files."""

    def __init__(self, mail: Hostile, user: str = "user") -> None:
        self.mail, self.user = mail, user
        self.path = mail.base / "mail" / user
        self.outside = mail.base / "outside.txt"
        self.outside.unlink(missing_ok=True)
        self.outside.write_bytes(SECRET)
        os.chown(self.outside, *self.owner())
        self.stamp = self.outside.stat()

    def owner(self) -> tuple[int, int]:
        found = (self.mail.base / "mail").stat()
        return found.st_uid, found.st_gid

    def own(self, path: Path) -> None:
        os.chown(path, *self.owner(), follow_symlinks=False)

    def untouched(self) -> None:
        """Nobody was led out."""
        now = self.outside.stat()
        assert self.outside.read_bytes() == SECRET
        assert (now.st_ino, now.st_mtime_ns, now.st_mode) == (self.stamp.st_ino, self.stamp.st_mtime_ns, self.stamp.st_mode)


def missing(folder: Folder, path: Path) -> None:
    path.unlink()


def emptied(folder: Folder, path: Path) -> None:
    os.truncate(path, 0)


def cut(folder: Folder, path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def garbage(folder: Folder, path: Path) -> None:
    """In place, of the same length: sessions hold this file open."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.write((b"\xff\x00garbage\n{[(" * (size // 12 + 1))[:size])


def replaced(folder: Folder, path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(os.urandom(5000))
    folder.own(other)
    other.rename(path)


def link(folder: Folder, path: Path) -> None:
    path.unlink()
    path.symlink_to(folder.outside)
    folder.own(path)


def directory(folder: Folder, path: Path) -> None:
    path.unlink()
    path.mkdir()
    folder.own(path)


def pipe(folder: Folder, path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)
    folder.own(path)


DAMAGES: list[Callable[[Folder, Path], None]] = [missing, emptied, cut, garbage, replaced, link, directory, pipe]
FILES = ["pymaster.index", "pymaster.log", "pymaster.cache", "dovecot-uidlist", "dovecot-keywords", "subscriptions",
         "pymaster.account", "dovecot-uidvalidity", "dovecot-acl", "pymaster.lock"]  # fmt: skip


def fill(mail: Hostile, known: Known) -> Folder:
    """A Maildir with some messages and every control file."""
    root = mail.base / "mail" / "user"
    with Wire(mail.imap) as wire:
        wire.login()
        wire.say(b"SELECT INBOX")
        for name in FILES:
            path = root / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
        wire.say(b"NOOP")
        held = len(known.look(wire))
        for n in range(held, COUNT):
            assert wire.append(message(f"m{len(known.seen)}x{n}")).startswith(b"a OK")
        assert wire.say(b"UID STORE 1:* +FLAGS (alpha beta)").startswith(b"t OK")
        assert wire.say(b"CREATE extra%d" % len(known.seen)).startswith(b"t OK")
        assert wire.say(b"DELETE extra%d" % len(known.seen)).startswith(b"t OK")
        assert wire.say(b"SUBSCRIBE Sent").startswith(b"t OK")
        wire.say(b"UNSUBSCRIBE Drafts")
        wire.say(b"SUBSCRIBE Drafts")
        assert wire.say(b'SETMETADATA INBOX (/private/comment "x")').startswith(b"t OK")
        assert wire.say(b"SELECT INBOX").startswith(b"t OK")
        known.look(wire)
    folder = Folder(mail)
    acl = root / "dovecot-acl"
    if not acl.exists():
        acl.write_text("owner lrswipkxtea\n")
        folder.own(acl)
    return folder


@pytest.fixture(scope="module")
def known() -> Known:
    return Known()


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("name", FILES)
def test_a_file_of_a_maildir(
    mail: Hostile, neighbour: Bystander, known: Known, name: str, damage: Callable[[Folder, Path], None]
) -> None:
    """While a session has the mailbox selected, and for a new one; then in a new worker that has nothing in memory."""
    folder = fill(mail, known)
    path = folder.path / name
    assert path.exists(), name
    logged = len(mail.log_text())
    with Wire(mail.imap) as old, bounded(mail, neighbour, "mailbox"):
        old.login()
        before = known.look(old)
        damage(folder, path)
        everything(old, known)
        with Wire(mail.imap) as new:
            new.login()
            everything(new, known, select=True)
            after = known.look(new)
        assert sorted(after.values())[: len(before)] == sorted(before.values()) or len(after) > len(before)
        assert set(before.values()) <= set(after.values())
        everything(new_session := Wire(mail.imap).login(), known, select=True)
        new_session.close()
    folder.untouched()
    text = mail.log_text()[logged:]
    assert len(re.findall(f"{name}.*(damaged|set aside)|built anew", text)) <= 4, text


def everything(wire: Wire, known: Known, *, select: bool = False) -> None:
    """A bit of all that uses the files; the session may be told BYE if its mailbox is another one now."""
    if select:
        known.look(wire)
    for command in (b"NOOP", b"UID STORE 1:* +FLAGS (gamma)", b"UID STORE 1:* -FLAGS (gamma)", b"SUBSCRIBE Trash", b'LSUB "" *',
                    b'LIST "" * RETURN (STATUS (MESSAGES UIDNEXT))', b"STATUS INBOX (MESSAGES UIDNEXT)", b"CREATE new", b"DELETE new",
                    b"UNSUBSCRIBE Trash", b"GETQUOTAROOT INBOX", b"GETMETADATA INBOX (/private/comment)",
                    b'SETMETADATA INBOX (/private/comment "y")', b"UID FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE PREVIEW)",
                    b"UID SEARCH TEXT body", b"COPY 1 Sent", b"GETACL INBOX"):  # fmt: skip
        said = wire.say(command)
        if b"* BYE" in said:
            return
        assert re.match(rb"t OK", said), (command, said, wire.told)
    wire.append(message("added"))


@pytest.mark.parametrize("damage", [missing, garbage, cut, link], ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("name", FILES)
def test_a_file_of_a_maildir_before_the_worker_starts(
    mail: Hostile, known: Known, name: str, damage: Callable[[Folder, Path], None]
) -> None:
    folder = fill(mail, known)
    before = None
    with Wire(mail.imap) as wire:
        before = known.look(wire.login())
    stop_workers(mail)
    damage(folder, folder.path / name)
    for _ in range(2):
        with Wire(mail.imap) as wire:
            wire.login()
            everything(wire, known, select=True)
            assert set(before.values()) <= set(known.look(wire).values())
        with Wire(mail.pop3) as pop:
            pop.pop_login()
            assert pop.ask(b"UIDL").startswith(b"+OK")
            assert len(pop.listing()) >= len(before)
        stop_workers(mail)
    folder.untouched()


def stop_workers(mail: Hostile) -> None:
    """No process has anything in memory."""
    import signal

    from harness import eventually

    for pid in mail.workers("mailbox"):
        os.kill(pid, signal.SIGTERM)
    for pid in mail.workers("mailbox"):
        eventually(lambda pid=pid: pid not in mail.workers("mailbox"), 10)
