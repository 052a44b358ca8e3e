"""cursor - reading the arguments of one IMAP command (RFC 3501 section 9, RFC 9051, RFC 4466).

A command is a sequence of line pieces with a literal between each two. The cursor walks over them with compiled patterns;
every method takes what it names or raises BadSyntax, whose text is fit for the client. Nothing recurses: who reads nested
lists counts depth with `enter` and `leave`.
"""

import re
from collections.abc import Callable
from typing import TypeVar

from pymaster.proto.imap.sets import SequenceSet

T = TypeVar("T")
# RFC 3501: ATOM-CHAR excludes ( ) { SP CTL % * " \ ]; astrings may have ].
_ATOM = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\\]]+")
_ASTRING = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\]+")
_LIST = re.compile(rb"[^\x00-\x20\x7f(){\"\\]+")
_QUOTED = re.compile(rb'"((?:[^"\\\r\n\x00]++|\\["\\])*+)"')
_ESCAPE = re.compile(rb"\\([\"\\])")
_NUMBER = re.compile(rb"[0-9]{1,20}")
_FLAG = re.compile(rb"\\?[^\x00-\x20\x7f-\xff(){%*\"\\\]]+")
_LITERAL = re.compile(rb"(~?)\{([0-9]{1,20})(\+?)\}\Z")
_SET = re.compile(rb"(?:\$|[0-9*][0-9:,*]*)")
# Of parentheses, and of items in one list: far above what any client has a use for.
MAX_DEPTH, MAX_ITEMS = 100, 1000
U32, U63 = (1 << 32) - 1, (1 << 63) - 1


class BadSyntax(Exception):
    """What came is no command of the grammar; the text goes to the client after BAD."""


class Literal:
    """A literal that is still on its way: `size` octets; `sync`: the client waits for `+`; `binary`: literal8 (~{n})."""

    __slots__ = ("binary", "size", "sync")

    def __init__(self, size: int, sync: bool, binary: bool) -> None:
        self.size, self.sync, self.binary = size, sync, binary


def literal_of(line: bytes) -> Literal | None:
    """The literal that the end of a line announces."""
    if not line.endswith(b"}"):
        return None
    found = _LITERAL.search(line)
    return Literal(int(found.group(2)), not found.group(3), bool(found.group(1))) if found else None


class Cursor:
    """The arguments of a command. `lines` has one piece more than `literals` unless a literal is still `pending`.

    `utf8`: the client has enabled UTF8=ACCEPT or IMAP4rev2, so 8-bit text may stand in quoted strings.
    """

    __slots__ = ("_depth", "_line", "_lines", "_literals", "_next", "_pos", "pending", "utf8")

    def __init__(self, lines: list[bytes], literals: list[bytes], pending: Literal | None = None, pos: int = 0) -> None:
        self._lines, self._literals, self._next = lines, literals, 0
        self._line, self._pos, self._depth = lines[0], pos, 0
        self.pending, self.utf8 = pending, False

    def peek(self) -> int:
        """The next byte, -1 at the end of the line piece."""
        return self._line[self._pos] if self._pos < len(self._line) else -1

    @property
    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self._pos >= len(self._line) and self._next >= len(self._lines) - 1

    @property
    def rest(self) -> bytes:
        """What is left of this line piece (for messages and for commands that take the rest of the line)."""
        return self._line[self._pos :]

    def end(self) -> None:
        """Nothing may be left."""
        if not self.at_end:
            raise BadSyntax("Junk after the arguments")

    def sp(self) -> None:
        """One space."""
        if self._line[self._pos : self._pos + 1] != b" ":
            raise BadSyntax("Missing space or argument")
        self._pos += 1

    def take(self, text: bytes) -> bool:
        """Take `text` (upper case) in any case, if it comes next."""
        end = self._pos + len(text)
        if self._line[self._pos : end].upper() != text:
            return False
        self._pos = end
        return True

    def need(self, text: bytes) -> None:
        """Take `text` or fail."""
        if not self.take(text):
            raise BadSyntax(f"Expected {text.decode()}")

    def word(self) -> bytes:
        """An atom in upper case: a keyword of the grammar."""
        return self.atom().upper()

    def _match(self, pattern: re.Pattern[bytes], what: str) -> bytes:
        found = pattern.match(self._line, self._pos)
        if found is None:
            raise BadSyntax(f"Expected {what}")
        self._pos = found.end()
        return found.group()

    def match(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """Take what `pattern` matches here, within this line piece; for grammar that one command has for itself."""
        found = pattern.match(self._line, self._pos)
        if found is not None:
            self._pos = found.end()
        return found

    def atom(self) -> bytes:
        """An atom."""
        return self._match(_ATOM, "atom")

    def flag(self) -> bytes:
        """A flag or keyword, as written."""
        return self._match(_FLAG, "flag")

    def number(self, largest: int = U32) -> int:
        """A number from 0 to `largest`."""
        value = int(self._match(_NUMBER, "number"))
        if value > largest:
            raise BadSyntax("Number too large")
        return value

    def nz_number(self, largest: int = U32) -> int:
        """A number from 1 to `largest`."""
        value = self.number(largest)
        if not value:
            raise BadSyntax("Zero is not allowed here")
        return value

    def number64(self) -> int:
        """A number of 63 bits."""
        return self.number(U63)

    def at_literal(self) -> Literal | None:
        """The pending literal, if it comes next (then the line piece is used up)."""
        if self.pending is None or self._next != len(self._lines) - 1 or self.peek() not in (123, 126):
            return None
        return literal_of(self._line) if _LITERAL.match(self._line, self._pos) else None

    def string(self, *, binary: bool = False) -> bytes:
        """A quoted string or a literal; `binary`: a literal8 may come too."""
        byte = self.peek()
        if byte == 34:
            found = _QUOTED.match(self._line, self._pos)
            if found is None:
                raise BadSyntax("Bad quoted string")
            self._pos = found.end()
            text = found.group(1)
            return _ESCAPE.sub(rb"\1", text) if b"\\" in text else text
        if byte in (123, 126):
            return self._literal(binary)
        raise BadSyntax("Expected string")

    def _literal(self, binary: bool) -> bytes:
        found = _LITERAL.match(self._line, self._pos)
        if found is None or self._next >= len(self._literals):
            raise BadSyntax("Bad literal")
        if found.group(1) and not binary:
            raise BadSyntax("A binary literal is not allowed here")
        value = self._literals[self._next]
        if b"\0" in value and not found.group(1):
            raise BadSyntax("NUL in a literal")
        self._next += 1
        self._line, self._pos = self._lines[self._next], 0
        return value

    def _at_string(self) -> bool:
        """Whether a quoted string or a literal comes next; a tilde may as well begin an atom."""
        byte = self.peek()
        return byte in (34, 123) or (byte == 126 and self._line[self._pos + 1 : self._pos + 2] == b"{")

    def astring(self) -> bytes:
        """An atom (] allowed), a quoted string or a literal."""
        if self._at_string():
            return self.string()
        return self._match(_ASTRING, "string or atom")

    def nstring(self) -> bytes | None:
        """A string, or None for NIL."""
        if self.take(b"NIL"):
            return None
        return self.string(binary=True)

    def list_mailbox(self) -> bytes:
        """A mailbox name that may have wildcards."""
        if self._at_string():
            return self.string()
        return self._match(_LIST, "mailbox name")

    def sequence_set(self) -> SequenceSet:
        """A set of numbers, or `$` (RFC 5182)."""
        text = self._match(_SET, "sequence set")
        try:
            return SequenceSet.parse(text)
        except ValueError as exc:
            raise BadSyntax("Bad sequence set") from exc

    def enter(self) -> None:
        """Take `(`, one level deeper."""
        self.need(b"(")
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise BadSyntax("Too many parentheses")

    def leave(self) -> bool:
        """Take `)` if it comes next."""
        if self.peek() != 41:
            return False
        self._pos += 1
        self._depth -= 1
        return True

    def items(self, item: Callable[[], T], *, empty: bool = True) -> list[T]:
        """A parenthesized list of what `item` reads, separated by single spaces; MAX_ITEMS at most."""
        self.enter()
        found: list[T] = []
        if self.leave():
            if not empty:
                raise BadSyntax("Empty list")
            return found
        while len(found) < MAX_ITEMS:
            found.append(item())
            if self.leave():
                return found
            self.sp()
        raise BadSyntax("Too many items in a list")
