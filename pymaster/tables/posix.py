"""posix - POSIX extended and basic regular expressions (regex(7)) in the words of PCRE.

What differs: `[` lists know no backslash but have [:class:]; `a*+` is two quantifiers, not a possessive one; `(?` and `\\d`
mean nothing special; `$` is the end and nothing but the end. GNU's `\\< \\> \\b \\w \\s` are kept. Which of several
alternatives a group took can differ (POSIX: the longest; PCRE: the first); what matches does not.
"""

from __future__ import annotations

import re

from pymaster.tables.engine import BadPattern

MAX_NESTING = 200
MAX_REPEAT = 32767
CLASSES = {
    b"alnum": rb"0-9A-Za-z",
    b"alpha": rb"A-Za-z",
    b"blank": rb" \t",
    b"cntrl": rb"\x00-\x1f\x7f",
    b"digit": rb"0-9",
    b"graph": rb"\x21-\x7e",
    b"lower": rb"a-z",
    b"print": rb"\x20-\x7e",
    b"punct": rb"\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e",
    b"space": rb"\x09-\x0d\x20",
    b"upper": rb"A-Z",
    b"xdigit": rb"0-9A-Fa-f",
}
# GNU's escapes that mean something (regex(7), glibc).
_ESCAPES = {
    0x3C: rb"\b(?=\w)",
    0x3E: rb"\b(?<=\w)",
    0x60: rb"\A",
    0x27: rb"\z",
    0x62: rb"\b",
    0x42: rb"\B",
    0x77: rb"\w",
    0x57: rb"\W",
    0x73: rb"\s",
    0x53: rb"\S",
}
_INTERVAL = re.compile(rb"(\d{0,5})(,?)(\d{0,5})")
_WORD = re.compile(rb"[A-Za-z0-9\x80-\xff]")


def literal(byte: int) -> bytes:
    """One byte as a pattern that matches itself; text in other scripts stays whole."""
    char = bytes((byte,))
    return char if _WORD.match(char) else b"\\x%02x" % byte


def translate(source: bytes, *, extended: bool = True, newline: bool = False) -> bytes:
    """A POSIX pattern as a PCRE one; `newline` is REG_NEWLINE (flag m). Raises BadPattern."""
    return _Translator(source, extended, newline).run()


class _Translator:
    def __init__(self, source: bytes, extended: bool, newline: bool) -> None:
        self.source, self.extended = source, extended
        self.any = rb"[^\n]" if newline else b"."
        self.newline = newline
        self.at = 0
        # One list of pieces per open group; the last piece is what a quantifier would apply to.
        self.groups: list[list[bytes]] = [[]]
        self.fresh = True  # nothing yet that a quantifier could apply to

    def run(self) -> bytes:
        while self.at < len(self.source):
            byte = self.source[self.at]
            self.at += 1
            if byte == 0x5C:
                self._escape()
            elif byte == 0x5B:
                self._atom(self._list())
            elif byte == 0x2E:
                self._atom(self.any)
            elif byte == 0x2A:
                self._repeat(b"*")
            elif byte in b"^$" and self._is_anchor(byte):
                self._anchor(byte)
            elif self.extended and byte in b"()|+?{":
                self._operator(byte)
            else:
                self._atom(self._text(byte))
        if len(self.groups) > 1:
            raise BadPattern("Unmatched ( or \\(")
        return b"".join(self.groups[0])

    def _text(self, byte: int) -> bytes:
        """A literal; a character of several bytes stays one atom."""
        start = self.at - 1
        if byte >= 0xC0:
            while self.at < len(self.source) and 0x80 <= self.source[self.at] < 0xC0:
                self.at += 1
            return b"(?:" + self.source[start : self.at] + b")"
        return literal(byte)

    def _atom(self, piece: bytes) -> None:
        self.groups[-1].append(piece)
        self.fresh = False

    def _is_anchor(self, byte: int) -> bool:
        if self.extended:
            return True
        rest, pieces = self.source[self.at :], self.groups[-1]
        if byte == 0x5E:
            return not pieces or pieces[-1] == b"|"
        return not rest or rest.startswith((b"\\)", b"\\|"))

    def _anchor(self, byte: int) -> None:
        self.groups[-1].append(b"^" if byte == 0x5E else b"$")
        self.fresh = byte == 0x5E

    def _operator(self, byte: int) -> None:
        if byte == 0x28:
            if len(self.groups) > MAX_NESTING:
                raise BadPattern("Regular expression too big")
            self.groups.append([])
            self.fresh = True
        elif byte == 0x29:
            if len(self.groups) == 1:
                if not self.extended:
                    raise BadPattern("Unmatched ) or \\)")
                return self._atom(rb"\x29")
            inner = b"".join(self.groups.pop())
            self._atom(b"(" + inner + b")")
        elif byte == 0x7C:
            self.groups[-1].append(b"|")
            self.fresh = True
        elif byte == 0x7B:
            self._interval()
        else:
            self._repeat(bytes((byte,)))

    def _repeat(self, operator: bytes) -> None:
        if self.fresh:
            if self.extended:
                raise BadPattern("Invalid preceding regular expression")
            return self._atom(literal(operator[0]))
        pieces = self.groups[-1]
        pieces[-1] = b"(?:" + pieces[-1] + b")" + operator

    def _interval(self) -> None:
        found = _INTERVAL.match(self.source, self.at)
        assert found is not None
        low, comma, high = found.groups()
        self.at = found.end()
        closing = b"}" if self.extended else b"\\}"
        if not self.source.startswith(closing, self.at):
            raise BadPattern("Invalid content of \\{\\}" if low or comma else "Unmatched \\{")
        self.at += len(closing)
        if self.fresh:
            raise BadPattern("Invalid preceding regular expression")
        first, last = int(low or b"0"), int(high or b"0") if high else None
        if (not low and not comma) or first > MAX_REPEAT or (last is not None and (last > MAX_REPEAT or last < first)):
            raise BadPattern("Invalid content of \\{\\}")
        upper = b"%d" % last if last is not None else b""
        self._repeat(b"{%d%s%s}" % (first, b"," if comma else b"", upper))

    def _escape(self) -> None:
        if self.at >= len(self.source):
            raise BadPattern("Trailing backslash")
        byte = self.source[self.at]
        self.at += 1
        if byte in _ESCAPES:
            self._atom(_ESCAPES[byte])
        elif 0x31 <= byte <= 0x39:
            self._atom(b"(?:\\%c)" % byte)
        elif not self.extended and byte in b"()|+?{":
            self._operator(byte)
        else:
            self._atom(self._text(byte))

    def _list(self) -> bytes:
        """A bracket expression; `at` is behind the opening bracket."""
        source = self.source
        negated = source.startswith(b"^", self.at)
        if negated:
            self.at += 1
        parts: list[bytes] = []
        first = True
        while True:
            if self.at >= len(source):
                raise BadPattern("Unmatched [, [^, [:, [., or [=")
            if source[self.at] == 0x5D and not first:
                self.at += 1
                break
            first = False
            parts.append(self._member())
        if negated and self.newline:
            parts.append(rb"\n")
        return b"[" + (b"^" if negated else b"") + b"".join(parts) + b"]"

    def _member(self) -> bytes:
        """One character, class or range of a list."""
        source = self.source
        if source.startswith(b"[:", self.at):
            end = source.find(b":]", self.at)
            name = source[self.at + 2 : end] if end >= 0 else b""
            if name not in CLASSES:
                raise BadPattern("Invalid character class name")
            self.at = end + 2
            return CLASSES[name]
        low = self._end_point()
        # `-` is a range unless it is the last character of the list.
        if source.startswith(b"-", self.at) and source[self.at + 1 : self.at + 2] not in (b"]", b""):
            self.at += 1
            high = self._end_point()
            if high < low:
                raise BadPattern("Invalid range end")
            return b"\\x%02x-\\x%02x" % (low, high) if high < 0x80 else bytes((low,)) + b"-" + bytes((high,))
        return literal(low)

    def _end_point(self) -> int:
        """A character, plain or as [.x.] or [=x=]."""
        source = self.source
        for mark in (b".", b"="):
            if source.startswith(b"[" + mark, self.at):
                end = source.find(mark + b"]", self.at + 2)
                if end != self.at + 3:
                    raise BadPattern("Invalid collation character")
                self.at = end + 2
                return source[end - 1]
        if self.at >= len(source):
            raise BadPattern("Unmatched [, [^, [:, [., or [=")
        self.at += 1
        return source[self.at - 1]
