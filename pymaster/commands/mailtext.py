"""mailtext - what a user pipes into sendmail, made content: line ends, the lone dot, a mailbox separator on top.

In bulk, block by block: never a line at a time. Imports nothing, for sendmail must start at once.
"""


class MailText:
    """Content as it comes in. `dot` ends it at a line with nothing but a dot; `crlf` makes CRLF a plain line end."""

    __slots__ = ("_carry", "_crlf", "_dot", "_lead", "_top", "ended")

    def __init__(self, *, dot: bool, crlf: bool = True) -> None:
        self._dot, self._crlf = dot, crlf
        self._carry = b""
        self._top, self._lead = True, 1
        self.ended = False

    def feed(self, block: bytes, *, final: bool = False) -> bytes:
        """The content that a block completes; some bytes stay back until the next one."""
        if self.ended:
            return b""
        data = self._carry + block
        self._carry = b""
        if self._crlf:
            if data.endswith(b"\r") and not final:
                data, self._carry = data[:-1], b"\r"
            data = data.replace(b"\r\n", b"\n")
        if self._top:
            data = self._skip_separator(data, final)
        if self._dot and not self._top:
            data = self._until_dot(data, final)
        return data

    def _skip_separator(self, data: bytes, final: bool) -> bytes:
        """Leave out leading `From ` lines of a mailbox."""
        while True:
            plain = data.lstrip(b">")
            if not final and (not plain or (len(plain) < 5 and b"From ".startswith(plain))):
                self._carry = data + self._carry
                return b""
            if not plain.startswith(b"From "):
                self._top = False
                return data
            end = data.find(b"\n")
            if end < 0:
                self._carry = b"" if final else data + self._carry
                return b""
            data = data[end + 1 :]
            if not data:
                return b""

    def _until_dot(self, data: bytes, final: bool) -> bytes:
        """Everything up to a line `.`; a line start that may become one stays back."""
        if self._lead == 1 and data:
            data, self._lead = b"\n" + data, 2  # a line end stands before the first line, too
        found = data.find(b"\n.\n")
        if found >= 0:
            self.ended = True
            data = data[: found + 1]
        elif final:
            data = data[:-1] if data.endswith(b"\n.") else data
        else:
            keep = 2 if data.endswith(b"\n.") else 1 if data.endswith(b"\n") else 0
            if keep:
                self._carry = data[-keep:] + self._carry
                data = data[:-keep]
        if self._lead == 2 and data:
            data, self._lead = data[1:], 0
        return data
