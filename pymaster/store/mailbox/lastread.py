"""lastread - the last few messages that were read, since clients fetch large ones piece by piece."""

from __future__ import annotations

from collections import OrderedDict

COUNT, OCTETS = 8, 32 << 20


class LastRead:
    """A few messages by UID; the one that was not asked for longest goes first."""

    __slots__ = ("_kept", "_octets")

    def __init__(self) -> None:
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._octets = 0

    def get(self, uid: int) -> bytes | None:
        """The message, if it is kept."""
        try:
            data = self._kept[uid]
            self._kept.move_to_end(uid)
        except KeyError:
            return None
        return data

    def put(self, uid: int, data: bytes) -> None:
        """Keep a message."""
        self.drop(uid)
        self._kept[uid] = data
        self._octets += len(data)
        # A copy of the order: another thread may be here too.
        for oldest in list(self._kept):
            if len(self._kept) <= COUNT and self._octets <= OCTETS:
                break
            self.drop(oldest)

    def drop(self, uid: int) -> None:
        """Forget a message."""
        self._octets -= len(self._kept.pop(uid, b""))

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
        self._octets = 0
