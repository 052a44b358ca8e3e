"""mboxedit - what to write where in an mbox: flags in place if there is room, else the file anew from some message on.

What is written anew gets all of the mailbox's headers with room in them, so it happens once to a message that somebody else
delivered, and new mail stands at the end. Bodies are never taken into memory: a piece of the new end says where in the
old file it lies. Messages that the index does not know (yet) stay as they are, where they are.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pymaster.store.mailbox import mboxheaders
from pymaster.store.mailbox.mboxheaders import MAX_HEADER, Base, parse
from pymaster.store.mailbox.mboxrewrite import Piece
from pymaster.store.mailbox.mboxscan import scan
from pymaster.store.mailbox.state import MAX_KEYWORDS

# A header is read in one go if it is no longer than this (octets).
USUAL = 1 << 13


@dataclass(slots=True)
class Span:
    """A message that the index knows: where it lies, its UID and its flags."""

    start: int
    end: int
    uid: int
    flags: frozenset[bytes]


@dataclass(slots=True)
class Spot:
    """A message's header: it begins at `head`, the body at `body`."""

    head: int
    body: int
    header: bytes


@dataclass(slots=True)
class Edit:
    """An mbox that is about to be changed: its known messages by row, and what X-IMAPbase is to say. `current`: the index
    knows everything that is in the file."""

    fd: int
    size: int
    base: Base
    current: bool
    spans: dict[int, Span] = field(default_factory=dict)


def spot(fd: int, start: int, end: int) -> Spot | None:
    """The header of the message there; None when none begins there."""
    data, size = b"", min(USUAL, end - start)
    while True:
        data = os.pread(fd, size, start)
        if not data.startswith(b"From "):
            return None
        head = data.find(b"\n") + 1
        if head and data.startswith((b"\n", b"\r\n"), head):
            body = data.index(b"\n", head) + 1
            break
        at = [place + len(mark) for mark in (b"\n\n", b"\n\r\n") if (place := data.find(mark, max(head - 1, 0))) >= 0]
        if head and at:
            body = min(at)
            break
        if size >= end - start or size > MAX_HEADER:
            head, body = head or len(data), end - start
            data = data if size >= end - start else os.pread(fd, end - start, start)
            break
        size = min(size * 8, end - start)
    return Spot(start + head, start + body, data[head:body])


def in_place(edit: Edit, wanted: Mapping[int, frozenset[bytes]]) -> list[tuple[int, bytes]] | None:
    """What to write where so that these rows have these flags; None when something does not fit."""
    made = []
    for row, flags in wanted.items():
        span = edit.spans[row]
        found = spot(edit.fd, span.start, span.end)
        patches = mboxheaders.patches(found.header, span.uid, flags, old=True) if found else None
        if found is None or patches is None:
            return None
        made += [(found.head + at, data) for at, data in patches]
    return made


def with_keywords(base: Base, keywords: Sequence[bytes]) -> Base:
    """A base that knows these keywords, too."""
    have = {word.lower() for word in base.keywords}
    more = tuple(word for word in keywords if word.lower() not in have)
    return Base(base.validity, base.last, (*base.keywords, *more)[:MAX_KEYWORDS])


@dataclass(slots=True)
class Anew:
    """The new end of the file: what it is made of, from where on, and where the messages lie then."""

    start: int
    pieces: list[Piece] = field(default_factory=list)
    spans: dict[int, tuple[int, int]] = field(default_factory=dict)
    at: int = 0

    def add(self, piece: Piece) -> None:
        """One more piece; neighbours become one."""
        size = len(piece) if isinstance(piece, bytes) else piece[1]
        last = self.pieces[-1] if self.pieces else b""
        if isinstance(piece, tuple) and isinstance(last, tuple) and last[0] + last[1] == piece[0]:
            self.pieces[-1] = (last[0], last[1] + size)
        elif size:
            self.pieces.append(piece)
        self.at += size


def anew(edit: Edit, changed: Mapping[int, frozenset[bytes] | None], now: int, *, old: bool = True) -> Anew:
    """Write the file anew from the first changed row on: rows get these flags, or (None) go. `old`: those that are changed
    have been seen; others stay as new as they were.

    A mailbox without messages keeps the pseudo message; one with messages has none.
    """
    order = sorted(edit.spans.items(), key=lambda item: item[1].start)
    first = min(edit.spans[row].start for row in changed)
    if first == order[0][1].start:
        first = 0
    made = Anew(first, at=first)
    cursor = first
    for row, span in order:
        if span.end <= first:
            continue
        _gap(edit, made, cursor, span.start)
        cursor = span.end
        flags = changed.get(row, span.flags)
        if flags is not None:
            begin = made.at
            _message(edit, made, span, flags, old=old and row in changed)
            made.spans[row] = (begin, made.at)
    _gap(edit, made, cursor, edit.size)
    if made.at == 0:
        made.add(mboxheaders.pseudo_message(edit.base, now))
    return made


def _gap(edit: Edit, made: Anew, start: int, end: int) -> None:
    """What lies between messages that are known."""
    if start >= end:
        return
    if start == 0:
        found = spot(edit.fd, 0, end)
        if found and parse(found.header).pseudo:
            start = next(scan(edit.fd, 0, end)).end
    made.add((start, end - start))


def _message(edit: Edit, made: Anew, span: Span, flags: frozenset[bytes], *, old: bool) -> None:
    found = spot(edit.fd, span.start, span.end)
    if found is None:
        made.add((span.start, span.end - span.start))
        return
    meta, base = parse(found.header), edit.base if made.at == 0 else None
    old = old or meta.old
    fits = mboxheaders.patches(found.header, span.uid, flags, old=old)
    if base is None and fits == [] and meta.base is None:
        made.add((span.start, span.end - span.start))
        return
    made.add((span.start, found.head - span.start))
    made.add(mboxheaders.rewritten(found.header, mboxheaders.lines(span.uid, flags, old=old, base=base)))
    made.add((found.body, span.end - found.body))
