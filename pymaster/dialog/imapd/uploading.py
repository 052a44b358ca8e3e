"""uploading - a session's side of streamed literals: messages that a command reads itself, as they arrive (APPEND, REPLACE).

What was announced and then refused is read all the same, in bounds, so that the session and its client stay in step.
"""

from __future__ import annotations

from collections.abc import Iterator

from pymaster.dialog.imapd.handed import Woken
from pymaster.proto.imap.cursor import BadSyntax, Cursor, Literal
from pymaster.proto.imap.server import Fault, Server

# The largest literal that is read although its command was refused.
SWALLOWED = 64 << 20


class Uploading:
    """What Session does with literals. `cursor` is the latest line piece of the command, `owed` whether the end of a line
    is still to come, `woken` whether news came meanwhile."""

    core: Server
    cursor: Cursor
    owed: bool
    woken: bool

    @property
    def utf8(self) -> bool:
        """Whether UTF-8 may stand in quoted strings."""
        raise NotImplementedError

    @property
    def patience(self) -> float:
        """Seconds for more input."""
        raise NotImplementedError

    def flush(self) -> None:
        """Send the output."""
        raise NotImplementedError

    def read(self, timeout: float) -> bytes:
        """More input; raises ConnectionLost, DeadlineExceeded, Woken."""
        raise NotImplementedError

    def write(self, data: bytes) -> None:
        """Add to the output."""
        raise NotImplementedError

    def end(self, reason: str) -> None:
        """No further command."""
        raise NotImplementedError

    def literal(self, literal: Literal) -> Iterator[bytes]:
        """The blocks of a streamed literal (`Cursor.at_literal`) as they arrive; then `more` reads the rest of the line."""
        self.cursor.pending, self.owed = None, True
        self.core.begin_literal(literal, accept=True)
        while block := self.next_block():
            yield block

    def next_block(self) -> bytes:
        """The next bytes of the streamed literal, b"" at its end."""
        while (block := self.core.block()) is None:
            self.await_input()
        return block

    def more(self) -> Cursor:
        """The rest of the command's line behind a streamed literal; raises BadSyntax."""
        self.owed = False
        while (found := self.core.more()) is None:
            self.await_input()
        if isinstance(found, Fault):
            raise BadSyntax("Command line too long")
        found.utf8 = self.utf8
        self.cursor = found
        return found

    def await_input(self) -> None:
        """More input for a command that has begun; news have to wait."""
        self.flush()
        try:
            self.core.receive(self.read(self.patience))
        except Woken:
            self.woken = True

    def drop_literals(self) -> None:
        """A command was refused before all of it was read: read what the client sends all the same, to keep in step."""
        try:
            self._drop_literals()
        except BadSyntax:
            # A line beyond the limit, which the line protocol has dropped with all that was to follow.
            self.cursor.pending = None

    def _drop_literals(self) -> None:
        while True:
            if self.core.streaming:
                while self.next_block():
                    continue
            if self.owed:
                self.more()
            literal = self.cursor.pending
            if literal is None:
                return
            self.cursor.pending = None
            if not literal.sync and literal.size > SWALLOWED:
                # RFC 7888 section 4: nobody has to read what was not asked for.
                self.write(b"* BYE Literal too large\r\n")
                self.end("Literal too large")
                return
            self.core.begin_literal(literal, accept=False)
            if literal.sync:
                return
            self.owed = True
