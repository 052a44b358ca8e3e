"""output - where the content goes: kept inline while small, handed on in slices when large, never all in memory.

`stage` takes the next slice of a body that is too large for one row and answers with the name of its reservation; the
store calls a message's body "staged" then. Whoever gave `stage` drops the reservation when the message is refused.
"""

from collections.abc import Callable

# Sixteen whole rows of the store. What fits in one slice needs no reservation.
SLICE = 16 * 65_516

Stage = Callable[[bytes], str]


class Output:
    """The content written so far. `size` counts every byte; beyond `limit` (0: none) it only counts."""

    __slots__ = ("_blocks", "_last", "_limit", "_pending", "_stage", "size", "staged")

    def __init__(self, limit: int, stage: Stage | None) -> None:
        self._limit, self._stage = limit, stage
        self._blocks: list[bytes] = []
        self._pending = self.size = 0
        self._last = b"\n"
        self.staged = ""

    @property
    def too_big(self) -> bool:
        """Whether the limit was passed; the content is gone then."""
        return 0 < self._limit < self.size

    @property
    def held(self) -> int:
        """Bytes in memory."""
        return sum(map(len, self._blocks))

    def put(self, data: bytes) -> None:
        """Take the next bytes."""
        if not data:
            return
        self.size += len(data)
        if 0 < self._limit < self.size:
            self._blocks.clear()
            return
        self._blocks.append(data)
        self._last = data
        self._pending += len(data)
        if self._pending > SLICE and self._stage is not None:
            self._spill()

    def finish(self) -> tuple[bytes, ...]:
        """End the last line and return the inline blocks: none of them when the body was staged."""
        if not self._last.endswith(b"\n"):
            self.put(b"\n")
        if not self.staged or self._stage is None:
            return tuple(self._blocks)
        if self._blocks:
            self._stage(b"".join(self._blocks))
        self._blocks.clear()
        return ()

    def _spill(self) -> None:
        """Hand on whole slices; the last block is cut where one ends."""
        if self._stage is None:
            return
        while self._pending > SLICE:
            *whole, last = self._blocks
            cut = len(last) - (self._pending - SLICE)
            self.staged = self._stage(b"".join([*whole, last[:cut]]))
            self._blocks, self._pending = [last[cut:]], self._pending - SLICE
