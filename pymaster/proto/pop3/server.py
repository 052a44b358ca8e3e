"""server - the server's side of POP3's line protocol, without I/O: bytes in, commands out (RFC 1939, 2449, 5034).

A line is ended by LF, with or without CR. One that is longer than it may be is reported once and its rest is dropped in
bounded memory. Whole messages go the other way and never pass here (`stuffing`).
"""

from dataclasses import dataclass

# RFC 2449 section 4: 255 octets with CRLF; we count without. RFC 5034 lifts it for AUTH, and a password may be long too.
COMMAND, LONG = 255, 8192
_LONG_VERBS = (b"AUTH ", b"PASS ")
_VERB = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")


@dataclass(slots=True)
class Command:
    """One command: `verb` in upper case (b"" where there is none), `text` is all behind the space that follows it."""

    verb: bytes
    text: bytes

    def words(self) -> list[bytes]:
        """The arguments, by blanks; clients that send one too many or a trailing one mean no harm."""
        return [word for word in self.text.split(b" ") if word]


class TooLong:
    """A line over the limit came; its rest is being dropped."""


TOO_LONG = TooLong()


class Server:
    """One connection's line protocol. `long`: AUTH and PASS may have long lines (before login)."""

    __slots__ = ("_buffer", "_dropping", "_long", "_pos", "_scanned")

    def __init__(self, *, long: bool = False) -> None:
        self._buffer, self._pos, self._scanned = b"", 0, 0
        self._dropping = False
        self._long = long

    def receive(self, data: bytes) -> None:
        """Input as it comes, cut anywhere."""
        rest = self._buffer[self._pos :] if self._pos else self._buffer
        self._scanned -= self._pos
        self._buffer, self._pos = rest + data if rest else data, 0

    def take_rest(self) -> bytes:
        """Everything received and not yet used, once: for the session after login, or to check that there is nothing."""
        rest, self._buffer, self._pos, self._scanned = self._buffer[self._pos :], b"", 0, 0
        return rest

    def next(self) -> Command | TooLong | None:
        """The next command, TOO_LONG, or None when more input is needed."""
        line = self._line(0)
        return parse(line) if isinstance(line, bytes) else line

    def line(self) -> bytes | TooLong | None:
        """A line that is no command: the client's word in a SASL exchange."""
        return self._line(LONG)

    def _line(self, limit: int) -> bytes | TooLong | None:
        """One line without its end; `limit` 0 is that of a command."""
        while True:
            buffer, start = self._buffer, self._pos
            end = buffer.find(b"\n", max(start, self._scanned))
            if end < 0:
                return self._partial(limit)
            self._pos = self._scanned = end + 1
            if self._dropping:
                self._dropping = False
                continue
            if end > start and buffer[end - 1] == 13:
                end -= 1
            if end - start > COMMAND and end - start > (limit or self._limit(buffer[start : start + 5])):
                return TOO_LONG
            return buffer[start:end]

    def _partial(self, limit: int) -> TooLong | None:
        size = len(self._buffer) - self._pos
        self._scanned = len(self._buffer)
        if self._dropping:
            self.take_rest()
        elif size > COMMAND + 1 and size > (limit or self._limit(self._buffer[self._pos : self._pos + 5])) + 1:
            self.take_rest()
            self._dropping = True
            return TOO_LONG
        return None

    def _limit(self, head: bytes) -> int:
        return LONG if self._long and head.upper() in _LONG_VERBS else COMMAND


def parse(line: bytes) -> Command:
    """A command line without its end."""
    verb, _, text = line.partition(b" ")
    if not verb or len(verb) > 16 or not _VERB.issuperset(verb):
        return Command(b"", line)
    return Command(verb.upper(), text)
