"""hostilefiles - what tests of damaged mailbox files share: what a client remembers, a user's files, ways to damage them."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

from harness import eventually
from hostile import Hostile, Wire

SECRET = b"3 V1 N2 Gffffffffffffffffffffffffffffffff\n1 :secret outside\n"
COUNT = 5


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
        assert (now.st_ino, now.st_mtime_ns, now.st_mode) == (
            self.stamp.st_ino,
            self.stamp.st_mtime_ns,
            self.stamp.st_mode,
        )


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


def everything(wire: Wire, known: Known | None = None) -> None:
    """A bit of all that uses the files; the session may be told BYE if its mailbox is another one now."""
    if known is not None:
        known.look(wire)
    for command in (b"NOOP", b"UID STORE 1:* +FLAGS (gamma)", b"UID STORE 1:* -FLAGS (gamma)", b"SUBSCRIBE Trash", b'LSUB "" *',
                    b'LIST "" * RETURN (STATUS (MESSAGES UIDNEXT))', b"STATUS INBOX (MESSAGES UIDNEXT)", b"CREATE fresh", b"DELETE fresh",
                    b"UNSUBSCRIBE Trash", b"GETQUOTAROOT INBOX", b"GETMETADATA INBOX (/private/comment)",
                    b'SETMETADATA INBOX (/private/comment "y")', b"UID FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE PREVIEW)",
                    b"UID SEARCH TEXT body", b"COPY 1 Sent", b"GETACL INBOX"):  # fmt: skip
        said = wire.say(command)
        if any(line.startswith(b"* BYE") for line in [said, *wire.told]):
            return  # the mailbox is gone
        assert re.match(rb"t OK", said), (command, said, wire.told)
    wire.append(message("added"))


def stop_workers(mail: Hostile) -> None:
    """No process has anything in memory, and a new one is there."""
    pids = mail.workers("mailbox")
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: not set(pids) & set(mail.workers("mailbox")))

    def served() -> bool:
        with Wire(mail.imap) as wire:
            return wire.say(f'LOGIN second@localhost "{mail.PASSWORD}"'.encode()).startswith(b"t OK")

    eventually(served)
