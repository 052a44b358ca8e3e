"""reply - an SMTP reply as a value: code, enhanced code (RFC 3463), lines; and its wire form (RFC 5321 section 4.2).

A reply that is always the same is made once and keeps its wire form.
"""

from __future__ import annotations

from pymaster.util.text import printable

# A reply line, with code and CRLF, is at most 512 octets (RFC 5321 section 4.5.3.1.5); ours stay well below.
_LONGEST = 480


class Reply:
    """One reply. `dsn` is empty where none is sent (greeting, EHLO, 354); `lines` are text without line ends."""

    __slots__ = ("_wire", "code", "dsn", "lines")

    def __init__(self, code: int, dsn: str, *lines: str) -> None:
        self.code, self.dsn, self.lines = code, dsn, lines or ("",)
        self._wire: bytes | None = None

    @property
    def ok(self) -> bool:
        """Whether the command succeeded (2xx) or goes on (3xx)."""
        return self.code < 400

    @property
    def text(self) -> str:
        """The reply as one line, as the log shows it: `554 5.7.1 <x>: Relay access denied`."""
        head = f"{self.code} {self.dsn} " if self.dsn else f"{self.code} "
        return head + " ".join(self.lines)

    def encode(self) -> bytes:
        """The bytes to send; every line safe (no control characters), at most 512 octets."""
        if self._wire is None:
            self._wire = _encode(self)
        return self._wire

    def soft(self) -> Reply:
        """The same reply as a temporary one (soft_bounce)."""
        if self.code < 500:
            return self
        dsn = "4" + self.dsn[1:] if self.dsn else ""
        return Reply(self.code - 100, dsn, *self.lines)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Reply):
            return NotImplemented
        return (self.code, self.dsn, self.lines) == (other.code, other.dsn, other.lines)

    def __hash__(self) -> int:
        return hash((self.code, self.dsn, self.lines))

    def __repr__(self) -> str:
        return f"Reply({self.text!r})"


def _encode(reply: Reply) -> bytes:
    code, dsn = str(reply.code), reply.dsn + " " if reply.dsn else ""
    last = len(reply.lines) - 1
    out = []
    for number, line in enumerate(reply.lines):
        text = printable(line).encode("utf-8")
        if len(text) > _LONGEST:
            text = text[:_LONGEST].decode("utf-8", "ignore").encode("utf-8")
        out.append(b"%s%s%s%s\r\n" % (code.encode(), b" " if number == last else b"-", dsn.encode(), text))
    return b"".join(out)


def parse(text: str) -> Reply | None:
    """A reply from `554 5.7.1 text` (access tables, policy servers, milters); None if it does not begin with a code.

    Without an enhanced code `dsn` is empty.
    """
    code, _, rest = text.partition(" ")
    if len(code) != 3 or not code.isascii() or not code.isdecimal() or code[0] not in "2345":
        return None
    dsn, _, more = rest.lstrip(" \t").partition(" ")
    if is_dsn(dsn):
        return Reply(int(code), dsn, more.strip(" \t"))
    return Reply(int(code), "", rest.strip(" \t"))


def is_dsn(text: str) -> bool:
    """Whether this is an enhanced status code: class, subject and detail of at most three digits (RFC 3463)."""
    parts = text.split(".")
    return (
        len(parts) == 3
        and parts[0] in ("2", "4", "5")
        and all(1 <= len(part) <= 3 and part.isascii() and part.isdecimal() for part in parts[1:])
    )
