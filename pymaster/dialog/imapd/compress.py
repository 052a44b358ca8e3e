"""compress - a stream that deflates what it sends and inflates what it receives (COMPRESS=DEFLATE, RFC 4978).

Every send ends in a flush, so that the client has the whole answer. Inflation is bounded a call: a few octets that blow up
to gigabytes come out in portions, through the same limits as any other input.
"""

import zlib

from pymaster.dialog.imapd.handed import Io
from pymaster.util.errors import ConnectionLost

# Octets that one recv gives at most; what one deflate takes at a time.
PORTION = 65536
# Raw deflate in both directions. Ours has a window of 8 KB: a session then costs 32 KB there, and text loses little.
_INFLATE, _DEFLATE, _LEVEL, _MEMORY = -15, -13, 6, 6


class Deflated:
    """An Io over an Io. `rest` is what the client had already sent behind its COMPRESS command."""

    __slots__ = ("_deflate", "_inflate", "_input", "_io")

    def __init__(self, io: Io, rest: bytes = b"") -> None:
        self._io, self._input = io, rest
        self._inflate = zlib.decompressobj(_INFLATE)
        self._deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _DEFLATE, _MEMORY)

    def recv(self, deadline: float) -> bytes:
        """Inflated input, b"" at the end of either stream. Raises what the stream below raises; ConnectionLost for garbage."""
        while not self._inflate.eof:
            try:
                data = self._inflate.decompress(self._input, PORTION)
            except zlib.error as exc:
                raise ConnectionLost from exc
            self._input = self._inflate.unconsumed_tail
            if data:
                return data
            if not self._input:
                self._input = self._io.recv(deadline)
                if not self._input:
                    return b""
        return b""

    def send(self, data: bytes | memoryview, deadline: float) -> None:
        """Send all, compressed."""
        for start in range(0, len(data), PORTION):
            block = self._deflate.compress(data[start : start + PORTION])
            if start + PORTION >= len(data):
                block += self._deflate.flush(zlib.Z_SYNC_FLUSH)
            if block:
                self._io.send(block, deadline)

    def wake(self) -> None:
        """Have `recv` raise Woken."""
        self._io.wake()
