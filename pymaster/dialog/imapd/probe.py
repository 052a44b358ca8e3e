"""probe - one message under a search program: its digest's fields, decoded headers and body, each fetched when a key asks.

What is compared is i;unicode-casemap in UTF-8 (`proto.message.casemap`). Octets decide wherever they can: decoding costs
a hundred times as much as a look at them, and most messages do not match.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from pymaster.dialog.imapd.objectid import email_id, thread_id
from pymaster.proto.imap.searchkeys import BODY, EMAILID, HEADER, SENT, TEXT, THREADID, Key
from pymaster.proto.message.casemap import casemap
from pymaster.proto.message.digest import HEADER as HEADER_FIELD
from pymaster.proto.message.digest import PARTS, Digest
from pymaster.proto.message.maildate import sent_day
from pymaster.proto.message.parttree import unpack
from pymaster.proto.message.searchtext import (
    body_texts,
    decoded_header,
    header_values,
    raw_body_candidate,
    raw_candidate,
)  # fmt: skip

# Day numbers here count from 1970-01-01, ordinals from the year 1.
_EPOCH = 719163
_FOREIGN = re.compile(rb"[\x80-\xff]+")


class Gone(Exception):
    """The message was expunged meanwhile."""


def mapped(text: str) -> bytes:
    """The text as it is compared. ASCII is mapped at memory's speed; what stands between it, run by run."""
    data = text.encode("utf-8", "replace").upper()
    return data if data.isascii() else _FOREIGN.sub(_run, data)


def _run(found: re.Match[bytes]) -> bytes:
    run = found.group()
    return _kept(run) if len(run) < 100 else _mapped(run)


def _mapped(run: bytes) -> bytes:
    return casemap(run.decode("utf-8", "replace")).encode("utf-8", "replace")


_kept = lru_cache(4096)(_mapped)


class Probe:
    """One message. `read` gives the whole of it, or None when it is gone."""

    __slots__ = ("_fields", "_head", "_header", "_texts", "_upper", "_wire", "digest", "plain", "read")

    def __init__(self, digest: Digest, read: Callable[[], bytes | None]) -> None:
        self.digest, self.read = digest, read
        self._header: bytes | None = None
        self._upper = b""
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
        """The header section."""
        if self._header is None:
            self._header = header = self.digest[HEADER_FIELD]
            # Then the octets are the text, but for folds.
            self.plain = header.isascii() and b"=?" not in header
            self._upper = header.upper()
        return self._header

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
            found = [mapped(decoded_header(value)) for value in header_values(self.header, name)]
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
        # A zone moves it by a day at most: mostly there is nothing to parse.
        if key.low < day and day + 1 < key.high:
            return True
        if day + 1 < key.low or day - 1 >= key.high:
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
        block = self.header
        if self.plain and (not text.isascii() or (b" " not in text and b"\t" not in text and text not in self._upper)):
            return False
        if not text:
            return bool(header_values(block, key.name))
        return any(text in value for value in self.values(key.name))

    def body(self, key: Key) -> bool:
        """BODY."""
        text = key.text
        if self._texts is None and not raw_body_candidate(self.wire, unpack(self.digest[PARTS]), text):
            return False
        return any(text in each for each in self.texts)

    def text(self, key: Key) -> bool:
        """TEXT: the header or the body."""
        text = key.text
        if self._texts is None and self._head is None and not raw_candidate(self.wire, text):
            return False
        return text in self.head or any(text in each for each in self.texts)


_TESTS: dict[int, Callable[[Probe, Key], bool]] = {
    SENT: Probe.sent,
    EMAILID: Probe.email_id,
    THREADID: Probe.thread_id,
    HEADER: Probe.field,
    BODY: Probe.body,
    TEXT: Probe.text,
}
