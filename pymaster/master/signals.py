"""signals - signals as a queue: handlers do nothing but append, and the loop is woken by a byte."""

import selectors
import signal
import socket
from collections import deque
from typing import Any

CAUGHT = ("SIGHUP", "SIGTERM", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGCHLD")


class Signals:
    """The signals that arrived and are not handled yet."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self.queue: deque[int] = deque()
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.theirs.setblocking(False)
        selector.register(self.ours, selectors.EVENT_READ, self.drain)

    def catch(self) -> None:
        """Install the handlers."""
        signal.set_wakeup_fd(self.theirs.fileno(), warn_on_full_buffer=False)
        for name in CAUGHT:
            signal.signal(getattr(signal, name), self.on_signal)

    def on_signal(self, number: int, _frame: Any) -> None:
        """The handler."""
        self.queue.append(number)

    def drain(self) -> None:
        """Take the bytes that only woke the loop."""
        try:
            self.ours.recv(4096)
        except BlockingIOError:
            return  # taken together with an earlier one

    def take(self) -> list[int]:
        """The signals since the last call, in order."""
        found = []
        while self.queue:
            found.append(self.queue.popleft())
        return found


def forget(selector: selectors.BaseSelector, what: Any) -> None:
    """Take something out of a selector, if it is in."""
    try:
        selector.unregister(what)
    except (KeyError, ValueError):
        return  # not in, or closed
