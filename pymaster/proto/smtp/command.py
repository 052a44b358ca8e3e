"""command - a command line of an SMTP client as a value (RFC 5321 section 4.1), everything bounded.

Only the shape is judged here; what a command may say at a given moment is the dialog's business. Bytes only: verbs are
compared in ASCII upper case, numbers are digits with a length cap.
"""

import re

from pymaster.proto import address

MAX_PARAMETERS = 20
# A declared size of more digits than this is no size (RFC 1870 allows 20, a 64-bit number has 19).
MAX_DIGITS = 19

_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_COMMON = re.compile(rb"(<[A-Za-z0-9@._+=-]*>)(?: +(.*))?")
_PARAMETER = re.compile(rb"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([^= ]*+(?:=[^ ]*)?))?")
_XTEXT = re.compile(rb"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*+")
_HEX = re.compile(rb"\+([0-9A-F]{2})")
_DIGITS = re.compile(rb"[0-9]{1,%d}" % MAX_DIGITS)
_BLANK = b" \t"


class Command:
    """One line: the verb in upper case (empty when the line is none at all) and the rest without outer blanks."""

    __slots__ = ("line", "rest", "verb")

    def __init__(self, verb: bytes, rest: bytes, line: bytes) -> None:
        self.verb, self.rest, self.line = verb, rest, line

    def __repr__(self) -> str:
        return f"Command({self.verb!r}, {self.rest!r})"


def parse(line: bytes) -> Command:
    """A line without its line end. Control characters make it no command."""
    verb, _, rest = line.strip(_BLANK).partition(b" ")
    if _CONTROL.search(line):
        return Command(b"", b"", line)
    if b"\t" in verb:
        verb, _, more = verb.partition(b"\t")
        rest = more + b" " + rest if rest else more
    return Command(verb.upper(), rest.strip(_BLANK), line)


def path_argument(rest: bytes, keyword: bytes) -> tuple[bytes, bytes] | None:
    """Divide `FROM:<path> NAME=value ...` (keyword `FROM:`) into path and parameters; None is a syntax error."""
    size = len(keyword)
    if rest[:size].upper() != keyword:
        return None
    rest = rest[size:].lstrip(_BLANK)
    if found := _COMMON.fullmatch(rest):
        return found.group(1), found.group(2) or b""
    path, parameters = address.split_path(rest.replace(b"\t", b" "))
    return (path, parameters) if path else None


def parameters(text: bytes) -> list[tuple[bytes, bytes | None]] | bytes:
    """The `NAME=value` parameters of MAIL or RCPT, names in upper case; a bad one is returned as it stands."""
    found: list[tuple[bytes, bytes | None]] = []
    if not text:
        return found
    for word in text.split(b" "):
        if not word:
            continue
        match = _PARAMETER.fullmatch(word)
        if match is None or len(found) == MAX_PARAMETERS:
            return word
        found.append((match.group(1).upper(), match.group(2)))
    return found


def number(text: bytes | None) -> int | None:
    """A count in digits; None when it is anything else or has more than 19 digits."""
    if text is None or _DIGITS.fullmatch(text) is None:
        return None
    return int(text)


def unxtext(text: bytes, limit: int) -> bytes | None:
    """What an xtext (RFC 3461 section 4) of at most `limit` bytes stands for; None when it is none."""
    if len(text) > limit or _XTEXT.fullmatch(text) is None:
        return None
    return _HEX.sub(lambda m: bytes([int(m.group(1), 16)]), text) if b"+" in text else text


def has_control(text: bytes) -> bool:
    """Whether control characters (NUL, CR, LF, ESC ...) are in `text`, for values that come encoded."""
    return _CONTROL.search(text) is not None or b"\t" in text
