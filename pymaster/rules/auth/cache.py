"""cache - logins that were checked a moment ago: hashing is dear on purpose, and webmail logs in for every page.

The key is a keyed digest of user and password, with a key that lives as long as the process: neither can be read out of a
memory dump, nor tried by hand. When another password of the user turns out right, earlier ones are forgotten: it was
changed. A wrong password is remembered for a short time only, for it may be right soon.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass, field

from pymaster.util.clock import SYSTEM, Clock


@dataclass(slots=True)
class Entry:
    """What is known of one password of `login`. `user` is the name a back end made of it; `fields` are that back end's."""

    right: bool
    login: str
    user: str
    until: float
    fields: dict[str, str] = field(default_factory=dict)


class Cache:
    """One process's cache."""

    def __init__(self, size: int, ttl: float, negative_ttl: float, clock: Clock = SYSTEM) -> None:
        self._size, self._ttl, self._negative, self._clock = size, ttl, negative_ttl, clock
        self._secret = os.urandom(32)
        self._entries: dict[bytes, Entry] = {}
        # Login name -> keys of its right passwords.
        self._right: dict[str, set[bytes]] = {}
        self.hits = self.misses = 0

    def key(self, login: str, password: bytes, *scope: str) -> bytes:
        """The key of a user and password for a service."""
        parts = [login.encode("utf-8", "surrogateescape"), *[word.encode() for word in scope], password]
        framed = b"".join([len(part).to_bytes(4, "big") + part for part in parts])
        return hmac.digest(self._secret, framed, "sha256")

    def get(self, key: bytes) -> Entry | None:
        """What is known, or None."""
        entry = self._entries.get(key)
        if entry is None or entry.until <= self._clock.monotonic():
            self.misses += 1
            return None
        self.hits += 1
        return entry

    def put(self, key: bytes, login: str, *, right: bool, user: str = "", fields: dict[str, str] | None = None) -> None:
        """Remember an answer of a back end."""
        ttl = self._ttl if right else self._negative
        if not self._size or not ttl:
            return
        known = fields or {}
        # App passwords stand beside the user's own; any other right password means that it was changed.
        if right and "app" not in known:
            for old in [item for item in self._right.get(login, ()) if item != key]:
                if "app" not in self._entries[old].fields:
                    self._drop(old, login)
        self._entries.pop(key, None)
        self._entries[key] = Entry(right, login, user or login, self._clock.monotonic() + ttl, known)
        if right:
            self._right.setdefault(login, set()).add(key)
        while len(self._entries) > self._size:
            self._forget_oldest()

    def _drop(self, key: bytes, login: str) -> None:
        self._entries.pop(key, None)
        keys = self._right.get(login)
        if keys is not None:
            keys.discard(key)
            if not keys:
                del self._right[login]

    def _forget_oldest(self) -> None:
        oldest = next(iter(self._entries))
        self._drop(oldest, self._entries[oldest].login)

    def forget(self, login: str) -> int:
        """Forget the right passwords of a user; how many."""
        keys = list(self._right.get(login, ()))
        for key in keys:
            self._drop(key, login)
        return len(keys)

    def flush(self) -> int:
        """Forget everything; how many."""
        count = len(self._entries)
        self._entries.clear()
        self._right.clear()
        return count

    def sweep(self) -> None:
        """Forget what is over."""
        now = self._clock.monotonic()
        over = {key for key, entry in self._entries.items() if entry.until <= now}
        for key in over:
            del self._entries[key]
        for login, keys in list(self._right.items()):
            keys -= over
            if not keys:
                del self._right[login]
