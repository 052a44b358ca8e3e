"""contract - what every back end of passwords and users can do. Calls block; they run in authd's checkers alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from pymaster.model.authtask import DISABLED, EXPIRED, MISMATCH, OK, TEMPORARY, UNKNOWN

__all__ = ["DISABLED", "EXPIRED", "MISMATCH", "OK", "TEMPORARY", "UNKNOWN", "Backend", "Client", "Found"]


@dataclass(slots=True, frozen=True)
class Client:
    """Who asks: service (imap, pop3, smtp) and the address of the client."""

    service: str = ""
    address: str = ""


@dataclass(slots=True)
class Found:
    """A back end's word: a state of model.authtask, extra fields (`user`, `nologin`, `allow_nets`, `userdb_*`), a reason
    for the log, and for `secret` the secret."""

    state: str
    reason: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    secret: str = ""


class Backend(Protocol):
    """One entry of auth_passdb."""

    name: str
    # Whether it must stay root to answer, and the files that it must be able to read else.
    needs_root: bool
    files: tuple[str, ...]
    # Whether `lookup` knows its users from others.
    tells: bool
    # What the process that asks has to import before it gives up its rights, and no other process need.
    modules: tuple[str, ...]

    def verify(self, user: str, password: bytes, client: Client) -> Found:
        """Whether the password is right. An unknown user costs as much as a known one."""

    def secret(self, user: str, scheme: str, salt: bytes = b"") -> Found:
        """The stored secret for a challenge mechanism; MISMATCH when it is stored in another form, as it always is
        for scheme "": so it is asked whether the user may log in at all. Keys that are made of a password in clear get `salt`."""

    def lookup(self, user: str) -> Found:
        """What is known of the user besides passwords: uid, gid, home, mail, quota_rule. UNKNOWN passes to the next."""
