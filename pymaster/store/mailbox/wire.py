"""wire - a message's two forms: LF line ends as delivered to a file, CRLF as POP3 and IMAP send it.

The way from the wire to the file and back gives the same bytes, whatever they are, except that a bare LF comes back as
CRLF. A file may have CRLF line ends already, in part or throughout.
"""

from io import BytesIO

# A message is converted in pieces of so many octets, for nobody else runs while Python is at one of them.
PIECE = 1 << 18


def wire_form(data: bytes) -> bytes:
    """CRLF line ends throughout."""
    if len(data) <= PIECE:
        return _wired(data)
    # Of all ways to join pieces this one makes no copy of the whole, if it knows the size from the beginning.
    made, at, size = BytesIO(), 0, len(data)
    made.seek(wire_size(data) - 1)
    made.write(b"\n")
    made.seek(0)
    while at < size:
        end = at + PIECE
        if data[end - 1 : end + 1] == b"\r\n":
            end += 1
        made.write(_wired(data[at:end]))
        at = end
    return made.getvalue()


def _wired(data: bytes) -> bytes:
    if b"\r\n" in data:
        data = data.replace(b"\r\n", b"\n")
    return data.replace(b"\n", b"\r\n")


def wire_size(data: bytes) -> int:
    """The length of `wire_form`, without making it."""
    pairs = data.count(b"\r\n") if b"\r" in data else 0
    # A CRLF pair stays as long as it is; each other LF grows by one.
    return len(data) + data.count(b"\n") - pairs


def disk_form(data: bytes) -> bytes:
    """LF line ends; a CR that stands before a CRLF is kept together with it, so that `wire_form` finds the same again."""
    if b"\r\n" not in data:
        return data
    data = data.replace(b"\r\n", b"\n")
    return data.replace(b"\r\n", b"\r\r\n") if b"\r\n" in data else data


class DiskForm:
    """`disk_form` of a message that comes in blocks cut anywhere."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = b""

    def feed(self, block: bytes) -> bytes:
        """What can be written of it."""
        data = self._held + block
        # CRs at the end wait for what follows them.
        kept = data.rstrip(b"\r")
        run = len(data) - len(kept)
        if run <= 2:
            self._held = data[len(kept) :]
            return disk_form(kept)
        # Two are enough to know what to do with the next line end.
        self._held = b"\r\r"
        return disk_form(kept) + b"\r" * (run - 2)

    def rest(self) -> bytes:
        """The CRs at the very end."""
        held, self._held = self._held, b""
        return held
