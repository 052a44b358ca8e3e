"""An mbox, and the files beside it, that were damaged, cut, lost, or replaced, while sessions run and between them.

The mail itself is shown as far as it is mail, and what is no mbox is left as it is. No UID ever names other bytes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hostile import Bystander, Hostile, Wire, bounded
from hostilefiles import (
    COUNT,
    Folder,
    Known,
    cut,
    directory,
    emptied,
    everything,
    garbage,
    link,
    message,
    missing,
    pipe,
    replaced,
    stop_workers,
)

pytestmark = pytest.mark.slow
BOXED = [f"b{n}" for n in range(90)]
BOX_FILES = [".subscriptions", ".imap/pymaster.account", ".imap/dovecot-uidvalidity", ".imap/pymaster.lock", ".imap/INBOX/pymaster.index",
             ".imap/INBOX/pymaster.log", ".imap/INBOX/pymaster.cache", ".imap/INBOX/pymaster.uids", ".imap/INBOX/pymaster.redo"]  # fmt: skip


@pytest.fixture(scope="module")
def mail() -> Iterator[Hostile]:
    with Hostile(("second",), tuple(BOXED)) as system:
        yield system
        text = system.log_text() + system.errors()
        assert "Traceback" not in text, text[text.index("Traceback") - 500 :][:3000]
        told = Counter(re.findall(r"/mail/([a-z0-9]+)[./].*set aside", text))
        assert told and max(told.values()) <= 2, "what was set aside is told of once"


@pytest.fixture(scope="module")
def neighbour(mail: Hostile) -> Iterator[Bystander]:
    with Bystander(mail) as bystander:
        yield bystander


def fill_box(mail: Hostile) -> tuple[Folder, Known]:
    """A new user's mbox with some messages."""
    folder, known = Folder(mail, BOXED.pop()), Known()
    with Wire(mail.imap) as wire:
        wire.login(folder.user)
        for n in range(COUNT):
            assert wire.append(message(f"m{n}")).startswith(b"a OK")
        for command in (b"SELECT INBOX", b"UID STORE 1:* +FLAGS (alpha beta)", b"SUBSCRIBE INBOX",
                        b'SETMETADATA INBOX (/private/comment "x")'):  # fmt: skip
            assert wire.say(command).startswith(b"t OK")
        known.look(wire)
    return folder, known


@pytest.mark.parametrize("damage", [missing, cut, garbage, link, directory], ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("name", BOX_FILES)
def test_a_file_beside_an_mbox(
    mail: Hostile, neighbour: Bystander, name: str, damage: Callable[[Folder, Path], None]
) -> None:
    folder, known = fill_box(mail)
    path = mail.base / "mail" / f"{folder.user}.folders" / name
    with Wire(mail.imap) as old, bounded(mail, neighbour, "mailbox"):
        old.login(folder.user)
        before = known.look(old)
        damage(folder, path)
        everything(old)
        for _ in range(2):
            with Wire(mail.imap) as new:
                everything(new.login(folder.user), known)
                assert set(before.values()) <= set(known.look(new).values())
    folder.untouched()


def appended(folder: Folder, path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"\xff\0no From line, and no end")


def shifted(folder: Folder, path: Path) -> None:
    """Another program took the second message out."""
    parts = path.read_bytes().split(b"\nFrom ")
    path.write_bytes(b"\nFrom ".join(parts[:1] + parts[2:]))


def other(folder: Folder, path: Path) -> None:
    """Mail that claims all the same numbers."""
    text = path.read_bytes()
    path.write_bytes(re.sub(rb"Subject: m", b"Subject: z", text))


BOX_DAMAGES = [missing, emptied, cut, garbage, replaced, link, directory, pipe, appended, shifted, other]


@pytest.mark.parametrize("damage", BOX_DAMAGES, ids=lambda damage: damage.__name__)
def test_an_mbox(mail: Hostile, neighbour: Bystander, damage: Callable[[Folder, Path], None]) -> None:
    """While a session has it selected."""
    folder, known = fill_box(mail)
    with Wire(mail.imap) as old, bounded(mail, neighbour, "mailbox"):
        known.look(old.login(folder.user))
        damage(folder, folder.path)
        held = content(folder.path)
        for command in (b"NOOP", b"UID FETCH 1:* (FLAGS BODY.PEEK[])", b"UID STORE 1:* +FLAGS (gamma)", b"EXPUNGE"):
            said = old.say(command)
            assert re.match(rb"t (OK|NO)|\* BYE", said), (command, said)
            if any(line.startswith(b"* BYE") for line in [said, *old.told]):
                break  # the mailbox is gone
        for _ in range(2):
            visit(mail, folder, known, held)
    folder.untouched()


@pytest.mark.parametrize("damage", BOX_DAMAGES, ids=lambda damage: damage.__name__)
def test_an_mbox_between_sessions(mail: Hostile, damage: Callable[[Folder, Path], None]) -> None:
    folder, known = fill_box(mail)
    stop_workers(mail)
    damage(folder, folder.path)
    held = content(folder.path)
    for _ in range(2):
        visit(mail, folder, known, held)
        stop_workers(mail)
    folder.untouched()


def content(path: Path) -> bytes:
    """What lies there, b"" for what is no file."""
    return path.read_bytes() if path.is_file() and not path.is_symlink() else b""


def visit(mail: Hostile, folder: Folder, known: Known, held: bytes) -> None:
    """A session of each kind. An mbox is served, what is none is refused and left alone."""
    with Wire(mail.imap) as new, Wire(mail.pop3) as pop:
        new.login(folder.user)
        said = new.say(b"SELECT INBOX")
        if said.startswith(b"t OK"):
            known.look(new)
            assert new.append(message("added")).startswith(b"a OK")
            known.look(new)
        else:
            assert said.startswith(b"t NO [UNAVAILABLE]"), said
            assert content(folder.path) == held
        assert new.say(b"NOOP").startswith(b"t OK")
        pop.ask(f"USER {folder.user}@localhost".encode())
        assert re.match(rb"\+OK|-ERR \[SYS/TEMP\]", pop.ask(f"PASS {mail.PASSWORD}".encode()))
