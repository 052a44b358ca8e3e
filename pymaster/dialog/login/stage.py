"""stage - what the login stages of POP3 and IMAP have in common: output, input, turns, and what is safe to say."""

from __future__ import annotations

from typing import Protocol

from pymaster.dialog.login.handed import About, LoggedIn, LoginIo, World
from pymaster.dialog.login.shared import note_tls, offered
from pymaster.util.errors import ConnectionLost, DeadlineExceeded

# So many commands of one batch are answered until others have their turn.
TURN = 100
# Seconds for a last word to a client that may not be listening.
LAST_WORD = 1.0


class Lines(Protocol):
    """A line protocol without I/O."""

    def receive(self, data: bytes) -> None:
        """Input as it comes."""


class Stage:
    """One client until its user is known."""

    core: Lines

    def __init__(self, world: World, io: LoginIo, about: About) -> None:
        self.world, self.io, self.about = world, io, about
        self.settings = world.settings
        self.out: list[bytes] = []
        self.bad = self.failures = self.done = 0
        self.over = False
        self.result: LoggedIn | None = None
        self.deadline = world.clock.monotonic() + self.settings.timeout
        note_tls(io, about)

    def write(self, data: bytes) -> None:
        """Add to the output."""
        self.out.append(data)

    def flush(self) -> None:
        """Send the output."""
        if self.out:
            data = b"".join(self.out)
            self.out.clear()
            self.io.send(data, self.deadline)

    def fill(self) -> None:
        """Send, and wait for input; raises ConnectionLost, DeadlineExceeded."""
        self.flush()
        data = self.io.recv(self.deadline)
        if not data:
            raise ConnectionLost
        self.core.receive(data)

    def pause(self) -> None:
        """After many commands of one batch: others have their turn."""
        self.done += 1
        if self.done % TURN == 0 and self.result is None:
            self.flush()
            self.world.sleep(0)

    def farewell(self, line: bytes) -> None:
        """A last word to a client that may not be listening."""
        try:
            self.io.send(line, self.world.clock.monotonic() + LAST_WORD)
        except (ConnectionLost, DeadlineExceeded):
            return

    @property
    def secured(self) -> bool:
        """Whether a password may be said."""
        return self.io.secured or self.about.secured or self.settings.plaintext

    @property
    def tls_is_due(self) -> bool:
        """Whether nothing is taken before TLS has begun."""
        return self.settings.tls_required and not (self.io.secured or self.about.secured)

    def mechanisms(self) -> list[bytes]:
        """What AUTHENTICATE or AUTH takes now: in clear only mechanisms that do not show the password."""
        if self.tls_is_due:
            return []
        return offered(self.world.auth, self.io, secured=self.secured)
