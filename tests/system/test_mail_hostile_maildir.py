"""Files of a Maildir that were damaged, cut, lost, or replaced by something else, while sessions run and between them.

What can be made again is made again, what cannot is set aside, with a line in the log. No UID ever names other bytes, and
nothing outside of the user's folder is opened or changed.
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
USERS = [f"u{n}" for n in range(130)]
DAMAGES: list[Callable[[Folder, Path], None]] = [missing, emptied, cut, garbage, replaced, link, directory, pipe]
FILES = ["pymaster.index", "pymaster.log", "pymaster.cache", "dovecot-uidlist", "dovecot-keywords", "subscriptions",
         "pymaster.account", "dovecot-uidvalidity", "dovecot-acl", "pymaster.lock"]  # fmt: skip


@pytest.fixture(scope="module")
def mail() -> Iterator[Hostile]:
    with Hostile(("second", *USERS)) as system:
        yield system
        text = system.log_text() + system.errors()
        assert "Traceback" not in text, text[text.index("Traceback") - 500 :][:3000]
        told = Counter(re.findall(r"/mail/([a-z0-9]+)[./].*set aside", text))
        assert told and max(told.values()) <= 2, "what was set aside is told of once"


@pytest.fixture(scope="module")
def neighbour(mail: Hostile) -> Iterator[Bystander]:
    with Bystander(mail) as bystander:
        yield bystander


def fill(mail: Hostile) -> tuple[Folder, Known]:
    """A new user's Maildir with some messages and every control file."""
    folder, known = Folder(mail, USERS.pop()), Known()
    with Wire(mail.imap) as wire:
        wire.login(folder.user)
        for n in range(COUNT):
            assert wire.append(message(f"m{n}")).startswith(b"a OK")
        for command in (b"SELECT INBOX", b"UID STORE 1:* +FLAGS (alpha beta)", b"SUBSCRIBE INBOX",
                        b'SETMETADATA INBOX (/private/comment "x")'):  # fmt: skip
            assert wire.say(command).startswith(b"t OK")
        known.look(wire)
    (folder.path / "dovecot-acl").write_text("owner lrswipkxtea\n")
    folder.own(folder.path / "dovecot-acl")
    return folder, known


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("name", FILES)
def test_a_file_of_a_maildir(
    mail: Hostile, neighbour: Bystander, name: str, damage: Callable[[Folder, Path], None]
) -> None:
    """While a session has the mailbox selected, and for a new one beside it."""
    folder, known = fill(mail)
    path = folder.path / name
    assert path.exists(), name
    with Wire(mail.imap) as old, bounded(mail, neighbour, "mailbox"):
        old.login(folder.user)
        before = known.look(old)
        damage(folder, path)
        everything(old)
        for _ in range(2):
            with Wire(mail.imap) as new:
                everything(new.login(folder.user), known)
                assert set(before.values()) <= set(known.look(new).values())
        known.look(new_session := Wire(mail.imap).login(folder.user))
        new_session.close()
    folder.untouched()


@pytest.mark.parametrize("damage", [missing, garbage, cut, link], ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("name", FILES)
def test_a_file_of_a_maildir_before_the_worker_starts(
    mail: Hostile, name: str, damage: Callable[[Folder, Path], None]
) -> None:
    folder, known = fill(mail)
    with Wire(mail.imap) as wire:
        before = known.look(wire.login(folder.user))
    stop_workers(mail)
    damage(folder, folder.path / name)
    for _ in range(2):
        with Wire(mail.imap) as wire:
            everything(wire.login(folder.user), known)
            assert set(before.values()) <= set(known.look(wire).values())
        with Wire(mail.pop3) as pop:
            pop.pop_login(folder.user)
            assert pop.ask(b"UIDL").startswith(b"+OK")
            assert len(pop.listing()) >= len(before)
        stop_workers(mail)
    folder.untouched()
