"""server - the server's side of the line protocol, without I/O: bytes in, commands out; replies in, bytes out.

The driver asks for commands until there is none, then sends all output at once and waits for input: that is what
pipelining (RFC 2920) needs. A line is ended by LF, with or without CR before it; one that is too long is reported once
and its rest is dropped, in bounded memory.
"""

from pymaster.proto.smtp import command
from pymaster.proto.smtp.command import Command
from pymaster.proto.smtp.reply import Reply

# RFC 2920 section 3.1: nothing may follow these before their reply. (QUIT and NOOP do no harm.)
MUST_BE_LAST = frozenset({b"HELO", b"EHLO", b"LHLO", b"DATA", b"VRFY", b"AUTH", b"STARTTLS", b"XCLIENT"})


class TooLong:
    """A line over the limit came; its rest is being dropped."""


TOO_LONG = TooLong()


class Server:
    """One connection's line protocol."""

    __slots__ = ("_buffer", "_dropping", "_limit", "_out", "_pos", "bare_lf")

    def __init__(self, limit: int = 2048) -> None:
        """`limit` is the longest line without its end (line_length_limit)."""
        self._limit = limit
        self._buffer = b""
        self._pos = 0
        self._dropping = False
        self._out: list[bytes] = []
        self.bare_lf = False

    def receive(self, data: bytes) -> None:
        """Input as it comes, cut anywhere."""
        rest = self._buffer[self._pos :]
        self._buffer = rest + data if rest else data
        self._pos = 0

    def next(self) -> Command | TooLong | None:
        """The next whole command, TOO_LONG, or None when more input is needed. `bare_lf` tells of its line end."""
        while True:
            buffer, start = self._buffer, self._pos
            end = buffer.find(b"\n", start)
            if end < 0:
                return self._partial()
            self._pos = end + 1
            if self._dropping:
                self._dropping = False
                continue
            if end > start and buffer[end - 1] == 13:
                end -= 1
                self.bare_lf = False
            else:
                self.bare_lf = True
            if end - start > self._limit:
                return TOO_LONG
            return command.parse(buffer[start:end])

    def _partial(self) -> TooLong | None:
        if self._dropping:
            self._buffer, self._pos = b"", 0
        elif len(self._buffer) - self._pos > self._limit + 1:
            self._buffer, self._pos = b"", 0
            self._dropping = True
            return TOO_LONG
        return None

    @property
    def pending(self) -> bool:
        """Whether input lies behind the command just taken."""
        return self._pos < len(self._buffer)

    def improper(self, taken: Command, esmtp: bool) -> bool:
        """Whether the client sent more before it could have read the reply to `taken`, where it must wait."""
        if self._pos >= len(self._buffer) or taken.verb == b"BDAT":
            return False  # a chunk always follows its command
        return not esmtp or taken.verb in MUST_BE_LAST

    def take(self) -> bytes:
        """All unread input; for content after DATA or BDAT, which is not made of lines."""
        rest, self._buffer, self._pos = self._buffer[self._pos :], b"", 0
        return rest

    def reply(self, reply: Reply) -> None:
        """Add a reply to the output."""
        self._out.append(reply.encode())

    def output(self) -> bytes:
        """What is to be sent, once."""
        out = self._out
        if len(out) == 1:
            data = out[0]
            out.clear()
            return data
        data = b"".join(out)
        out.clear()
        return data
