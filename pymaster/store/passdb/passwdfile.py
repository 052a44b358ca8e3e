"""passwdfile - `user:{SCHEME}hash:uid:gid:gecos:home:shell:extra fields`, as Dovecot's passwd-file, read again when it changes.

Extra fields are `name=value` words: `nologin`, `allow_nets=`, `user=`, and `userdb_mail=`, `userdb_quota_rule=` and
the like for the user lookup. Fields from the left may be missing at the end of a line; `#` begins a comment.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field

from pymaster.store.passdb import schemes
from pymaster.store.passdb.contract import DISABLED, MISMATCH, OK, TEMPORARY, UNKNOWN, Client, Found
from pymaster.util import log

MAX_FILE = 64 << 20


@dataclass(slots=True)
class Entry:
    """One user."""

    stored: str
    fields: dict[str, str] = field(default_factory=dict)


def parse(text: str) -> dict[str, Entry]:
    """The users of a file's text; lines that make no sense are left out."""
    found: dict[str, Entry] = {}
    for line in text.split("\n"):
        line = line.rstrip("\r")
        if not line or line.startswith("#"):
            continue
        # A hash may hold no colon, an extra field may: the first seven split, the rest is one.
        parts = line.split(":", 7)
        parts += [""] * (8 - len(parts))
        if not parts[0]:
            continue
        fields = {
            name: value
            for name, value in zip(("uid", "gid", "home"), (parts[2], parts[3], parts[5]), strict=True)
            if value
        }
        for word in parts[7].split(" "):
            name, equals, value = word.partition("=")
            if name:
                fields[name] = value if equals else "yes"
        found[parts[0]] = Entry(parts[1], fields)
    return found


class PasswdFile:
    """One file."""

    needs_root = False
    tells = True
    modules: tuple[str, ...] = ()

    def __init__(self, path: str, *, allow_weak: bool = False, lower: bool = False) -> None:
        self.path, self.name = path, f"passwd-file:{path}"
        self.files: tuple[str, ...] = (path,)
        self._weak, self._lower = allow_weak, lower
        self._stamp: tuple[int, int, int] | None = None
        self._entries: dict[str, Entry] = {}
        # A stored password like most others: an unknown user is checked against it, so that it takes as long.
        self._typical = ""

    def _read(self) -> str:
        """Read the file if it changed; returns why it cannot be used, "" when it can."""
        try:
            found = os.stat(self.path)
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if stamp == self._stamp:
                return ""
            with open(self.path, encoding="utf-8", errors="surrogateescape") as file:
                text = file.read(MAX_FILE + 1)
        except OSError as exc:
            return f"{self.path}: {exc.strerror}"
        if len(text) > MAX_FILE:
            return f"{self.path}: too large"
        entries = parse(text)
        self._entries = {name.lower(): entry for name, entry in entries.items()} if self._lower else entries
        self._typical = typical([entry.stored for entry in self._entries.values()])
        self._stamp = stamp
        return ""

    def _entry(self, user: str) -> Entry | Found:
        trouble = self._read()
        if trouble:
            log.warning(trouble)
            return Found(TEMPORARY, trouble)
        entry = self._entries.get(user)
        return entry if entry is not None else Found(UNKNOWN, "unknown user")

    def verify(self, user: str, password: bytes, client: Client) -> Found:
        """Whether the password is right."""
        entry = self._entry(user)
        if isinstance(entry, Found):
            if entry.state == UNKNOWN and self._typical:
                check(password, self._typical, self._weak)
            return entry
        return judge(password, entry.stored, entry.fields, self._weak)

    def secret(self, user: str, scheme: str, salt: bytes = b"") -> Found:
        """The secret in a form."""
        entry = self._entry(user)
        if isinstance(entry, Found):
            return entry
        return offer(entry.stored, entry.fields, scheme, salt)

    def lookup(self, user: str) -> Found:
        """uid, gid, home and userdb fields."""
        entry = self._entry(user)
        return entry if isinstance(entry, Found) else Found(OK, fields=userdb(entry.fields))


def typical(stored: list[str]) -> str:
    """A stored password of the commonest kind and cost; "" when there is none."""
    kinds = Counter([kind(item) for item in stored if item])
    if not kinds:
        return ""
    wanted = kinds.most_common(1)[0][0]
    return next(item for item in stored if item and kind(item) == wanted)


def kind(stored: str) -> str:
    """Scheme and cost of a stored password, without salt and hash."""
    scheme, _, data = schemes.split(stored)
    parts = data.split("$")
    return scheme + "$".join(parts[:-2]) if len(parts) > 3 else scheme


def check(password: bytes, stored: str, weak: bool) -> bool | None:
    """`schemes.verify`, with None for what cannot be used."""
    try:
        return schemes.verify(password, stored, allow_weak=weak)
    except schemes.BadScheme as exc:
        log.warning(f"stored password: {exc}")
        return None


def judge(password: bytes, stored: str, fields: dict[str, str], weak: bool) -> Found:
    """The word on a password and a user whose stored password is known."""
    if not stored:
        return Found(MISMATCH, "no password set")
    right = check(password, stored, weak)
    if not right:
        return Found(MISMATCH, "stored password cannot be used" if right is None else "password mismatch")
    if "nologin" in fields:
        return Found(DISABLED, "nologin", fields)
    return Found(OK, fields=fields)


def offer(stored: str, fields: dict[str, str], scheme: str, salt: bytes = b"") -> Found:
    """The word on a secret of a user whose stored password is known."""
    if "nologin" in fields:
        return Found(DISABLED, "nologin", fields)
    secret = schemes.secret(stored, scheme, salt) if stored and scheme else None
    if secret is None:
        return Found(MISMATCH, f"password is not stored as {scheme}", fields)
    return Found(OK, fields=fields, secret=secret)


def userdb(fields: dict[str, str]) -> dict[str, str]:
    """The fields of the user lookup, without their prefix."""
    plain = {name: value for name, value in fields.items() if name in ("uid", "gid", "home")}
    return plain | {name[7:]: value for name, value in fields.items() if name.startswith("userdb_")}
