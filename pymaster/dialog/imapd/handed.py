"""handed - what an IMAP session is handed: a byte stream, an account, locks, threads and news of changes.

The dialog waits only through these, so tests run it with fakes and time by hand. Deadlines are monotonic seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from pymaster.dialog.imapd.settings import Settings
from pymaster.store.mailbox.contract import Account, Mailbox
from pymaster.util.clock import SYSTEM, Clock
from pymaster.util.errors import Woken

T = TypeVar("T")


class Io(Protocol):
    """A connected stream (`runtime.mailstream.MailStream`)."""

    def recv(self, deadline: float) -> bytes:
        """The next bytes, b"" at the end. Raises DeadlineExceeded, ConnectionLost, Woken."""

    def send(self, data: bytes | memoryview, deadline: float) -> None:
        """Send all. Raises DeadlineExceeded, ConnectionLost."""

    def wake(self) -> None:
        """Have the `recv` that waits, or the next one, raise Woken."""


def _inline(function: Callable[..., T], *arguments: Any) -> T:
    return function(*arguments)


def _no_lock(mailbox: Mailbox) -> AbstractContextManager[Any]:
    return nullcontext()


def _no_news(paths: list[str], callback: Callable[[], None]) -> Callable[[], None]:
    return lambda: None


@dataclass(slots=True)
class World:
    """One process's share of everything.

    `run(function, *arguments)` calls it in a thread of the system while other sessions go on: for work that reads or
    parses many messages or waits for the disk. `lock(mailbox)` is held around every call that changes or refreshes a
    mailbox. `watch(paths, callback)` calls back (must not block) after changes there, until the returned function is called.
    `changed(mailbox)` tells the other sessions of this process that a mailbox has a new state; `follow(mailbox, callback)`
    is the other side of it. `who(user, number)` answers whether the user may have one more session.
    """

    settings: Settings
    account: Account
    clock: Clock = SYSTEM
    sleep: Callable[[float], None] = lambda seconds: None
    run: Callable[..., Any] = _inline
    lock: Callable[[Mailbox], AbstractContextManager[Any]] = _no_lock
    watch: Callable[[list[str], Callable[[], None]], Callable[[], None]] = _no_news
    follow: Callable[[Mailbox, Callable[[], None]], Callable[[], None]] = lambda mailbox, callback: lambda: None
    changed: Callable[[Mailbox], None] = lambda mailbox: None


@dataclass(slots=True)
class Client:
    """Who the session is with, for the log and for ID. `number` is the session's number for the log."""

    user: str
    address: str = ""
    local: str = ""
    tls: bool = False
    session: str = ""
    number: int = 0
    method: str = ""


__all__ = ["Client", "Io", "Woken", "World"]
