"""data - the content after DATA, received in bulk (RFC 5321 section 4.5.2): chunks in, LF blocks out, dots unstuffed.

Only CRLF "." CRLF ends a message, where the first CRLF is a line end and not the tail of CR CR LF: every other form is
text, which is the defence against smuggling. A bare LF is a line end, a bare CR becomes a blank
(cleanup_replace_stray_cr_lf). There is never an object per line: a block costs a few searches in C, and a large block
without anything special (nearly all blocks of large messages) only two passes, one of them a copy.
"""

import re

_END = b"\r\n.\r\n"
_TAILS = (b"\r\n.\r", b"\r\n.", b"\r\n", b"\r", b"\n")
_CR = 13
# A CR that is not just the end of a line: a stray one, or the end of the content or a stuffed dot follows it.
_SPECIAL = re.compile(rb"\r(?!\n(?!\.))")
# From so many bytes on it pays to look for that first.
_LARGE = 8192


class DataReceiver:
    """One message. `done` when the end was seen; `rest` is what came after it.

    `size` counts received bytes with CRLF line ends, without stuffing dots and the end: what RFC 1870 calls the size.
    """

    __slots__ = ("_after_cr", "_begun", "_held", "_mask", "_watch", "bare_lf", "done", "rest", "size")

    def __init__(self, *, mask_stray_cr: bool = True, watch_bare_lf: bool = False) -> None:
        """`watch_bare_lf` costs a count per block and sets `bare_lf`."""
        self._mask, self._watch = mask_stray_cr, watch_bare_lf
        # The text begins as if after a line end; that line end itself is not content.
        self._held = b"\r\n"
        self._begun = self._after_cr = False
        self.size = -2
        self.done = self.bare_lf = False
        self.rest = b""

    def feed(self, data: bytes) -> bytes:
        """Content completed by `data`, with LF line ends."""
        buffer = self._held + data
        if len(buffer) >= _LARGE:
            cut = len(buffer) - _kept(buffer)
            if _SPECIAL.search(buffer, 0, cut) is None:
                self._held = buffer[cut:]
                return self._plain(buffer[:cut])
        end = buffer.find(_END)
        while end >= 0 and (buffer[end - 1] == _CR if end else self._after_cr):
            end = buffer.find(_END, end + 1)
        if end >= 0:
            self.done, self.rest, self._held = True, buffer[end + 5 :], b""
            return self._content(buffer[: end + 2])
        # What may be the beginning of a line end, of a stuffed dot or of the end waits for its successor.
        cut = len(buffer) - _kept(buffer)
        self._held = buffer[cut:]
        return self._content(buffer[:cut]) if cut else b""

    def _plain(self, raw: bytes) -> bytes:
        """Content in which every CR is half of a line end and no dot follows one; bare LFs there may be."""
        text = raw.replace(b"\r", b"")
        size = len(raw)
        if (self._watch or b"." in text) and raw.count(b"\n") != size - len(text):
            self.bare_lf = self._watch
            unstuffed = text.replace(b"\n.", b"\n")
            size -= len(text) - len(unstuffed)
            text = unstuffed
        self._after_cr = False
        self.size += size
        if not self._begun:
            self._begun = True
            return text[1:]
        return text

    def _content(self, raw: bytes) -> bytes:
        self._after_cr = raw.endswith(b"\r")
        if self._watch and not self.bare_lf:
            self.bare_lf = raw.count(b"\n") != raw.count(b"\r\n")
        text = raw.replace(b"\r\n", b"\n")
        size = len(raw)
        if b"\n." in text:
            stuffed = len(text)
            text = text.replace(b"\n.", b"\n")
            size -= stuffed - len(text)
        self.size += size
        if self._mask and b"\r" in text:
            text = text.replace(b"\r", b" ")
        if not self._begun:
            self._begun = True
            return text[1:]
        return text


def _kept(buffer: bytes) -> int:
    """How many bytes at the end may be the beginning of a line end, of a stuffed dot or of the end."""
    return next((len(tail) for tail in _TAILS if buffer.endswith(tail)), 0)
