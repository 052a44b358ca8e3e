"""handed - what a POP3 session is handed: a byte stream, an account, locks and threads; the same as IMAP's, and less."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from pymaster.dialog.imapd.handed import Client
from pymaster.dialog.pop3d.settings import Settings
from pymaster.store.mailbox.contract import Account, Mailbox
from pymaster.util.clock import SYSTEM, Clock

T = TypeVar("T")


class Io(Protocol):
    """A connected stream (`runtime.mailstream.MailStream`)."""

    def recv(self, deadline: float) -> bytes:
        """The next bytes, b"" at the end. Raises DeadlineExceeded, ConnectionLost, Woken."""

    def send(self, data: bytes | memoryview, deadline: float) -> None:
        """Send all. Raises DeadlineExceeded, ConnectionLost."""


def _inline(function: Callable[..., T], *arguments: Any) -> T:
    return function(*arguments)


def _no_lock(mailbox: Mailbox) -> AbstractContextManager[Any]:
    return nullcontext()


def _nothing() -> None:
    return None


@dataclass(slots=True)
class World:
    """One process's share of everything.

    `run(function, *arguments)` calls it in a thread of the system while other sessions go on; `lock(mailbox)` is held around
    every call that changes or refreshes a mailbox; `changed(mailbox)` tells other sessions of a new state. `reserve()` asks
    for the one POP3 session of this user (pop3_lock_session): None when there is one, else what gives it back.
    """

    settings: Settings
    account: Account
    clock: Clock = SYSTEM
    run: Callable[..., Any] = _inline
    lock: Callable[[Mailbox], AbstractContextManager[Any]] = _no_lock
    changed: Callable[[Mailbox], None] = lambda mailbox: None
    reserve: Callable[[], Callable[[], None] | None] = lambda: _nothing
    sleep: Callable[[float], None] = lambda seconds: None


__all__ = ["Client", "Io", "World"]
