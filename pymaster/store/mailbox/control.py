"""control - an account's small files: subscriptions, UIDVALIDITY, rights, and the rest in one file of ours.

`subscriptions` and `dovecot-acl` are Dovecot's, so that a site keeps them when it moves; `dovecot-uidvalidity` makes
UIDVALIDITY rise for ever. Special uses, annotations, limits are in `pymaster.account` (JSON). Every file is replaced by
rename and flushed, under a lock on the folder of control files.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
from collections.abc import Iterator
from typing import Any

from pymaster.proto.imap.utf7 import decode_utf7, encode_utf7
from pymaster.store.mailbox.folders import escape, unescape
from pymaster.store.mailbox.frames import read_from, write_all
from pymaster.store.mailbox.index import lock
from pymaster.store.mailbox.plainfile import open_plain, set_aside
from pymaster.util import log
from pymaster.util.clock import Clock

SUBSCRIPTIONS, VALIDITY, ACCOUNT, ACL = "subscriptions", "dovecot-uidvalidity", "pymaster.account", "dovecot-acl"
_LOCK = "pymaster.lock"
MAX_FILE = 64 << 20
MAX_UIDVALIDITY = (1 << 32) - 1
_VERSION_2 = b"V\t2\n\n"
_TABS = {b"1": b"\t", b"r": b"\r", b"n": b"\n", b"0": b"\0", b"t": b"\t"}


class Control:
    """The control files of one account in a held folder. `subscriptions_file`: its name, seen from there."""

    subscriptions_file = SUBSCRIPTIONS

    def __init__(self, dir_fd: int, path: str, separators: tuple[str, str], clock: Clock) -> None:
        """Owns `dir_fd`. `separators`: of names, and of names in `subscriptions` (the format's own)."""
        self._dir, self._path, self._clock = dir_fd, path, clock
        self._separator, self._stored = separators
        self._account: tuple[tuple[int, int], dict[str, Any]] = ((-1, 0), {})

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Be the one that changes control files. Not to be nested."""
        fd = open_plain(self._dir, _LOCK, os.O_RDWR | os.O_CREAT)
        try:
            lock(fd, fcntl.F_WRLCK)
            yield
        finally:
            os.close(fd)

    # Subscriptions.

    def subscriptions(self) -> list[str]:
        """Subscribed names in the file's order."""
        return [name for name in map(self._decoded, self._lines()[1]) if name is not None]

    def subscribe(self, name: str, *, on: bool) -> None:
        """Add or remove one; durable."""
        with self.locked():
            second, lines = self._lines()
            names = [self._decoded(line) for line in lines]
            if on == (name in names):
                return
            if on:
                lines.append(self._encoded(name, second=second))
            else:
                lines = [line for line, each in zip(lines, names, strict=True) if each != name]
            self._replace(
                self.subscriptions_file, (_VERSION_2 if second else b"") + b"".join([line + b"\n" for line in lines])
            )

    def _lines(self) -> tuple[bool, list[bytes]]:
        data = self._read(self.subscriptions_file)
        if not data:
            return True, []
        second = data.startswith(_VERSION_2)
        return second, [line for line in data[len(_VERSION_2) if second else 0 :].split(b"\n") if line]

    def _decoded(self, line: bytes) -> str | None:
        # Version 2 has tabs between levels, version 1 the separator; either way modified UTF-7.
        levels = line.split(b"\t") if b"\t" in line else line.split(self._stored.encode())
        try:
            texts = [decode_utf7(re.sub(rb"\x01(.)", _untabbed, level)) for level in levels]
        except ValueError:
            return None
        return self._separator.join([unescape(each, self._separator, self._stored) for each in texts])

    def _encoded(self, name: str, *, second: bool) -> bytes:
        levels = [escape(each, self._separator, self._stored) for each in name.split(self._separator)]
        return (b"\t" if second else self._stored.encode()).join([encode_utf7(each) for each in levels])

    # UIDVALIDITY.

    def next_validity(self) -> int:
        """A UIDVALIDITY above any that the account ever had; durable."""
        with self.locked():
            found = re.fullmatch(rb"([0-9a-fA-F]{1,8})\n?", self._read(VALIDITY))
            last, now = int(found[1], 16) if found else 0, int(self._clock.now())
            if last >= MAX_UIDVALIDITY:
                log.warning(f"{self._path}/{VALIDITY}: no number left, it begins anew")
                last = 0
            value = max(last + 1, min(now, MAX_UIDVALIDITY))
            self._replace(VALIDITY, b"%08x" % value)
            # Dovecot keeps the same number in the name of an empty file.
            with contextlib.suppress(FileNotFoundError):
                os.rename(
                    f"{VALIDITY}.{last:08x}", f"{VALIDITY}.{value:08x}", src_dir_fd=self._dir, dst_dir_fd=self._dir
                )
        return value

    # Everything of ours.

    def account(self) -> dict[str, Any]:
        """Our own settings; to be changed only by `change`."""
        try:
            found = os.stat(ACCOUNT, dir_fd=self._dir, follow_symlinks=False)
            key = (found.st_ino, found.st_mtime_ns)
        except FileNotFoundError:
            key = (0, 0)
        if key != self._account[0]:
            self._account = (key, self._parsed() if key[0] else {})
        return self._account[1]

    def _parsed(self) -> dict[str, Any]:
        try:
            return sound(json.loads(self._read(ACCOUNT)))
        except (ValueError, RecursionError) as exc:
            set_aside(self._dir, ACCOUNT, f"damaged ({str(exc)[:100]})")
            return {}

    @contextlib.contextmanager
    def change(self) -> Iterator[dict[str, Any]]:
        """Change our settings: what the block makes of them is written when it ends well; durable."""
        with self.locked():
            settings = json.loads(json.dumps(self.account()))
            before = json.dumps(settings)
            yield settings
            text = json.dumps(settings)
            if text != before:
                self._replace(ACCOUNT, text.encode())

    # Files.

    def _read(self, name: str) -> bytes:
        return read_small(self._dir, name)

    def _replace(self, name: str, data: bytes) -> None:
        replace_small(self._dir, name, data)

    def close(self) -> None:
        """Give the folder back."""
        os.close(self._dir)


def sound(found: Any) -> dict[str, Any]:
    """What `pymaster.account` holds, if it has the form that we give it; raises ValueError."""
    if type(found) is not dict or any(type(each) not in (dict, list) for each in found.values()):
        raise ValueError("not an object of objects")
    quota = found.get("quota", [0, 0])
    if type(quota) is not list or len(quota) != 2 or any(type(each) is not int for each in quota):
        raise ValueError("quota is not two numbers")
    if not _texts(found.get("made", [])):
        raise ValueError("made is no list of names")
    special = found.get("special", {})
    if type(special) is not dict or not all(_texts(uses) for uses in special.values()):
        raise ValueError("special is no table of uses")
    metadata = found.get("metadata", {})
    if type(metadata) is not dict or not all(_annotations(each) for each in metadata.values()):
        raise ValueError("metadata is no table of annotations")
    return found


def _texts(found: Any) -> bool:
    return type(found) is list and all(type(each) is str for each in found)


def _annotations(found: Any) -> bool:
    # Octets are kept as the characters of these numbers.
    return type(found) is dict and all(
        type(value) is str and max(value, default="") < "\u0100" for value in found.values()
    )


def _untabbed(found: re.Match[bytes]) -> bytes:
    return _TABS.get(found[1], found[1])


def read_small(dir_fd: int, name: str) -> bytes:
    """A small file, b"" when there is none. Raises OSError."""
    try:
        fd = open_plain(dir_fd, name, os.O_RDONLY)
    except FileNotFoundError:
        return b""
    try:
        return read_from(fd, 0, MAX_FILE)
    finally:
        os.close(fd)


def replace_small(dir_fd: int, name: str, data: bytes) -> None:
    """Replace a small file; durable. Raises OSError."""
    fd = open_plain(dir_fd, f"{name}.tmp", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        write_all(fd, data)
        os.fsync(fd)
    finally:
        os.close(fd)
    os.rename(f"{name}.tmp", name, src_dir_fd=dir_fd, dst_dir_fd=dir_fd)
    os.fsync(dir_fd)


_IDENTIFIER = re.compile(r'(-?)(?:"([^"\n]*)"|([^ "\n]+))(?: ([a-z]*))?')


def parse_acl(data: bytes, owner: str) -> dict[str, str]:
    """Rights by RFC 4314 identifier, of a `dovecot-acl` file."""
    found: dict[str, str] = {}
    for line in data.decode("utf-8", "replace").split("\n"):
        match = _IDENTIFIER.fullmatch(line.strip(" \t\r"))
        if match is None:
            continue
        sign, quoted, plain, rights = match.groups()
        identifier = _name_of(quoted if quoted is not None else plain, owner)
        if identifier is not None:
            found[sign + identifier] = rights or ""
    return found


def _name_of(text: str, owner: str) -> str | None:
    kind, equals, name = text.partition("=")
    if not equals:
        return {"owner": owner, "anyone": "anyone", "authenticated": "authenticated"}.get(kind)
    return {"user": name, "group": f"${name}"}.get(kind)


def acl_text(rights: dict[str, str], owner: str) -> bytes:
    """A `dovecot-acl` file."""
    lines = []
    for identifier, letters in sorted(rights.items()):
        sign, name = ("-", identifier[1:]) if identifier.startswith("-") else ("", identifier)
        if name == owner:
            name = "owner"
        elif name.startswith("$"):
            name = f"group={name[1:]}"
        elif name not in ("anyone", "authenticated"):
            name = f"user={name}"
        shown = f'"{name}"' if " " in name else name
        lines.append(f"{sign}{shown} {letters}\n")
    return "".join(lines).encode()
