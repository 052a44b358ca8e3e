"""batch - some messages of the selected mailbox that one FETCH answers together, with what is needed of them at hand.

Digests and messages are got for all of them at once, so that a store can do it in one thread, and messages that turn out to
be gone are left out before anything is said of the others.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

from pymaster.dialog.imapd.selected import Selected
from pymaster.proto.message import parttree
from pymaster.proto.message.digest import PARTS, Digest

Rows = range | list[int]


class Batch:
    """`rows` of the selected mailbox's view, their `uids`, and when asked for their `digests` and `bodies` (wire form)."""

    __slots__ = ("_trees", "bodies", "digests", "gone", "rows", "selected", "uids")

    def __init__(self, selected: Selected, rows: Rows) -> None:
        self.selected, self.rows = selected, rows
        self.uids = self.column(selected.view.uids)
        self.digests: list[Digest] = []
        self.bodies: list[bytes] = []
        self._trees: dict[int, parttree.Part] = {}
        # Whether some of them were no longer there.
        self.gone = False

    def column(self, values: array[int]) -> Sequence[int]:
        """A column of the view for these rows."""
        rows = self.rows
        return values[rows.start : rows.stop] if isinstance(rows, range) else [values[row] for row in rows]

    def load_digests(self, found: list[Digest | None]) -> None:
        """Take the digests (of `Mailbox.digests_of`)."""
        self._keep_found([each is not None for each in found])
        self.digests = [each for each in found if each is not None]

    def load_bodies(self, bodies: list[bytes | None]) -> None:
        """Take the messages that were read (by `read`)."""
        self._keep_found([each is not None for each in bodies])
        self.bodies = [each for each in bodies if each is not None]

    def keep(self, there: list[bool]) -> None:
        """Leave messages out."""
        if all(there):
            return
        self.rows = [row for row, present in zip(self.rows, there, strict=True) if present]
        self.uids = self.column(self.selected.view.uids)
        if self.digests:
            self.digests = [each for each, present in zip(self.digests, there, strict=True) if present]
        if self.bodies:
            self.bodies = [each for each, present in zip(self.bodies, there, strict=True) if present]
        self._trees.clear()

    def _keep_found(self, there: list[bool]) -> None:
        self.gone = self.gone or not all(there)
        self.keep(there)

    def tree(self, number: int) -> parttree.Part:
        """A message's part tree; one that cannot be read is taken for a message of one part."""
        found = self._trees.get(number)
        if found is None:
            digest = self.digests[number]
            try:
                found = parttree.unpack(digest[PARTS])
            except ValueError:
                found = parttree.Part(parttree.LEAF, 0, digest.header_size, digest.size)
            self._trees[number] = found
        return found

    def body(self, number: int) -> bytes:
        """One message, also where messages are not loaded; b"" when it is gone."""
        if self.bodies:
            return self.bodies[number]
        return self.selected.mailbox.read(self.uids[number]) or b""


def read(selected: Selected, uids: Sequence[int]) -> list[bytes | None]:
    """The messages of a batch; may run in a thread."""
    return [selected.mailbox.read(uid) for uid in uids]


def chunks(rows: list[range], size: int) -> Iterator[Rows]:
    """Rows in portions of at most `size`: ranges where they are long, lists where a set is scattered."""
    scattered: list[int] = []
    for each in rows:
        if len(each) < size // 8 and (scattered or len(rows) > 1):
            scattered.extend(each)
            while len(scattered) >= size:
                yield scattered[:size]
                del scattered[:size]
            continue
        if scattered:
            yield scattered
            scattered = []
        for start in range(each.start, each.stop, size):
            yield range(start, min(start + size, each.stop))
    if scattered:
        yield scattered


def by_weight(selected: Selected, rows: Rows, octets: int) -> Iterator[Rows]:
    """A portion cut further, so that the messages of each come to about `octets` together."""
    sizes = selected.view.sizes
    if rows and isinstance(rows, range) and sum(sizes[rows.start : rows.stop]) <= octets:
        yield rows
        return
    begin = total = 0
    for n, row in enumerate(rows):
        if total and total + sizes[row] > octets:
            yield rows[begin:n]
            begin, total = n, 0
        total += sizes[row]
    if begin < len(rows):
        yield rows[begin:]
