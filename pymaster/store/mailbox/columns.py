"""columns - a View taken one or many log entries further: columns are copied once, then changed in place."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from itertools import compress

from pymaster.store.mailbox.driver import View
from pymaster.store.mailbox.entry import BadIndex, Body, Head, interned
from pymaster.store.mailbox.state import State

# Up to so many rows are taken out one by one, more by going through the columns once.
FEW = 32


class Columns:
    """The columns of a View, to be changed. The view's own arrays are never touched (its list of places may be, see
    `places`): sessions and threads still read them."""

    __slots__ = ("_reflagged", "_rows_changed", "dates", "flags", "modseqs", "places", "saved", "sizes", "uids", "view")

    def __init__(self, view: View) -> None:
        state = view.state
        self.view = view
        self.uids, self.flags, self.modseqs = state.uids, state.flags, state.modseqs
        self.sizes, self.dates, self.saved = state.sizes, state.dates, state.saved
        self.places: list[str] = view.places if isinstance(view.places, list) else list(view.places)
        self._rows_changed = self._reflagged = False

    def apply(self, head: Head, body: Body) -> None:
        """One entry; raises BadIndex when it does not fit."""
        if body.reset:
            self.view = View(State(), self.view.table)
            Columns.__init__(self, self.view)
        if body.gone:
            self._remove(body.gone)
        numbers = [interned(self.view.table, flags) for flags in body.sets]
        for number, uids in body.flags:
            self._reflag(uids, numbers[number], head.highest)
        for uid, place in zip(body.moved, body.places, strict=True):
            row = self._row(uid)
            if row >= 0:
                # In place: rows stay where they are, and whoever reads the old place looks for the file anew.
                self.places[row] = place
        if body.arrived:
            self._extend(body, numbers, head.highest)

    def result(self, head: Head) -> View:
        """The new view."""
        state = State(
            self.uids, self.flags, self.modseqs, self.sizes, self.dates, self.saved, head.highest, head.uidnext
        )  # fmt: skip
        return View(state, self.view.table, self.places, head.stamp, head.uidvalidity, head.mailbox_id)

    def _row(self, uid: int) -> int:
        at = bisect_left(self.uids, uid)
        return at if at < len(self.uids) and self.uids[at] == uid else -1

    def _own_rows(self) -> None:
        if not self._rows_changed:
            self.uids, self.sizes, self.dates, self.saved = self.uids[:], self.sizes[:], self.dates[:], self.saved[:]
            self.places = self.places[:]
            self._rows_changed = True
        self._own_flags()

    def _own_flags(self) -> None:
        if not self._reflagged:
            self.flags, self.modseqs = self.flags[:], self.modseqs[:]
            self._reflagged = True

    def _reflag(self, uids: Iterable[int], number: int, modseq: int) -> None:
        self._own_flags()
        for uid in uids:
            row = self._row(uid)
            if row >= 0:
                self.flags[row], self.modseqs[row] = number, modseq

    def _remove(self, uids: array[int]) -> None:
        rows = [row for row in map(self._row, uids) if row >= 0]
        if len(rows) <= FEW:
            self._own_rows()
            for row in reversed(rows):
                del self.uids[row], self.flags[row], self.modseqs[row], self.sizes[row], self.dates[row]
                del self.saved[row], self.places[row]
            return
        keep = bytearray(b"\1") * len(self.uids)
        for row in rows:
            keep[row] = 0
        for name in ("uids", "flags", "modseqs", "sizes", "dates", "saved"):
            column = getattr(self, name)
            setattr(self, name, array(column.typecode, compress(column, keep)))
        self.places = list(compress(self.places, keep))
        self._rows_changed = self._reflagged = True

    def _extend(self, body: Body, numbers: list[int], modseq: int) -> None:
        arrived = body.arrived
        assert arrived is not None
        if self.uids and arrived.uids[0] <= self.uids[-1]:
            raise BadIndex("UIDs do not rise")
        self._own_rows()
        self.uids += arrived.uids
        self.flags.extend([numbers[each] for each in arrived.flags])
        self.modseqs += array("Q", [modseq]) * len(arrived.uids)
        self.sizes += arrived.sizes
        self.dates += arrived.dates
        self.saved += arrived.saved
        self.places += arrived.places
