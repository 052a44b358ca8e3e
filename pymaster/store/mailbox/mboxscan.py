"""mboxscan - where messages begin and end in an mbox.

A message begins with a From_ line: `From `, a sender that may be anything, and a date as ctime(3) writes it, with or
without seconds and zone. Such a line ends the message before it wherever it stands; what ends it earlier for another
reader but not for us (no date) is text. A Content-Length is believed only when a From_ line or the end of the file
follows at the place it names. The empty line before a From_ line belongs to nobody.

The file is read in large blocks and searched by `find`: a file without a single message costs the same as one with many,
and no object is made for a line. It is not mapped: another program that cuts the file would kill us. The caller holds
the mailbox's lock. Sources: RFC 4155, mbox(5), mboxrd and mboxcl2 as mutt and procmail write them.
"""

from __future__ import annotations

import calendar
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

# How much is read at a time, how long a From_ line may be, how far a header is looked through for Content-Length.
BLOCK, MAX_LINE, MAX_HEADER = 1 << 20, 1000, 1 << 20
# A message may be as large as this (octets): it is handled in one piece.
MAX_MESSAGE = 1 << 31

_MONTHS = {name: n + 1 for n, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(b" "))}
_ZONES = {b"UTC": 0, b"GMT": 0, b"UT": 0, b"EST": -300, b"EDT": -240, b"CST": -360, b"CDT": -300, b"MST": -420,
          b"MDT": -360, b"PST": -480, b"PDT": -420, b"BST": 60, b"CET": 60, b"CEST": 120, b"MET": 60, b"MEST": 120}  # fmt: skip
_FROM = re.compile(
    rb"From [^\n]{0,800}?\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? "
    rb"(?: {0,2}(?P<month>[A-Z][a-z]{2}) {1,2}(?P<day>[0-9]{1,2})| {0,2}(?P<day2>[0-9]{1,2}) (?P<month2>[A-Z][a-z]{2}))"
    rb"(?: (?P<year0>[0-9]{4}))? {1,2}(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?"
    rb"(?: (?P<zone>[+-][0-9]{4}|[A-Z]{2,5})(?: DST)?)?(?: (?P<year>[0-9]{4}))?(?: (?P<zone2>[+-][0-9]{4}|[A-Z]{2,5}))?"
    rb"[^\n]{0,100}\r?(?:\n|\Z)"
)
_HEADER_END = re.compile(rb"\n\r?\n")
_LENGTH = re.compile(rb"^content-length:[ \t]*([0-9]{1,10})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_EMPTY = re.compile(rb"(?:\r?\n){0,2}")


@dataclass(slots=True)
class Found:
    """One message: it fills the file from `start` to `end`, the From_ line and the empty line after it included.

    `data` are these bytes; `head` is where in `data` the header begins, `body` where the body does, and `text` where the
    message ends and the separating empty line begins.
    """

    start: int
    data: bytes
    head: int
    body: int
    text: int

    @property
    def end(self) -> int:
        """Where the next message begins."""
        return self.start + len(self.data)

    @property
    def finished(self) -> bool:
        """Whether the empty line that ends a message is there: a writer that died left none."""
        return self.text < len(self.data)


def from_line(data: bytes, at: int = 0) -> bool:
    """Whether a From_ line stands at this place of `data`."""
    return data.startswith(b"From ", at) and _FROM.match(data, at) is not None


def from_date(data: bytes) -> int | None:
    """The date of a From_ line as seconds since 1970; without a zone it is local time. None when it has none."""
    found = _FROM.match(data)
    if not found:
        return None
    month = _MONTHS.get(found["month"] or found["month2"])
    year = found["year"] or found["year0"]
    if not month or not year:
        return None
    fields = (int(year), month, int(found["day"] or found["day2"]), int(found["hour"]), int(found["minute"]),
              int(found["second"] or b"0"), 0, 0, -1)  # fmt: skip
    minutes = _zone(found["zone2"] or found["zone"])
    try:
        made = int(time.mktime(fields)) if minutes is None else calendar.timegm(fields) - 60 * minutes
    except (OverflowError, ValueError):
        return None
    return made if made >= 0 else None


def _zone(word: bytes | None) -> int | None:
    """A zone as minutes east of UTC; None: unknown, so local."""
    if not word:
        return None
    if word[:1] in b"+-":
        minutes = int(word[1:3]) * 60 + int(word[3:5])
        return -minutes if word[:1] == b"-" else minutes
    return _ZONES.get(word)


def from_text(date: int, sender: bytes = b"MAILER-DAEMON") -> bytes:
    """A From_ line as deliveries write it."""
    return b"From %s  %s\n" % (sender, time.asctime(time.localtime(date)).encode())


class _Window:
    """A piece of the file in memory, moved and widened as the scan goes on."""

    def __init__(self, fd: int, start: int, size: int) -> None:
        self.fd, self.base, self.size, self.data = fd, start, size, b""

    @property
    def complete(self) -> bool:
        return self.base + len(self.data) >= self.size

    def widen(self, at: int) -> int:
        """Read on, at least as much as is there already; drop what lies before `at`. How far the rest moved."""
        kept = self.data[at:] if at else self.data
        self.base += at
        wanted = max(BLOCK, len(kept))
        parts, left = [kept], min(wanted, self.size - self.base - len(kept))
        while left > 0:
            block = os.pread(self.fd, left, self.base + sum(map(len, parts)))
            if not block:
                self.size = self.base + sum(map(len, parts))
                break
            parts.append(block)
            left -= len(block)
        self.data = b"".join(parts)
        if len(self.data) > MAX_MESSAGE:
            raise OverflowError("message too large")
        return at


def scan(fd: int, start: int, size: int) -> Iterator[Found]:
    """The messages between `start`, where one begins, and `size`, in order.

    The first line of a file is a From_ line if it begins like one, whatever follows. Raises OSError, OverflowError
    for a message over 2 GB, ValueError when no message begins at `start`.
    """
    window = _Window(fd, start, size)
    window.widen(0)
    at = 0
    if start < size and not window.data.startswith(b"From "):
        raise ValueError("not an mbox")
    while at < len(window.data):
        end, at = _next(window, at)
        yield _found(window.base + at, window.data[at:end])
        at = end
        if at >= len(window.data) and not window.complete:
            window.widen(at)
            at = 0


def _next(window: _Window, at: int) -> tuple[int, int]:
    """The end of the message at `at`, and where it begins now that the window may have moved."""
    searched = at
    while True:
        place = window.data.find(b"\nFrom ", searched)
        if place < 0 or place + MAX_LINE > len(window.data):
            if not window.complete:
                # Searched again from a little before: the pattern may be cut by the window's end.
                back = (place if place >= 0 else max(len(window.data) - 5, at)) - at
                window.widen(at)
                at, searched = 0, max(back, 0)
                continue
            if place < 0:
                break
        if _FROM.match(window.data, place + 1):
            break
        searched = place + 1
    end = len(window.data) if place < 0 else place + 1
    return _by_length(window, at, end)


def _by_length(window: _Window, at: int, end: int) -> tuple[int, int]:
    """The end that Content-Length names, if it is one."""
    found = _HEADER_END.search(window.data, at, min(end, at + MAX_HEADER))
    if not found:
        return end, at
    named = _LENGTH.search(window.data, at, found.start() + 1)
    if not named:
        return end, at
    wanted = found.end() + int(named[1])
    if wanted <= end or window.base + wanted > window.size:
        return end, at
    while wanted + MAX_LINE > len(window.data) and not window.complete:
        moved = window.widen(at)
        at, end, wanted = at - moved, end - moved, wanted - moved
    gap = _EMPTY.match(window.data, wanted)
    after = gap.end() if gap else wanted
    if after >= len(window.data) or (window.data[after - 1 : after] == b"\n" and from_line(window.data, after)):
        return after, at
    return end, at


def _found(start: int, data: bytes) -> Found:
    head = data.find(b"\n") + 1 or len(data)
    if data.startswith((b"\n", b"\r\n"), head):
        body = data.index(b"\n", head) + 1
    else:
        blank = _HEADER_END.search(data, head)
        body = blank.end() if blank else len(data)
    text = len(data)
    for tail in (b"\n\r\n", b"\n\n"):
        if data.endswith(tail) and len(data) - len(tail) + 1 >= body:
            text = len(data) - len(tail) + 1
            break
    return Found(start, data, head, body, text)


def single(data: bytes) -> Found:
    """These bytes, which are one message."""
    return _found(0, data)


def continues(fd: int, old_end: int, size: int) -> bool:
    """Whether what was appended behind the old end begins as a message does, and the old end is an end still."""
    if old_end == 0:
        return True
    data = os.pread(fd, MAX_LINE + 1, old_end - 1)
    return len(data) > 1 and data[:1] == b"\n" and old_end < size and from_line(data, 1)
