"""dovecotproto - the lines of Dovecot's authentication protocol, version 1.2, both ways.

Server: VERSION MECH SPID CUID COOKIE DONE, then CONT OK FAIL. Client: VERSION CPID AUTH CONT CANCEL. Master side on the
same socket: REQUEST USER CACHE-FLUSH, answered by USER NOTFOUND FAIL. Fields are separated by tabs; base64 comes last
(`resp=`). Postfix and Exim speak only the client part. Source: Dovecot's "Authentication Protocol" design page.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

# A line with a token in it; Dovecot's own limit is 8192.
MAX_LINE = 1 << 16
MAJOR, MINOR = 1, 2
_NUMBER = re.compile(rb"[0-9]{1,10}")
_ESCAPED = re.compile(rb"[\x00\x01\t\r\n]")
_ESCAPE = {b"\0": b"\x010", b"\x01": b"\x011", b"\t": b"\x01t", b"\r": b"\x01r", b"\n": b"\x01n"}
_CODED = re.compile(rb"\x01(.?)", re.DOTALL)
_DECODE = {b"0": b"\0", b"1": b"\x01", b"t": b"\t", b"r": b"\r", b"n": b"\n"}
# SASL mechanisms -> flags of their MECH line. `private` ones are for clients of our own: Postfix does not offer them.
FLAGS = {
    b"PLAIN": b"plaintext",
    b"LOGIN": b"plaintext",
    b"CRAM-MD5": b"dictionary\tactive",
    b"APOP": b"private\tdictionary\tactive",
    b"SCRAM-SHA-1": b"mutual-auth",
    b"SCRAM-SHA-256": b"mutual-auth",
    b"SCRAM-SHA-1-PLUS": b"private\tmutual-auth\tchannel-binding",
    b"SCRAM-SHA-256-PLUS": b"private\tmutual-auth\tchannel-binding",
    b"XOAUTH2": b"",
    b"OAUTHBEARER": b"",
    b"EXTERNAL": b"private",
}


class BadLine(Exception):
    """The peer does not speak the protocol; the connection is of no use."""


@dataclass(slots=True)
class Line:
    """One line: its first word, a number (-1: none), the other words and the `name=value` ones among them."""

    verb: bytes
    number: int = -1
    words: list[bytes] = field(default_factory=list)
    fields: dict[bytes, bytes] = field(default_factory=dict)

    def text(self, name: bytes, limit: int = 256) -> str:
        """A field as text for log and decisions, "" without it."""
        return self.fields.get(name, b"")[:limit].decode("utf-8", "replace")


def escape(data: bytes) -> bytes:
    """A value that may stand between tabs."""
    return _ESCAPED.sub(lambda found: _ESCAPE[found[0]], data)


def unescape(data: bytes) -> bytes:
    """The value that was escaped."""
    return _CODED.sub(lambda found: _DECODE.get(found[1], found[1]), data) if b"\x01" in data else data


class Lines:
    """Takes a stream apart: feed it bytes, get whole lines."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[Line]:
        """The lines completed by `data`; raises BadLine for one that is too long."""
        *raw, self._buffer = (self._buffer + data).split(b"\n")
        if len(self._buffer) > MAX_LINE or any(len(line) > MAX_LINE for line in raw):
            raise BadLine("line too long")
        # Exim ends its lines with CR LF.
        return [parse(line[:-1] if line.endswith(b"\r") else line) for line in raw]


def parse(raw: bytes) -> Line:
    """One line without its end."""
    verb, *rest = raw.split(b"\t")
    line = Line(verb)
    if rest and _NUMBER.fullmatch(rest[0]):
        line.number = int(rest[0])
        rest = rest[1:]
    for word in rest:
        line.words.append(unescape(word))
        name, equals, value = word.partition(b"=")
        if equals:
            line.fields[name] = value if name == b"resp" else unescape(value)
    return line


def build(verb: bytes, *words: bytes | int, fields: Iterable[tuple[bytes, bytes]] = ()) -> bytes:
    """A line; words and values are escaped here."""
    out = [verb]
    out += [escape(word) if isinstance(word, bytes) else b"%d" % word for word in words]
    out += [name + b"=" + escape(value) for name, value in fields]
    return b"\t".join(out) + b"\n"


def greeting(mechanisms: Iterable[bytes], server: int, connection: int, cookie: str) -> bytes:
    """What a server says first. `server` is its pid, `cookie` 32 hex digits that only this connection knows."""
    out = [b"VERSION\t%d\t%d\n" % (MAJOR, MINOR)]
    for name in mechanisms:
        flags = FLAGS.get(name, b"private")
        out.append(b"MECH\t" + name + (b"\t" + flags if flags else b"") + b"\n")
    out.append(b"SPID\t%d\nCUID\t%d\nCOOKIE\t%s\nDONE\n" % (server, connection, cookie.encode()))
    return b"".join(out)


def base64_in(text: bytes) -> bytes | None:
    """The bytes of strict base64 (`=` alone is an empty word, RFC 4954); None for anything else."""
    if text == b"=":
        return b""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def base64_out(data: bytes) -> bytes:
    """Base64 for `resp=` and CONT."""
    return base64.b64encode(data)
