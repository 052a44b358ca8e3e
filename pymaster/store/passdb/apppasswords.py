"""apppasswords - passwords for single programs: several a user, each with a name and a scope, known when last used, revocable.

The file is one line each, `user:name:{SCHEME}hash:scope:created:used`, scope a comma list of imap, pop3, smtp or `*`, times
in Unix seconds. It is rewritten under a lock and renamed into place. Passwords are made here with 100 random bits, so a
quick salted digest is as good as a slow one. A file that cannot be written loses the time of last use and nothing else.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from pymaster.store.passdb import schemes
from pymaster.store.passdb.contract import MISMATCH, OK, TEMPORARY, UNKNOWN, Client, Found
from pymaster.util import log
from pymaster.util.clock import SYSTEM, Clock

MAX_FILE = 16 << 20
# How exact the time of last use is, in seconds.
GRAIN = 3600.0
# Passwords of one user that are tried.
MAX_EACH = 50
SCHEME = "SSHA256"
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_NAME = re.compile(r"[^:\x00-\x1f\x7f]{1,100}")
_SCOPES = frozenset(("*", "imap", "pop3", "smtp"))
_NUMBER = re.compile(r"[0-9]{1,12}")


class Bad(Exception):
    """What was asked for makes no sense; the text is for a person."""


@dataclass(slots=True, frozen=True)
class AppPassword:
    """One line. Times are seconds; `used` 0 is never."""

    user: str
    name: str
    stored: str
    scope: tuple[str, ...]
    created: int
    used: int = 0

    def line(self) -> str:
        """The line, with its end."""
        return f"{self.user}:{self.name}:{self.stored}:{','.join(self.scope)}:{self.created}:{self.used}\n"


def parse(text: str) -> list[AppPassword]:
    """The lines of a file; those that make no sense are left out."""
    found = []
    for line in text.split("\n"):
        parts = line.split(":")
        if len(parts) == 6 and not line.startswith("#") and all(_NUMBER.fullmatch(part) for part in parts[4:]):
            scope = tuple(word for word in parts[3].split(",") if word)
            found.append(AppPassword(parts[0], parts[1], parts[2], scope, int(parts[4]), int(parts[5])))
    return found


def plain(password: bytes) -> bytes:
    """A password as it was made: people copy it with the dashes, or with blanks in their place."""
    return password.replace(b"-", b"").replace(b" ", b"")


class AppPasswords:
    """The file; as a back end, and for the command that keeps it."""

    needs_root = False
    tells = False
    modules: tuple[str, ...] = ()

    def __init__(self, path: str, clock: Clock = SYSTEM) -> None:
        self.path, self.name, self._clock = path, "app-password", clock
        # An absent file is an empty one.
        self.files: tuple[str, ...] = (path,) if os.path.exists(path) else ()
        self._stamp: tuple[int, int, int] | None = None
        self._lines: list[AppPassword] = []

    # As a back end.

    def verify(self, user: str, password: bytes, client: Client) -> Found:
        """Whether it is one of the user's."""
        try:
            self._read()
        except OSError as exc:
            log.warning(f"{self.path}: {exc.strerror}")
            return Found(TEMPORARY, f"{self.path}: {exc.strerror}")
        own = [item for item in self._lines if item.user == user][:MAX_EACH]
        word = plain(password)
        for item in own:
            if not ({"*", client.service} & set(item.scope)):
                continue
            with contextlib.suppress(schemes.BadScheme):
                if schemes.verify(word, item.stored):
                    self._touch(item)
                    return Found(OK, fields={"app": item.name})
        return Found(UNKNOWN, "unknown user") if not own else Found(MISMATCH, "password mismatch")

    def secret(self, user: str, scheme: str, salt: bytes = b"") -> Found:
        """Not told."""
        return Found(UNKNOWN)

    def lookup(self, user: str) -> Found:
        """Nothing."""
        return Found(UNKNOWN)

    def _read(self) -> None:
        """Read the file if it changed; raises OSError."""
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            self._lines, self._stamp = [], None
            return
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        if stamp != self._stamp:
            with open(self.path, encoding="utf-8", errors="surrogateescape") as file:
                self._lines = parse(file.read(MAX_FILE))
            self._stamp = stamp

    def _touch(self, item: AppPassword) -> None:
        now = self._clock.now()
        if now - item.used < GRAIN:
            return
        try:
            self._change(lambda lines: [_used(line, item, int(now)) for line in lines])
        except OSError as exc:
            log.debug(f"{self.path}: {exc.strerror}")

    # For the command.

    def entries(self, user: str = "") -> list[AppPassword]:
        """All, or one user's; raises OSError."""
        self._read()
        return [item for item in self._lines if not user or item.user == user]

    def add(self, user: str, name: str, scope: tuple[str, ...] = ("*",)) -> str:
        """Make one and return the password, which is told only now; raises Bad, OSError."""
        if not _NAME.fullmatch(name) or not user or ":" in user:
            raise Bad("a name has 1 to 100 characters and no colon")
        if not scope or not _SCOPES.issuperset(scope):
            raise Bad("a scope is imap, pop3, smtp or *")
        letters = "".join([secrets.choice(_LETTERS) for _ in range(20)])
        made = AppPassword(user, name, schemes.make(SCHEME, letters.encode()), scope, int(self._clock.now()))

        def insert(lines: list[AppPassword]) -> list[AppPassword]:
            own = [line for line in lines if line.user == user]
            if any(line.name == name for line in own) or len(own) >= MAX_EACH:
                raise Bad(f"{user} has one called {name}" if len(own) < MAX_EACH else f"{user} has {MAX_EACH} already")
            return [*lines, made]

        self._change(insert)
        return "-".join([letters[at : at + 5] for at in range(0, 20, 5)])

    def revoke(self, user: str, name: str) -> bool:
        """Take one away; whether there was one. Raises OSError."""
        before = len(self.entries(user))
        self._change(lambda lines: [line for line in lines if (line.user, line.name) != (user, name)])
        return len(self.entries(user)) < before

    def _change(self, change: Callable[[list[AppPassword]], list[AppPassword]]) -> None:
        """Rewrite the file; raises OSError and what `change` raises."""
        with self._locked():
            self._stamp = None
            self._read()
            mode, owner = 0o600, None
            with contextlib.suppress(FileNotFoundError):
                found = os.stat(self.path)
                mode, owner = found.st_mode & 0o777, (found.st_uid, found.st_gid)
            if owner is None:
                folder = os.stat(os.path.dirname(self.path))
                owner = (folder.st_uid, folder.st_gid)
            lines = change(self._lines)
            temporary = f"{self.path}.{os.getpid()}.tmp"
            fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
            try:
                with open(fd, "w", encoding="utf-8", errors="surrogateescape") as file:
                    if os.geteuid() == 0:
                        # The checkers read it as the mail system's owner, to whom the folder belongs.
                        os.fchown(file.fileno(), *owner)
                    file.write("".join([line.line() for line in lines]))
                    file.flush()
                    os.fsync(file.fileno())
                os.rename(temporary, self.path)
            except BaseException:
                os.unlink(temporary)
                raise
            self._stamp = None

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        fd = os.open(os.path.dirname(self.path) or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            yield
        finally:
            os.close(fd)


def _used(line: AppPassword, item: AppPassword, now: int) -> AppPassword:
    return replace(line, used=now) if (line.user, line.name) == (item.user, item.name) else line
