"""server - the server's side of IMAP's line protocol, without I/O: bytes in, commands out.

A command is gathered with its literals, within limits; only a command that is named as `streamed` (APPEND and its kin) is
handed over while its literal is still outside, so that a message is never held whole here. A line is ended by LF, with or
without CR. What breaks a limit is answered once and its rest is dropped in bounded memory; a literal too large to be
dropped ends the connection (RFC 7888 section 4).
"""

import re
from dataclasses import dataclass

from pymaster.proto.imap.cursor import Cursor, Literal, literal_of

_TAG = re.compile(rb"([^\x00-\x20\x7f-\xff(){%*\"\\+]{1,128}) +([A-Za-z0-9!#$&'./:<=>?@^_`|~,;-]{1,64})(?= |\Z|\r)")
_SOME_TAG = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\+]{1,128}(?= |\Z)")
CONTINUE = b"+ OK\r\n"
# Literals of one command, whatever their size.
MAX_LITERALS = 1000


@dataclass(slots=True)
class Limits:
    """Bytes: of a command's lines together, of one literal and of all literals of a command, and of a refused
    non-synchronizing literal that is swallowed before the connection is given up; `depth` of parentheses."""

    line: int = 65536
    literal: int = 65536
    literals: int = 1 << 20
    swallow: int = 1 << 20
    depth: int = 100


BEFORE_LOGIN = Limits(8192, 8192, 16384, 65536, 16)
AFTER_LOGIN = Limits(1 << 20)


@dataclass(slots=True)
class Command:
    """One command. `name` is in upper case and holds the second word of UID commands (`UID FETCH`)."""

    tag: bytes
    name: bytes
    args: Cursor


@dataclass(slots=True)
class Fault:
    """Something that is no command: answer `tag` (b"*" when it has none) with `word` (BAD, NO or BYE) and `text`.

    `fatal`: the connection cannot go on.
    """

    tag: bytes
    word: bytes
    text: bytes
    fatal: bool = False


class Server:
    """One connection's line protocol."""

    __slots__ = (
        "_buffer", "_dropping", "_gathered", "_held", "_limits", "_lines", "_literals", "_pos", "_refused", "_streaming",
        "_swallow", "_wanted", "out", "streamed",
    )  # fmt: skip

    def __init__(self, limits: Limits, streamed: frozenset[bytes] = frozenset()) -> None:
        self._limits, self.streamed = limits, streamed
        self._buffer, self._pos = b"", 0
        self._lines: list[bytes] = []
        self._literals: list[bytes] = []
        self._gathered = self._held = self._wanted = self._swallow = 0
        self._dropping = False
        self._refused: Fault | None = None
        self._streaming: int | None = None
        # Continuation requests to be sent before more input is waited for.
        self.out: list[bytes] = []

    def receive(self, data: bytes) -> None:
        """Input as it comes, cut anywhere."""
        rest = self._buffer[self._pos :] if self._pos else self._buffer
        self._buffer, self._pos = rest + data if rest else data, 0

    def take_rest(self) -> bytes:
        """Everything received and not yet used, once (for a handover to another process, or to check that there is none)."""
        rest, self._buffer, self._pos = self._buffer[self._pos :], b"", 0
        return rest

    @property
    def idle(self) -> bool:
        """Whether no command has begun to arrive."""
        return self._pos >= len(self._buffer) and not self._lines and not self._dropping

    def next(self) -> Command | Fault | None:
        """The next command or fault; None when more input is needed."""
        while True:
            if self._swallow:
                if not self._swallowed():
                    return None
                continue
            if self._wanted:
                if len(self._buffer) - self._pos < self._wanted:
                    return None
                self._literals.append(self._buffer[self._pos : self._pos + self._wanted])
                self._pos += self._wanted
                self._wanted = 0
            line = self.line()
            if line is None or isinstance(line, Fault):
                return line
            found = self._gather(line)
            if found is not None:
                return found

    def _swallowed(self) -> bool:
        """Drop a refused literal; whether it is all gone."""
        step = min(self._swallow, len(self._buffer) - self._pos)
        self._pos += step
        self._swallow -= step
        return not self._swallow

    def line(self) -> bytes | Fault | None:
        """One line without its end. For a session that reads lines outside of commands (DONE, a SASL response)."""
        while True:
            buffer, start = self._buffer, self._pos
            end = buffer.find(b"\n", start)
            if end < 0:
                if len(buffer) - start + self._gathered > self._limits.line + 2:
                    self._buffer, self._pos = b"", 0
                    if not self._dropping:
                        self._dropping = True
                        return self._too_long(buffer[start : start + 200])
                return None
            self._pos = end + 1
            if self._dropping:
                self._dropping = False
                continue
            if end > start and buffer[end - 1] == 13:
                end -= 1
            if end - start + self._gathered > self._limits.line:
                return self._too_long(buffer[start : start + 200])
            return buffer[start:end]

    def _too_long(self, sample: bytes) -> Fault:
        tag = self._tag(self._lines[0] if self._lines else sample)
        self._reset()
        return Fault(tag, b"BAD", b"[TOOBIG] Command line too long")

    def _reset(self) -> None:
        self._lines, self._literals, self._gathered, self._held = [], [], 0, 0
        self._refused = None

    def _tag(self, line: bytes) -> bytes:
        found = _SOME_TAG.match(line)
        return found.group() if found else b"*"

    def _gather(self, line: bytes) -> Command | Fault | None:
        """Add a line piece to the command; the whole of it if that was the last one."""
        self._lines.append(line)
        self._gathered += len(line)
        literal = literal_of(line)
        if literal is None:
            if self._refused is not None:
                fault = self._refused
                self._reset()
                return fault
            return self._whole(None)
        if not self._literals and self._name() in self.streamed:
            return self._whole(literal)
        return self._admit(literal)

    def _name(self) -> bytes:
        found = _TAG.match(self._lines[0])
        if found is None:
            return b""
        name = found.group(2).upper()
        second = _SECOND.match(self._lines[0], found.end()) if name == b"UID" else None
        return b"UID " + second.group(1).upper() if second else name

    def _admit(self, literal: Literal) -> Fault | None:
        """Take a literal into the command, or refuse it."""
        limits = self._limits
        held = self._held + literal.size
        fits = literal.size <= limits.literal and held <= limits.literals and len(self._literals) < MAX_LITERALS
        if self._refused is None and fits:
            self._wanted, self._held = literal.size, held
            if not literal.size:
                self._literals.append(b"")
            if literal.sync:
                self.out.append(CONTINUE)
            return None
        tag = self._tag(self._lines[0])
        if literal.sync:
            # The client has not sent it and will not (RFC 3501 section 7.5).
            self._reset()
            return Fault(tag, b"NO", b"[TOOBIG] Literal too large")
        if literal.size > limits.swallow:
            self._reset()
            return Fault(b"*", b"BYE", b"Literal too large", fatal=True)
        # What follows the swallowed literal is the rest of this command, and goes with it.
        self._swallow = literal.size
        self._refused = self._refused or Fault(tag, b"BAD", b"[TOOBIG] Literal too large")
        self._gathered -= len(self._lines.pop()) if len(self._lines) > 1 else 0
        return None

    def _whole(self, pending: Literal | None) -> Command | Fault:
        lines, literals = self._lines, self._literals
        self._reset()
        found = _TAG.match(lines[0])
        if found is None:
            return Fault(self._tag(lines[0]), b"BAD", b"Error in IMAP command: no tag or no command name")
        name, pos = found.group(2).upper(), found.end()
        if name == b"UID":
            second = _SECOND.match(lines[0], pos)
            if second is not None:
                name, pos = b"UID " + second.group(1).upper(), second.end()
        cursor = Cursor(lines, literals, pending, pos)
        if too_deep(lines, self._limits.depth):
            return Fault(found.group(1), b"BAD", b"Too many parentheses")
        return Command(found.group(1), name, cursor)

    # A streamed literal, after the command that announced it was handed over.

    def begin_literal(self, literal: Literal, *, accept: bool) -> None:
        """Read a streamed literal from now on; not `accept`: the command is refused, a synchronizing literal never comes."""
        if accept:
            self._streaming = literal.size
            if literal.sync:
                self.out.append(CONTINUE)
        else:
            self._streaming = None if literal.sync else literal.size

    @property
    def streaming(self) -> bool:
        """Whether a streamed literal has begun and its end was not yet reported by `block`."""
        return self._streaming is not None

    def block(self) -> bytes | None:
        """The next bytes of the streamed literal, b"" when it is complete; None when more input is needed."""
        assert self._streaming is not None
        if not self._streaming:
            self._streaming = None
            return b""
        data = self._buffer[self._pos : self._pos + self._streaming]
        if not data:
            return None
        self._pos += len(data)
        self._streaming -= len(data)
        return data

    def more(self) -> Cursor | Fault | None:
        """The line piece behind a streamed literal, which may announce the next one; None when more input is needed."""
        line = self.line()
        if line is None or isinstance(line, Fault):
            return line
        return Cursor([line], [], literal_of(line))


_SECOND = re.compile(rb" +([A-Za-z]{1,32})(?= |\Z)")
_NESTED = re.compile(rb"[()]")
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*+"')


def too_deep(lines: list[bytes], limit: int) -> bool:
    """Whether parentheses are nested deeper than `limit`, quoted strings left out."""
    if sum([line.count(b"(") for line in lines]) <= limit:
        return False
    depth = 0
    for line in lines:
        text = _QUOTED.sub(b"", line) if b'"' in line else line
        for mark in _NESTED.finditer(text):
            depth += 1 if mark.group() == b"(" else -1
            if depth > limit:
                return True
    return False
