"""probe - one message under a search program: its digest's fields, decoded headers and body, each fetched when a key asks.

What is compared is i;unicode-casemap in UTF-8 (`proto.message.casemap`). Octets decide wherever they can: decoding costs
a hundred times as much as a look at them, and most messages do not match.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from pymaster.dialog.imapd.objectid import email_id, thread_id
from pymaster.proto.imap.searchkeys import BODY, EMAILID, HEADER, SENT, TEXT, THREADID, Key
from pymaster.proto.message.casemap import casemap
from pymaster.proto.message.digest import HEADER as HEADER_FIELD
from pymaster.proto.message.digest import PARTS, Digest
from pymaster.proto.message.fields import unfold
from pymaster.proto.message.maildate import sent_day
from pymaster.proto.message.parttree import unpack
from pymaster.proto.message.searchtext import (
    body_texts,
    decoded_header,
    header_values,
    raw_body_candidate,
)  # fmt: skip

# Day numbers here count from 1970-01-01, ordinals from the year 1.
_EPOCH, _ZONE = 719163, 5
_FOREIGN = re.compile(rb"[\x80-\xff]+")
_ASCII = bytes(range(128))
# Different letters outside of ASCII, up to which each is replaced by itself.
MANY = 100


class Gone(Exception):
    """The message was expunged meanwhile."""


def mapped(text: str) -> bytes:
    """The text as it is compared: `casemap` at memory's speed, for ASCII and for text with few other letters in it."""
    data = text.encode("utf-8", "replace").upper()
    if data.isascii():
        return data
    letters = set(data.translate(None, _ASCII).decode("utf-8"))
    if len(letters) > MANY:
        return _FOREIGN.sub(_run, data)
    changes = [change for change in map(_change, letters) if change.old != change.new]
    # Marks have an order that depends on their neighbours, and a letter may become one that itself becomes another.
    if any(unicodedata.combining(letter) for letter in letters) or _chained(changes):
        return _FOREIGN.sub(_run, data)
    for change in changes:
        data = data.replace(change.old, change.new)
    return data


class _Change:
    """What a letter becomes, both in UTF-8; `made`: the letters outside of ASCII that it becomes."""

    __slots__ = ("letter", "made", "new", "old")

    def __init__(self, letter: str) -> None:
        new = casemap(letter)
        self.letter, self.old, self.new = letter, letter.encode(), new.encode("utf-8", "replace")
        self.made = frozenset([each for each in new if each > "\x7f"])


_change = lru_cache(4096)(_Change)


def _chained(changes: list[_Change]) -> bool:
    changed = {change.letter for change in changes}
    return any(not changed.isdisjoint(change.made) for change in changes)


def _run(found: re.Match[bytes]) -> bytes:
    return casemap(found.group().decode("utf-8")).encode("utf-8", "replace")


class Probe:
    """One message. `read` gives the whole of it, or None when it is gone."""

    __slots__ = ("_fields", "_head", "_header", "_texts", "_wire", "digest", "plain", "read", "upper")

    def __init__(self, digest: Digest, read: Callable[[], bytes | None]) -> None:
        self.digest, self.read = digest, read
        self._header: bytes | None = None
        self.upper = b""
        self.plain = False
        self._fields: dict[bytes, list[bytes]] = {}
        self._wire: bytes | None = None
        self._head: bytes | None = None
        self._texts: list[bytes] | None = None

    def test(self, key: Key) -> bool:
        """Whether the key holds; raises Gone."""
        return _TESTS[key.kind](self, key)

    # What a message has.

    @property
    def header(self) -> bytes:
        """The header section; `plain` and `upper` are known from then on."""
        header = self._header
        if header is None:
            header = self._header = self.digest[HEADER_FIELD]
            # Then the octets are the text, but for folds.
            self.plain = header.isascii() and b"=?" not in header
            self.upper = header.upper()
        return header

    @property
    def wire(self) -> bytes:
        """The message."""
        if self._wire is None:
            self._wire = self.read()
            if self._wire is None:
                raise Gone
        return self._wire

    def values(self, name: bytes) -> list[bytes]:
        """The values of the fields of a name (lower case), as they are compared."""
        found = self._fields.get(name)
        if found is None:
            block = self.header
            if self.plain:
                found = [unfold(value) for value in header_values(self.upper, name)]
            else:
                found = [mapped(decoded_header(value)) for value in header_values(block, name)]
            self._fields[name] = found
        return found

    @property
    def head(self) -> bytes:
        """The whole header as it is compared."""
        if self._head is None:
            self._head = mapped(decoded_header(self.header))
        return self._head

    @property
    def texts(self) -> list[bytes]:
        """The texts of the body, as they are compared."""
        if self._texts is None:
            root = unpack(self.digest[PARTS])
            self._texts = [mapped(text) for text in body_texts(self.wire, root)]
        return self._texts

    # The keys.

    def sent(self, key: Key) -> bool:
        """SENTBEFORE, SENTON, SENTSINCE: the day as written in Date, whatever the zone; no Date, no match."""
        sent = self.digest.sent
        if sent is None:
            return False
        day = sent // 86400
        # A zone moves it by some days at most (99 hours, if it is a strange one): mostly there is nothing to parse.
        if key.low <= day - _ZONE and day + _ZONE < key.high:
            return True
        if day + _ZONE < key.low or day - _ZONE >= key.high:
            return False
        values = header_values(self.header, b"date")
        written = sent_day(values[0]) if values else None
        return key.low <= (day if written is None else written - _EPOCH) < key.high

    def email_id(self, key: Key) -> bool:
        """EMAILID."""
        return email_id(self.digest) == key.name

    def thread_id(self, key: Key) -> bool:
        """THREADID."""
        return thread_id(self.digest) == key.name

    def field(self, key: Key) -> bool:
        """HEADER and the keys that are short for it; the empty text means that the field is there."""
        text = key.text
        if not self.header or key.name.upper() not in self.upper or (self.plain and not self._shows(text)):
            return False
        values = self.values(key.name)
        return any(text in value for value in values) if text else bool(values)

    def _shows(self, text: bytes) -> bool:
        """Whether a plain header may have the text; a fold may stand where the text has a blank."""
        return text in self.upper or b" " in text or b"\t" in text

    def body(self, key: Key) -> bool:
        """BODY."""
        text = key.text
        if self._texts is None:
            # A text with other letters is in no message that is all ASCII: then nothing is looked for but encodings.
            needle = text if text.isascii() else b"\0"
            if not raw_body_candidate(self.wire, unpack(self.digest[PARTS]), needle):
                return False
        return any(text in each for each in self.texts)

    def text(self, key: Key) -> bool:
        """TEXT: the header or the body."""
        if self.header and (not self.plain or self._shows(key.text)) and key.text in self.head:
            return True
        return self.body(key)


_TESTS: dict[int, Callable[[Probe, Key], bool]] = {
    SENT: Probe.sent,
    EMAILID: Probe.email_id,
    THREADID: Probe.thread_id,
    HEADER: Probe.field,
    BODY: Probe.body,
    TEXT: Probe.text,
}
