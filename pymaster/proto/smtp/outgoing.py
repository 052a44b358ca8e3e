"""outgoing - message content on its way to an SMTP server: CRLF line ends, dot-stuffing, line length (RFC 5321 4.5).

Pure and in bulk: blocks with LF line ends in, wire bytes out; never an object per line. Lines longer than the limit are
folded as CRLF SPACE (smtp_line_length_limit), only where there are any, for folding breaks signatures.
"""


def _too_long(block: bytes, limit: int, column: int) -> bool:
    """Whether some line is longer than `limit`, given `column` bytes already sent of the first; skips a line at a hop."""
    start, size = 0, len(block)
    room = limit - column
    while size - start > room:
        newline = block.rfind(b"\n", start, start + room + 1)
        if newline < 0:
            return True
        start, room = newline + 1, limit
    return False


class Encoder:
    """Encodes one message; `limit` is the longest line in bytes without its line end, 0 for none."""

    __slots__ = ("_column", "_limit")

    def __init__(self, limit: int = 998) -> None:
        self._limit = limit
        self._column = 0

    def block(self, data: bytes) -> bytes:
        """The wire form of the next block; blocks may be cut anywhere."""
        if not data:
            return b""
        if self._limit and _too_long(data, self._limit, self._column):
            data = self._fold(data)
        wire = data.replace(b"\n.", b"\n..") if b"\n." in data else data
        if self._column == 0 and data[0] == 0x2E:
            wire = b"." + wire
        newline = data.rfind(b"\n")
        self._column = self._column + len(data) if newline < 0 else len(data) - newline - 1
        return wire.replace(b"\n", b"\r\n")

    def end(self) -> bytes:
        """End of data; completes the last line if it has no line end."""
        return b"\r\n.\r\n" if self._column else b".\r\n"

    def _fold(self, data: bytes) -> bytes:
        pieces: list[bytes] = []
        column = self._column
        start, size = 0, len(data)
        while start < size:
            newline = data.find(b"\n", start)
            end = size if newline < 0 else newline + 1
            length = (size if newline < 0 else newline) - start
            while column + length > self._limit:
                room = self._limit - column
                if room > 0:
                    pieces.append(data[start : start + room])
                    start, length = start + room, length - room
                pieces.append(b"\n ")
                column = 1
            pieces.append(data[start:end])
            column = column + length if newline < 0 else 0
            start = end
        return b"".join(pieces)
