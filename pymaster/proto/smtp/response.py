"""response - an SMTP server's reply as its client reads it (RFC 5321 section 4.2), from bytes and bounded.

A peer is hostile: a reply may have any number of lines of any length, forged enhanced codes, control characters. What is
kept is capped at KEEP bytes; a reply that is no reply at all raises ResponseError.
"""

import re
from dataclasses import dataclass

from pymaster.util.text import printable

KEEP = 8192
LINE_LIMIT = 65536
REPLY_LIMIT = 1 << 20
_LINE = re.compile(rb"([2-5][0-9][0-9])([ -]?)(.*)", re.DOTALL)
_DSN = re.compile(rb"([245])\.([0-9]{1,3})\.([0-9]{1,3})(?: |$)")


class ResponseError(Exception):
    """The peer does not speak SMTP, or says more than a client needs to read."""


@dataclass(slots=True, frozen=True)
class Response:
    """One reply: code (200-599), the enhanced code if it fits the class of the code, and the lines after the codes."""

    code: int
    dsn: str
    lines: tuple[bytes, ...]

    @property
    def text(self) -> str:
        """The whole reply on one line, `550 5.1.1 No such user`, fit for the log and a notification."""
        return printable(b" ".join([b"%d" % self.code, *self.lines]), 1000)

    @property
    def ok(self) -> bool:
        """Whether it is a positive completion (2xx)."""
        return 200 <= self.code <= 299

    @property
    def permanent(self) -> bool:
        """Whether it is a permanent failure (5xx)."""
        return self.code >= 500

    def status_code(self) -> str:
        """The enhanced status code, or the class's `x.0.0` when the server gave none (RFC 3463)."""
        return self.dsn or f"{min(max(self.code // 100, 2), 5) if self.code // 100 != 3 else 5}.0.0"


class ResponseReader:
    """Feed it bytes, take whole replies."""

    __slots__ = ("_buffer", "_kept", "_lines", "_seen")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._lines: list[bytes] = []
        self._kept = 0
        self._seen = 0

    def feed(self, data: bytes) -> list[Response]:
        """The replies completed by `data`; raises ResponseError."""
        self._buffer += data
        found: list[Response] = []
        start = 0
        while True:
            end = self._buffer.find(b"\n", start)
            if end < 0:
                break
            line = bytes(self._buffer[start:end])
            start = end + 1
            response = self._line(line[:-1] if line.endswith(b"\r") else line)
            if response is not None:
                found.append(response)
        del self._buffer[:start]
        if len(self._buffer) > LINE_LIMIT:
            raise ResponseError("line too long")
        return found

    @property
    def pending(self) -> bool:
        """Whether bytes of an unfinished reply wait."""
        return bool(self._buffer or self._lines)

    def _line(self, line: bytes) -> Response | None:
        match = _LINE.match(line)
        if match is None:
            raise ResponseError("not an SMTP reply")
        self._seen += len(line) + 2
        if self._seen > REPLY_LIMIT:
            raise ResponseError("reply too long")
        text = match[3]
        if self._kept + len(text) <= KEEP:
            self._lines.append(text)
            self._kept += len(text)
        if match[2] == b"-":
            return None
        return self._finish(int(match[1]))

    def _finish(self, code: int) -> Response:
        lines, self._lines, self._kept, self._seen = tuple(self._lines), [], 0, 0
        match = _DSN.match(lines[0]) if lines else None
        # An enhanced code of another class than the reply code is a lie or a bug; the reply code counts.
        dsn = match[0].decode("ascii").rstrip(" ") if match and int(match[1]) == code // 100 else ""
        return Response(code, dsn, lines)
