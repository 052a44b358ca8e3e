"""bdat - chunks of content announced by their size (RFC 3030 BDAT): counted bytes in, LF blocks out.

Nothing inside a chunk ends anything. Line ends are those of `data`: CRLF becomes LF, a stray CR a blank. A CR that ends
one chunk waits for the next.
"""

from pymaster.proto.smtp import command


def arguments(rest: bytes) -> tuple[int, bool] | None:
    """`count [LAST]` as (count, last); None is a syntax error."""
    words = [word for word in rest.split(b" ") if word]
    count = command.number(words[0]) if words else None
    if count is None or len(words) > 2 or (len(words) == 2 and words[1].upper() != b"LAST"):
        return None
    return count, len(words) == 2


class ChunkReceiver:
    """The chunks of one message. `size` counts bytes as received; `missing` is what the present chunk still lacks."""

    __slots__ = ("_held", "_mask", "_watch", "bare_lf", "missing", "rest", "size")

    def __init__(self, *, mask_stray_cr: bool = True, watch_bare_lf: bool = False) -> None:
        self._mask, self._watch = mask_stray_cr, watch_bare_lf
        self._held = b""
        self.size = self.missing = 0
        self.bare_lf = False
        self.rest = b""

    def begin(self, count: int) -> None:
        """A chunk of `count` bytes follows."""
        self.missing = count

    def feed(self, data: bytes) -> bytes:
        """Content of the present chunk; what lies beyond it becomes `rest`."""
        self.rest = data[self.missing :]
        part = data[: self.missing] if self.rest else data
        self.missing -= len(part)
        self.size += len(part)
        raw = self._held + part
        self._held = b"\r" if raw.endswith(b"\r") else b""
        return self._content(raw[:-1] if self._held else raw)

    def finish(self) -> bytes:
        """What was held back, after the last chunk."""
        raw, self._held = self._held, b""
        return self._content(raw)

    def _content(self, raw: bytes) -> bytes:
        text = raw.replace(b"\r\n", b"\n")
        if self._watch and not self.bare_lf:
            self.bare_lf = raw.count(b"\n") != raw.count(b"\r\n")
        if self._mask and b"\r" in text:
            text = text.replace(b"\r", b" ")
        return text
