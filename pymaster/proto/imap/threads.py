"""threads - the algorithms of THREAD: ORDEREDSUBJECT and REFERENCES (RFC 5256), and REFS (draft-ietf-morg-inthread).

Nodes are numbers in columns. Nothing recurses, and the work is linear in messages and references however they are linked:
ids that occur twice, messages that are missing, and loops that somebody has laid on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

# Steps up the tree, for each reference, that may be spent on telling a loop from a mere detour.
_STEPS = 8


@dataclass(slots=True)
class Mail:
    """One message. `row` tells it from others and orders what has the same date; `date` when it was sent (or came, if
    that is not known), `arrived` when it came; `subject` the base subject; `references` ids, oldest first."""

    row: int
    date: int
    arrived: int
    subject: bytes = b""
    is_reply: bool = False
    message_id: bytes = b""
    references: Sequence[bytes] = ()

    @property
    def order(self) -> tuple[int, int]:
        """What siblings are sorted by."""
        return self.date, self.row


Number = Callable[[int], int]


def ordered_subject(mails: Sequence[Mail], number: Number) -> bytes:
    """The threads by subject alone: the first message of each, all the others its children."""
    groups: dict[bytes, list[Mail]] = {}
    for mail in sorted(mails, key=lambda mail: mail.order):
        groups.setdefault(mail.subject, []).append(mail)
    out = []
    # Groups stand in the order of their first messages already.
    for group in groups.values():
        numbers = [b"%d" % number(mail.row) for mail in group]
        if len(numbers) > 2:
            numbers[1:] = [b"".join([b"(%s)" % each for each in numbers[1:]])]
        out.append(b"(%s)" % b" ".join(numbers))
    return b"".join(out)


def references(mails: Sequence[Mail], number: Number) -> bytes:
    """The threads by References, then those of one subject merged; in the order in which they began."""
    forest = Forest(mails)
    forest.merge_subjects()
    return forest.written(number)


def refs(mails: Sequence[Mail], number: Number) -> bytes:
    """The threads by References alone; the one with the newest arrival comes last."""
    forest = Forest(mails)
    forest.sort_by_newest()
    return forest.written(number)


class Forest:
    """The messages linked by their references (steps 1 to 4 of REFERENCES), siblings sorted. `mail` of a node that only
    others speak of, or that was made to hold a subject together, is None."""

    def __init__(self, mails: Sequence[Mail]) -> None:
        self.mail: list[Mail | None] = []
        self.parent: list[int] = []
        self.children: list[list[int]] = []
        self._set: list[int] = []
        self._steps = _STEPS * sum([len(mail.references) + 1 for mail in mails])
        self._link_all(mails)
        self._prune()
        self.dates: list[tuple[int, int]] = [(0, 0)] * len(self.mail)
        self._sort()

    def _node(self, mail: Mail | None = None) -> int:
        number = len(self.mail)
        self.mail.append(mail)
        self.parent.append(-1)
        self.children.append([])
        self._set.append(number)
        return number

    # Step 1: links.

    def _link_all(self, mails: Sequence[Mail]) -> None:
        ids: dict[bytes, int] = {}
        for mail in mails:
            chain = [self._named(ids, each) for each in mail.references]
            own = self._named(ids, mail.message_id) if mail.message_id else self._node()
            if self.mail[own] is not None:
                # Another message has this id: this one is nobody's parent.
                own = self._node()
            self.mail[own] = mail
            for older, younger in pairwise(chain):
                if self.parent[younger] < 0:
                    self._link(older, younger)
            if chain:
                self._link(chain[-1], own)

    def _named(self, ids: dict[bytes, int], name: bytes) -> int:
        found = ids.get(name)
        if found is None:
            found = ids[name] = self._node()
        return found

    def _link(self, parent: int, child: int) -> None:
        """Make `child` a child of `parent`, away from another one, unless that would be a loop."""
        if parent == child or self.parent[child] == parent:
            return
        # Nodes of different sets were never linked, not even over others: the way up need not be walked.
        first, second = self._root(parent), self._root(child)
        if first != second:
            self._set[second] = first
        elif self._above(parent, child):
            return
        self.parent[child] = parent

    def _root(self, node: int) -> int:
        sets = self._set
        while sets[node] != node:
            sets[node] = sets[sets[node]]
            node = sets[node]
        return node

    def _above(self, node: int, wanted: int) -> bool:
        """Whether `wanted` is an ancestor of `node`; so is everything once too many steps were spent."""
        while node >= 0:
            if node == wanted or self._steps <= 0:
                return True
            self._steps -= 1
            node = self.parent[node]
        return False

    # Steps 2 and 3: roots, and nodes without message out of the way.

    def _prune(self) -> None:
        children = self.children
        roots = []
        for node, parent in enumerate(self.parent):
            if parent < 0:
                roots.append(node)
            else:
                children[parent].append(node)
        for node in reversed(self.walk(roots)):
            self._lift(node)
        self.roots: list[int] = []
        for node in roots:
            if self.mail[node] is not None or len(children[node]) > 1:
                self.roots.append(node)
            else:
                self.roots += children[node]

    def _lift(self, node: int) -> None:
        """Put the children of children without message in their place."""
        children, kept = self.children, []
        if all(self.mail[child] is not None for child in children[node]):
            return
        for child in children[node]:
            if self.mail[child] is not None:
                kept.append(child)
                continue
            # The longer list takes the shorter one up: no child is moved often, however many levels it rises.
            lifted = children[child]
            kept, lifted = (kept, lifted) if len(kept) >= len(lifted) else (lifted, kept)
            kept += lifted
        children[node] = kept

    def walk(self, roots: Sequence[int]) -> list[int]:
        """All nodes below, parents before children."""
        order, stack = [], list(roots)
        while stack:
            node = stack.pop()
            order.append(node)
            stack += self.children[node]
        return order

    # Steps 4 and 6: order. A node without message stands where its first child would.

    def _sort(self) -> None:
        for node in reversed(self.walk(self.roots)):
            self._sort_children(node)
        self.roots.sort(key=self.dates.__getitem__)

    def _sort_children(self, node: int) -> None:
        self.children[node].sort(key=self.dates.__getitem__)
        self.dates[node] = self._first(node).order

    def _first(self, node: int) -> Mail:
        """The message that a root stands for."""
        mail = self.mail[node]
        if mail is None:
            mail = self.mail[self.children[node][0]]
        assert mail is not None
        return mail

    def sort_by_newest(self) -> None:
        """Order the roots by the latest arrival in each."""
        newest: dict[int, tuple[int, int]] = {}
        for node in reversed(self.walk(self.roots)):
            mail = self.mail[node]
            arrivals = [newest[child] for child in self.children[node]]
            if mail is not None:
                arrivals.append((mail.arrived, mail.row))
            newest[node] = max(arrivals)
        self.roots.sort(key=newest.__getitem__)

    # Step 5: one thread a subject.

    def merge_subjects(self) -> None:
        """Merge roots that have the same base subject."""
        table: dict[bytes, int] = {}
        for node in self.roots:
            first = self._first(node)
            held = table.setdefault(first.subject, node)
            if self.mail[held] is not None and (
                self.mail[node] is None or (self._first(held).is_reply and not first.is_reply)
            ):
                table[first.subject] = node
        merged: set[int] = set()
        for node in self.roots:
            subject = self._first(node).subject
            held = table[subject]
            if subject and held != node and node not in merged:
                table[subject] = self._merged(node, held, merged)
        touched = {held for held in table.values() if held not in merged}
        self.roots = [node for node in self.roots if node not in merged and node not in touched] + list(touched)
        for node in touched:
            self._sort_children(node)
        self.roots.sort(key=self.dates.__getitem__)

    def _merged(self, node: int, held: int, merged: set[int]) -> int:
        """Put a root together with the one in the table; which one is in the table from now on."""
        merged.add(node)
        if self.mail[held] is None:
            self.children[held] += self.children[node] if self.mail[node] is None else [node]
            return held
        if self._first(node).is_reply and not self._first(held).is_reply:
            self.children[held].append(node)
            return held
        both = self._node()
        self.dates.append((0, 0))
        self.children[both] = [held, node]
        merged.add(held)
        return both

    # The answer.

    def written(self, number: Number) -> bytes:
        """All threads as THREAD tells them."""
        out: list[bytes] = []
        stack: list[int | bytes] = []
        for root in self.roots:
            stack += (b")", root)
            out.append(b"(")
            while stack:
                item = stack.pop()
                if isinstance(item, bytes):
                    out.append(item)
                    continue
                mail, children = self.mail[item], self.children[item]
                if mail is not None:
                    out.append(b"%d " % number(mail.row) if children else b"%d" % number(mail.row))
                if len(children) == 1:
                    stack.append(children[0])
                else:
                    for child in reversed(children):
                        stack += (b")", child, b"(")
        return b"".join(out)
