"""snapshot - a whole View as one file: columns as they lie in memory, so that ten thousand messages load in milliseconds."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any

from pymaster.store.mailbox.driver import View
from pymaster.store.mailbox.entry import ORDER, BadIndex, Head, interned, join, packed, split, unpacked
from pymaster.store.mailbox.frames import frame, frames
from pymaster.store.mailbox.history import History
from pymaster.store.mailbox.state import FlagTable, State

# Changes with the layout: an index of another version is built anew.
VERSION = 1
MAGIC = b"PMINDEX%d%c" % (VERSION, ord(ORDER[0]))


@dataclass(slots=True)
class Snapshot:
    """A view with what belongs to it. `log`: id of the log that goes on from here, `before`: of the one that led here;
    `boot`: the machine's boot then."""

    head: Head
    view: View
    history: History
    log: bytes
    before: bytes
    boot: str


def dump(snapshot: Snapshot) -> bytes:
    """The file's bytes. Flag sets are numbered anew, those that no message has any more are left out."""
    view, state = snapshot.view, snapshot.view.state
    used = sorted(set(state.flags))
    flags = state.flags
    if used != list(range(len(used))):
        numbers = {number: n for n, number in enumerate(used)}
        flags = array("I", [numbers[number] for number in state.flags])
    return MAGIC + frame(packed([
        snapshot.head.row(), snapshot.log, snapshot.before, snapshot.boot, len(state), view.table.keywords,
        [sorted(view.table.sets[number]) for number in used], state.uids.tobytes(), flags.tobytes(),
        state.modseqs.tobytes(), state.sizes.tobytes(), state.dates.tobytes(), state.saved.tobytes(),
        join(view.places), snapshot.history.floor, *snapshot.history.dump(),
    ]))  # fmt: skip


def load(data: bytes, table: FlagTable) -> Snapshot:
    """The snapshot of a file, flags numbered by `table`; raises BadIndex."""
    if not data.startswith(MAGIC):
        raise BadIndex("another version or no index")
    payload = next((payload for _, payload in frames(data, len(MAGIC))), None)
    if payload is None:
        raise BadIndex("damaged")
    try:
        return _load(unpacked(payload), table)
    except (AttributeError, IndexError, OverflowError, TypeError, ValueError) as exc:
        raise BadIndex("damaged inside") from exc


def _load(row: Any, table: FlagTable) -> Snapshot:
    (
        first, log, before, boot, count, keywords, sets, uids, flags, modseqs, sizes, dates, saved, places, floor, *gone,
    ) = row  # fmt: skip
    head = Head.of(first)
    for keyword in keywords:
        interned(table, [keyword])
    numbers = [interned(table, each) for each in sets]
    column = array("I", flags)
    if numbers != list(range(len(numbers))):
        column = array("I", [numbers[each] for each in column])
    elif column and max(column) >= len(numbers):
        raise BadIndex("flags without a name")
    state = State(
        array("I", uids), column, array("Q", modseqs), array("Q", sizes), array("q", dates), array("q", saved),
        head.highest, head.uidnext,
    )  # fmt: skip
    columns = (state.uids, state.flags, state.modseqs, state.sizes, state.dates, state.saved)
    if type(count) is not int or {len(each) for each in columns} != {count}:
        raise BadIndex("columns of different length")
    history = History(int(floor))
    history.load(*gone)
    view = View(state, table, split(places, count), head.stamp, head.uidvalidity, head.mailbox_id)
    return Snapshot(head, view, history, bytes(log), bytes(before), str(boot))
