"""tally - the counts and sums of a mailbox that STATUS and QUOTA ask for, kept up to date instead of counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import astuple, dataclass

from pymaster.store.mailbox.state import DELETED, SEEN, FlagTable, State


@dataclass(slots=True)
class Tally:
    """Messages, those without \\\\Seen, those with \\\\Deleted; octets of all and of those with \\\\Deleted."""

    messages: int = 0
    unseen: int = 0
    deleted: int = 0
    size: int = 0
    deleted_size: int = 0

    def add(self, flags: frozenset[bytes], size: int, sign: int = 1) -> None:
        """Count a message in, or (`sign` -1) out."""
        self.messages += sign
        self.size += sign * size
        if SEEN not in flags:
            self.unseen += sign
        if DELETED in flags:
            self.deleted += sign
            self.deleted_size += sign * size

    def row(self) -> list[int]:
        """For the log."""
        return list(astuple(self))


def counted(state: State, table: FlagTable) -> Tally:
    """The tally of a whole mailbox, by going through its columns."""
    tally = Tally(messages=len(state), size=sum(state.sizes))
    deleted = table.having(DELETED)
    for number, count in Counter(state.flags).items():
        tally.unseen += 0 if SEEN in table.sets[number] else count
        tally.deleted += count if number in deleted else 0
    if tally.deleted:
        tally.deleted_size = sum(_sizes(state, deleted))
    return tally


def _sizes(state: State, numbers: frozenset[int]) -> Iterable[int]:
    return (size for number, size in zip(state.flags, state.sizes, strict=True) if number in numbers)
