"""submission - a message on its way from sendmail(1) to pickup(8): one form on the socket and in the maildrop folder.

A line that names form and version, then frames: one letter, four bytes of length (big endian), the payload.

    A name=value   sender, full_name, encoding, ret, envid, verp, flags, standalone
    R notify NUL orcpt NUL address    a recipient in internal form
    N bytes        content with LF line ends, at most 64 KB a frame
    E              the end; without it nothing was submitted

Nothing here is imported that costs time: sendmail starts for every message.
"""

MAGIC = b"pymaster-submission 1\n"
CHUNK = 65536
# A value that is not content; and how many recipients one submission may have.
MAX_VALUE, MAX_RECIPIENTS = 8192, 100_000
NAMES = frozenset((b"sender", b"full_name", b"encoding", b"ret", b"envid", b"verp", b"flags", b"standalone"))


class BadSubmission(Exception):
    """Bytes that are no submission."""


def frame(letter: bytes, payload: bytes = b"") -> bytes:
    """One frame."""
    return letter + len(payload).to_bytes(4, "big") + payload


def attribute(name: bytes, value: bytes) -> bytes:
    """The frame of an attribute."""
    return frame(b"A", name + b"=" + value)


def recipient(address: bytes, notify: int = 0, orcpt: bytes = b"") -> bytes:
    """The frame of a recipient."""
    return frame(b"R", b"%d\0%s\0%s" % (notify, orcpt, address))


def content(data: bytes) -> bytes:
    """The frames of a piece of content."""
    return b"".join([frame(b"N", data[pos : pos + CHUNK]) for pos in range(0, len(data), CHUNK)])


END = frame(b"E")


class Reader:
    """Takes a submission apart: attributes and recipients first, then content, then the end.

    `attributes` and `recipients` ((address, notify, orcpt)) fill as it is fed; `feed` gives the content's pieces back.
    """

    __slots__ = ("_buffer", "_greeted", "attributes", "done", "recipients")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._greeted = False
        self.attributes: dict[bytes, bytes] = {}
        self.recipients: list[tuple[bytes, int, bytes]] = []
        self.done = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes of the stream; raises BadSubmission."""
        buffer = self._buffer
        buffer += data
        pos = 0
        if not self._greeted:
            if not buffer.startswith(MAGIC[: len(buffer)]):
                raise BadSubmission("not a submission")
            if len(buffer) < len(MAGIC):
                return []
            self._greeted, pos = True, len(MAGIC)
        found: list[bytes] = []
        while len(buffer) - pos >= 5 and not self.done:
            letter, size = bytes(buffer[pos : pos + 1]), int.from_bytes(buffer[pos + 1 : pos + 5], "big")
            if size > (CHUNK if letter == b"N" else MAX_VALUE):
                raise BadSubmission("frame too large")
            if len(buffer) - pos - 5 < size:
                break
            payload = bytes(buffer[pos + 5 : pos + 5 + size])
            pos += 5 + size
            if letter == b"N":
                found.append(payload)
            else:
                self._envelope(letter, payload)
        del buffer[:pos]
        return found

    def _envelope(self, letter: bytes, payload: bytes) -> None:
        if letter == b"E":
            self.done = True
            return
        if b"\n" in payload or b"\r" in payload:
            raise BadSubmission("line end in the envelope")
        if letter == b"A":
            name, equals, value = payload.partition(b"=")
            if not equals or name not in NAMES or b"\0" in value:
                raise BadSubmission("unknown attribute")
            self.attributes[name] = value
        elif letter == b"R":
            self._recipient(payload)
        else:
            raise BadSubmission("unknown frame")

    def _recipient(self, payload: bytes) -> None:
        parts = payload.split(b"\0")
        if len(parts) != 3 or parts[0] not in _NOTIFY or len(self.recipients) >= MAX_RECIPIENTS:
            raise BadSubmission("bad recipient")
        self.recipients.append((parts[2], _NOTIFY[parts[0]], parts[1]))


_NOTIFY = {b"%d" % number: number for number in range(16)}
