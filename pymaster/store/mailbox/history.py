"""history - which UIDs went at which modseq, for QRESYNC: a bounded list of runs, with a floor below which nobody knows."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable

from pymaster.proto.imap.sets import merged, runs

# Runs kept; when there are more, the older half goes and the floor rises.
KEPT = 20_000


class History:
    """Runs of expunged UIDs in the order of their going. Since `floor` (a modseq) the list is complete."""

    __slots__ = ("floor", "highs", "lows", "modseqs")

    def __init__(self, floor: int) -> None:
        self.floor = floor
        self.modseqs, self.lows, self.highs = array("Q"), array("I"), array("I")

    def add(self, uids: Iterable[int], modseq: int) -> None:
        """These (rising) went at `modseq`."""
        for low, high in runs(uids):
            self.modseqs.append(modseq)
            self.lows.append(low)
            self.highs.append(high)
        if len(self.modseqs) > KEPT:
            self._forget(len(self.modseqs) - KEPT // 2)

    def _forget(self, count: int) -> None:
        # All runs of one modseq go together, or the floor would lie.
        self.floor = self.modseqs[count - 1]
        count = bisect_right(self.modseqs, self.floor)
        del self.modseqs[:count], self.lows[:count], self.highs[:count]

    def since(self, modseq: int) -> list[tuple[int, int]] | None:
        """Runs that went after `modseq`, merged; None when it lies below the floor."""
        if modseq < self.floor:
            return None
        at = bisect_right(self.modseqs, modseq)
        return merged(list(zip(self.lows[at:], self.highs[at:], strict=True)))

    def dump(self) -> list[bytes]:
        """The columns as bytes."""
        return [self.modseqs.tobytes(), self.lows.tobytes(), self.highs.tobytes()]

    def load(self, modseqs: bytes, lows: bytes, highs: bytes) -> None:
        """Columns from `dump`; raises ValueError."""
        self.modseqs, self.lows, self.highs = array("Q", modseqs), array("I", lows), array("I", highs)
        if not len(self.modseqs) == len(self.lows) == len(self.highs):
            raise ValueError("columns of different length")
