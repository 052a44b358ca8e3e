"""A configuration with one user whose mail lies in a folder of its own; works as root and as anybody."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pymaster.commands import pymaster
from pymaster.model.mailplace import MAILDIR, MBOX, MailPlace

NOBODY = 65534


class Owned:
    """`call(...)` runs pymaster(1) on it; `place` is where the mail lies."""

    def __init__(self, root: Path, kind: str) -> None:
        self.root = root
        self.uid, self.gid = (NOBODY, NOBODY) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
        self.home = root / "home"
        self.home.mkdir()
        mail = f"maildir:{self.home}/Maildir" if kind == MAILDIR else f"mbox:{self.home}/mail"
        if kind == MAILDIR:
            for part in ("cur", "new", "tmp"):
                (self.home / "Maildir" / part).mkdir(parents=True)
        else:
            (self.home / "mail").mkdir()
        (root / "users").write_text(f"bob:{{PLAIN}}x:{self.uid}:{self.gid}::{self.home}::userdb_mail={mail}\n")
        (root / "main.cf").write_text(
            f"compatibility_level = 3.10\nqueue_directory = {root}/queue\ndata_directory = {root}/data\n"
            f"auth_passdb = passwd-file:{root}/users\nmyhostname = mail.example\nmydestination =\n"
        )
        self.own()

    def own(self) -> None:
        """Everything in the home belongs to its user."""
        if os.geteuid() == 0:
            for path in [self.home, *self.home.rglob("*")]:
                os.chown(path, self.uid, self.gid)

    def call(self, *words: str) -> int:
        return pymaster.main([words[0], "-c", str(self.root), *words[1:]])


def made(kind: str) -> Iterator[Owned]:
    root = Path(tempfile.mkdtemp(prefix="pymaster-test-"))
    root.chmod(0o755)
    try:
        yield Owned(root, kind)
    finally:
        shutil.rmtree(root)


@pytest.fixture(params=[MAILDIR, MBOX])
def owned(request: pytest.FixtureRequest) -> Iterator[Owned]:
    yield from made(request.param)


@pytest.fixture
def maildir() -> Iterator[Owned]:
    yield from made(MAILDIR)


def place(uid: int, kind: str = MAILDIR, inbox: str = "/nowhere/inbox") -> MailPlace:
    return MailPlace("bob", uid, uid, "/nowhere", kind, inbox, inbox)
