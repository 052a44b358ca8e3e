"""engine_re - patterns on Python's `re`, for a machine without PCRE2.

PCRE syntax is put into Python's words; what Python does not know (recursion, \\K, (?|...)) makes the pattern unusable, with
a warning at load. `re` has no match limit, but it looks for signals while it works: a CPU timer stops a match after LIMIT
seconds. Short subjects against patterns that cannot explode do without the timer.
"""

from __future__ import annotations

import re
import signal
import threading
from types import FrameType

from pymaster.tables.engine import BadPattern, TooComplex
from pymaster.tables.posix import CLASSES

# CPU seconds for one match.
LIMIT = 0.05
# Where no timer can be used (another thread), no more of a subject is looked at.
MAX_UNTIMED = 1000
# Subjects up to this size against patterns with at most one unbounded repeat are quick in any case.
SHORT = 500
_UNBOUNDED = re.compile(rb"[*+]|\{\d*,\}")
_NAMED = re.compile(rb"\(\?(?:P?<(?![=!])([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')")
_BRACED_HEX = re.compile(rb"\\x\{([0-9A-Fa-f]{1,2})\}")
_QUANTIFIER = re.compile(rb"[*+?]|\{\d+,?\d*\}|\{,\d+\}")
_ESCAPES = {b"z": rb"\Z", b"Z": rb"(?=\n?\Z)", b"h": rb"[ \t]", b"H": rb"[^ \t]", b"R": rb"(?:\r\n|[\n-\r])",
            b"e": rb"\x1b", b"N": rb"[^\n]"}  # fmt: skip


class _Alarm(Exception):
    """The timer ran out."""


class _Timer:
    """One for the process: `armed` says that a match is running and may be stopped."""

    armed = False
    ready = False

    def fire(self, number: int, frame: FrameType | None) -> None:
        if self.armed:
            self.armed = False
            raise _Alarm

    def prepare(self) -> None:
        if not self.ready:
            signal.signal(signal.SIGVTALRM, self.fire)
            self.ready = True


TIMER = _Timer()


class RePattern:
    """One compiled pattern."""

    def __init__(self, source: bytes, flags: frozenset[str]) -> None:
        """Compile; raises BadPattern."""
        options = re.IGNORECASE * ("i" in flags) | re.MULTILINE * ("m" in flags)
        options |= re.DOTALL * ("s" in flags) | re.VERBOSE * ("x" in flags)
        try:
            self._pattern = re.compile(pythonic(source, flags), options)
        except (re.error, OverflowError, RecursionError, ValueError) as exc:
            raise BadPattern(f"error in regex: {exc}") from exc
        self._find = self._pattern.match if "A" in flags else self._pattern.search
        self.groups = self._pattern.groups
        self._risky = len(_UNBOUNDED.findall(source)) > 1

    def _run(self, subject: bytes) -> re.Match[bytes] | None:
        if not self._risky and len(subject) <= SHORT:
            return self._find(subject)
        if threading.current_thread() is not threading.main_thread():
            return self._find(subject[:MAX_UNTIMED])
        TIMER.prepare()
        try:
            TIMER.armed = True
            signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
            found = self._find(subject)
            TIMER.armed = False
            return found
        except _Alarm:
            raise TooComplex("matching error: match limit exceeded") from None
        finally:
            TIMER.armed = False
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    def matches(self, subject: bytes) -> bool:
        """Whether it matches anywhere; raises TooComplex."""
        return self._run(subject) is not None

    def groups_of(self, subject: bytes) -> list[bytes] | None:
        """The match and its groups, or None; raises TooComplex."""
        found = self._run(subject)
        return None if found is None else [found[0], *(group or b"" for group in found.groups())]


def pythonic(source: bytes, flags: frozenset[str]) -> bytes:
    """A PCRE pattern in Python's words; raises BadPattern for what Python has no word for."""
    out: list[bytes] = []
    at = 0
    while at < len(source):
        byte = source[at : at + 1]
        if byte == b"\\":
            piece, at = _escape(source, at)
        elif byte == b"[":
            piece, at = _list(source, at)
        elif byte == b"(":
            named = _NAMED.match(source, at)
            piece = b"(?P<" + (named[1] or named[2]) + b">" if named else byte
            at = named.end() if named else at + 1
        elif byte == b"$" and "E" in flags and "m" not in flags:
            piece, at = rb"\Z", at + 1
        elif "U" in flags and out and (found := _QUANTIFIER.match(source, at)) and not out[-1].endswith(b"(?"):
            piece, at = _inverted(source, found)
        else:
            piece, at = byte, at + 1
        out.append(piece)
    return b"".join(out)


def _inverted(source: bytes, found: re.Match[bytes]) -> tuple[bytes, int]:
    """A quantifier under flag U: greedy becomes lazy and the other way round; after `(` a `?` is none."""
    if found.start() and source[found.start() - 1 : found.start()] == b"(":
        return found[0], found.end()
    if source.startswith(b"?", found.end()):
        return found[0], found.end() + 1
    return (found[0], found.end()) if source.startswith(b"+", found.end()) else (found[0] + b"?", found.end())


def _escape(source: bytes, at: int) -> tuple[bytes, int]:
    braced = _BRACED_HEX.match(source, at)
    if braced:
        return rb"\x" + braced[1].rjust(2, b"0"), braced.end()
    char = source[at + 1 : at + 2]
    if char == b"Q":
        end = source.find(rb"\E", at + 2)
        end = len(source) if end < 0 else end
        return re.escape(source[at + 2 : end]), end + 2
    if char == b"E":
        return b"", at + 2
    if char in (b"K", b"G", b"X", b"C", b"p", b"P", b"g", b"o", b"c"):
        raise BadPattern(f"\\{char.decode('ascii')} needs the PCRE2 library")
    return _ESCAPES.get(char, source[at : at + 2]), at + 2


def _list(source: bytes, at: int) -> tuple[bytes, int]:
    """A bracket expression: POSIX classes spelled out, `[` protected."""
    start = at
    at += 1
    out = [b"["]
    if source.startswith(b"^", at):
        out.append(b"^")
        at += 1
    first = at
    while at < len(source):
        if source[at : at + 1] == b"]" and at > first:
            return b"".join([*out, b"]"]), at + 1
        if source.startswith(b"[:", at) and (end := source.find(b":]", at)) > 0:
            name = source[at + 2 : end]
            if name not in CLASSES:
                raise BadPattern("unknown POSIX class name")
            out.append(CLASSES[name])
            at = end + 2
        elif source[at : at + 1] == b"\\":
            piece = source[at : at + 2]
            out.append({rb"\h": rb" \t"}.get(piece, piece))
            at += 2
        else:
            char = source[at : at + 1]
            out.append(b"\\" + char if char in b"[&~|" else char)
            at += 1
    raise BadPattern(f"missing terminating ] for character class at offset {start}")
