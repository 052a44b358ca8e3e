"""mime - where in a message a line lies: its header, the header of a MIME part, a nested message's header, or a body.

A walker that is fed lines and keeps a stack of boundaries (RFC 2046 section 5.1): iterative, at most `nesting` deep, with
boundaries cut at `boundary_limit`; beyond these everything is body. Only header and body checks need it, so only they
pay for it. Nothing is decoded and nothing is changed.
"""

import re

from pymaster.proto.message.header import unfold

PRIMARY, MULTIPART, NESTED, BODY = "header", "mime header", "nested header", "body"

_TYPE = re.compile(rb"[ \t\n]*+([!#-'*+.0-9A-Z^-~-]++)[ \t\n]*+/[ \t\n]*+([!#-'*+.0-9A-Z^-~-]++)")
_BOUNDARY = re.compile(
    rb";[ \t\n]*+boundary[ \t\n]*+=[ \t\n]*+(?:\"((?:[^\"\\]++|\\.)*+)\"?|([^\x00-\x20()<>@,;:\\\"/\[\]?=]++))",
    re.IGNORECASE | re.DOTALL,
)
_PAIR = re.compile(rb"\\(.)", re.DOTALL)
MIME_NAMES = frozenset(
    (
        b"mime-version",
        b"content-type",
        b"content-transfer-encoding",
        b"content-disposition",
        b"content-description",
        b"content-id",
    )
)


class MimeState:
    """The place in one message. `place` is PRIMARY, MULTIPART, NESTED or BODY; feed headers and body lines in order."""

    __slots__ = ("_boundary", "_limit", "_nesting", "_rfc822", "_stack", "place")

    def __init__(self, nesting: int = 100, boundary_limit: int = 2048) -> None:
        self.place = PRIMARY
        self._nesting, self._limit = nesting, boundary_limit
        self._stack: list[bytes] = []
        self._boundary = b""
        self._rfc822 = False

    @property
    def depth(self) -> int:
        """How many multiparts are open."""
        return len(self._stack)

    def header(self, name: bytes, value: bytes) -> None:
        """A logical header of the current header section (lower-case name)."""
        if name != b"content-type":
            return
        kind = _TYPE.match(value)
        if kind is None:
            return
        major, minor = kind.group(1).lower(), kind.group(2).lower()
        self._rfc822 = major == b"message" and minor in (b"rfc822", b"global")
        if major == b"multipart" and (found := _BOUNDARY.search(unfold(value), kind.end())):
            text = found.group(1) if found.group(1) is not None else found.group(2)
            self._boundary = _PAIR.sub(rb"\1", text)[: self._limit]

    def end_of_header(self) -> None:
        """The empty line after a header section: what follows is a body, or the header of a message inside."""
        if self._boundary and len(self._stack) < self._nesting:
            self._stack.append(self._boundary)
            self.place = BODY
        elif self._rfc822:
            self.place = NESTED
        else:
            self.place = BODY
        self._boundary, self._rfc822 = b"", False

    def delimiter(self, line: bytes) -> bool:
        """Whether a line is the delimiter of an open multipart; the place moves accordingly."""
        if not line.startswith(b"--"):
            return False
        for depth in range(len(self._stack) - 1, -1, -1):
            boundary = self._stack[depth]
            if not line.startswith(boundary, 2):
                continue
            rest = line[2 + len(boundary) :]
            if rest.startswith(b"--"):
                del self._stack[depth:]
                self.place = BODY
                self._boundary, self._rfc822 = b"", False
                return True
            if not rest.strip(b" \t\n"):
                del self._stack[depth + 1 :]
                self.place = MULTIPART
                self._boundary, self._rfc822 = b"", False
                return True
        return False
