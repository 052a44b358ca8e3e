"""headers - the header section of one message: found, counted, checked, rewritten, completed.

The section is scanned once; only headers that matter are looked at, and only what changes is copied. A header that is
longer than header_size_limit loses its end; a line that cannot be a header ends the section, as if an empty line stood
before it.
"""

import re
from typing import TYPE_CHECKING

from pymaster.model.envelope import SMTPUTF8
from pymaster.model.event import MessageId
from pymaster.proto import addrlist
from pymaster.proto.message import header, mime
from pymaster.proto.message.header import Header
from pymaster.rules.canonical import HEADER_RECIPIENT, HEADER_SENDER
from pymaster.rules.cleanup import checks, missing, ruleset, verdict
from pymaster.util import log

if TYPE_CHECKING:
    from pymaster.rules.cleanup.pipeline import Transaction

# So much is collected before a section without its empty line is looked at.
WINDOW = 64 * 1024
_MAILBOX_LINE = re.compile(rb">*+From ")
_ENDS = re.compile(rb"\n(?=[^ \t])")
Edit = tuple[int, int, bytes]


class HeaderStage:
    """The header section of one message; `feed` it until it gives the body back."""

    __slots__ = ("_buffer", "_heads", "_kinds", "_rules", "_skipping", "_started", "_tx", "hops", "mime", "seen")

    def __init__(self, tx: "Transaction") -> None:
        self._tx, self._rules = tx, tx.rules
        self._kinds = tx.rules.full if tx.completes else tx.rules.bare
        self._buffer = b""
        self._heads = 0
        self._started = self._skipping = False
        self.hops = 0
        self.seen: set[bytes] = set()
        self.mime: mime.MimeState | None = None
        if tx.rules.checks and tx.flags & verdict.FILTER:
            params = tx.rules.params
            self.mime = mime.MimeState(params.mime_nesting_limit, params.mime_boundary_length_limit)

    def head(self, data: bytes) -> None:
        """Header lines of our own, before everything the client sent."""
        self._buffer += data
        self._heads += len(data)

    def feed(self, data: bytes, *, final: bool = False) -> bytes | None:
        """Take content; the bytes from the empty line on once the section has ended, else None."""
        if self._skipping and not (data := self._skip(data)) and not final:
            return None
        old = len(self._buffer)
        buffer = self._buffer + data if old else data
        if final and buffer and not buffer.endswith(b"\n"):
            buffer += b"\n"
        if not final and len(buffer) < WINDOW and buffer.find(b"\n\n", max(old - 1, 0)) < 0 and buffer[:1] != b"\n":
            self._buffer = buffer
            return None
        if not self._started:
            self._started = True
            if (first := buffer[self._heads : self._heads + 1]) in (b" ", b"\t", b">", b"F"):
                buffer = self._begin(buffer, first)
        return self._process(buffer, final)

    def _begin(self, buffer: bytes, first: bytes) -> bytes:
        """The client's first line: a mailbox separator is no header, nor may a blank continue our Received:."""
        at = self._heads
        if first in (b" ", b"\t"):
            return buffer[:at] + b"\n" + buffer[at:]
        if not _MAILBOX_LINE.match(buffer, at):
            return buffer
        return buffer[:at] + b"X-Mailbox-Line: " + buffer[at:]

    def _process(self, buffer: bytes, final: bool) -> bytes | None:
        found, pos = header.scan(buffer)
        if found and not final and pos == len(buffer):
            pos = found.pop().start  # its next line may continue it
        limit = self._rules.params.header_size_limit
        rest = buffer[pos:]
        if not final and not self._ended(rest):
            if len(rest) <= limit:
                self._emit(buffer, found, pos)
                self._buffer = rest
                return None
            if header.is_header(rest):
                self._emit(buffer, found, pos)
                self._oversize(rest, limit)
                return None
        self._emit(buffer, found, pos)
        self._buffer = b""
        self._finish()
        if rest and rest[:1] != b"\n":
            rest = b"\n" + rest
        return rest

    @staticmethod
    def _ended(rest: bytes) -> bool:
        """Whether `rest` begins with an empty line or a whole line that is no header."""
        return rest[:1] == b"\n" or (b"\n" in rest and not header.is_header(rest))

    def _oversize(self, rest: bytes, limit: int) -> None:
        """Cut a header whose end is not in sight, and drop what follows up to its end."""
        cut = _cut(rest, limit)
        self._buffer, self._skipping = b"", True
        found, pos = header.scan(cut)
        self._emit(cut, found, pos)

    def _skip(self, data: bytes) -> bytes:
        """Drop the rest of an oversized header; what comes after it."""
        data, self._buffer = self._buffer + data, b""
        found = _ENDS.search(data)
        if found is None:
            self._buffer = data[-1:] if data.endswith(b"\n") else b""
            return b""
        self._skipping = False
        return data[found.end() :]

    def _emit(self, buffer: bytes, found: list[Header], pos: int) -> None:
        """Examine complete headers and put them out."""
        put = self._tx.output.put
        if self._tx.detect_utf8 and not buffer[:pos].isascii():
            self._tx.envelope_flags |= SMTPUTF8
        if self.mime is not None:
            for item in found:
                put(self._checked(buffer[item.start : item.end - 1]))
            return
        edits = self._edits(buffer, found)
        if not edits:
            put(buffer[:pos] if pos < len(buffer) else buffer)
            return
        last = 0
        for start, end, text in edits:
            put(buffer[last:start])
            put(text)
            last = end
        put(buffer[last:pos])

    def _checked(self, text: bytes) -> bytes:
        """One header through the checks, then through everything else; b"" when nothing is left of it."""
        tx, before = self._tx, b""
        name = text.partition(b":")[0].rstrip(b" \t").lower()
        maps = self._rules.mime_maps if name in mime.MIME_NAMES else self._rules.header_maps
        if maps and tx.flags & verdict.FILTER:
            outcome = checks.apply(tx, maps, checks.HEADER, text)
            if outcome.before:
                before = outcome.before + b"\n"
            if outcome.text is None:
                return before
            text = outcome.text
        line = text + b"\n"
        found, _ = header.scan(line)
        if found and self.mime is not None:
            self.mime.header(found[0].name, line[found[0].value :])
        for start, end, new in reversed(self._edits(line, found)):
            line = line[:start] + new + line[end:]
        return before + line

    def _edits(self, buffer: bytes, found: list[Header]) -> list[Edit]:
        """What must change in these headers; counts and notes on the way."""
        edits: list[Edit] = []
        kinds, limit = self._kinds, self._rules.params.header_size_limit
        for item in found:
            kind = kinds.get(item.name)
            if item.end - item.start > limit:
                edits.append((item.start, item.end, _cut(buffer[item.start : item.end], limit)))
            elif kind is None:
                continue
            elif kind == ruleset.DROP:
                edits.append((item.start, item.end, b""))
            elif kind in (ruleset.SENDER, ruleset.RECIPIENT):
                self._address(buffer, item, kind, edits)
            else:
                self._note(buffer, item, kind)
            if kind is not None:
                self.seen.add(item.name)
        return edits

    def _note(self, buffer: bytes, item: Header, kind: int) -> None:
        """Headers that only tell something."""
        if kind == ruleset.RECEIVED:
            self.hops += 1
        elif kind == ruleset.MESSAGE_ID:
            self._tx.message_id = header.value_of(buffer, item)[:1000]
            self._log_id(self._tx.message_id, False)
        elif kind == ruleset.RESENT_ID:
            self._log_id(header.value_of(buffer, item), True)
        elif kind == ruleset.ENCODING and header.value_of(buffer, item)[:5].lower() == b"8bit":
            self._tx.encoding = "8bit"

    def _log_id(self, value: bytes, resent: bool) -> None:
        if self._tx.problem is not None or self._tx.discard:
            return  # there will be no such message
        log.emit(MessageId(self._tx.queue_id, value, resent).line(), self._tx.number, self._rules.tag)

    def _address(self, buffer: bytes, item: Header, kind: int, edits: list[Edit]) -> None:
        """A header with addresses, in mail whose headers are rewritten."""
        tx = self._tx
        if not tx.rewrites:
            return
        value = buffer[item.value : item.end]
        place = HEADER_SENDER if kind == ruleset.SENDER else HEADER_RECIPIENT
        maps = tx.flags & verdict.MAP and self._rules.canonical.active(place)
        rewrite, context = self._rules.rewriter.rewrite, tx.context
        changes = []
        for spot in addrlist.find(value, self._rules.params.header_address_token_limit):
            new = rewrite(spot.address, context)
            if maps:
                mapped = self._rules.canonical.map(new, place)
                if mapped is None:
                    tx.reject(verdict.expansion())
                    return
                new = mapped
            if new != spot.address:
                changes.append((spot, new))
        if changes:
            edits.append((item.value, item.end, addrlist.replace(value, changes)))

    def _finish(self) -> None:
        """The end of the section: hops counted, what is missing added."""
        tx, rules = self._tx, self._rules
        if self.hops >= rules.params.hopcount_limit:
            log.warning(f"{tx.queue_id}: message rejected: hopcount exceeded", tx.number, rules.tag)
            tx.reject(verdict.too_many_hops())
        resent = any(name.startswith(b"resent-") for name in self.seen)
        prefix = b"Resent-" if resent else b""
        put = tx.output.put
        if (b"resent-message-id" if resent else b"message-id") not in self.seen:
            if tx.completes:
                made = missing.message_id(tx.queue_id, rules.hostname, tx.arrival, rules.long_ids)
                put(prefix + b"Message-Id: " + made + b"\n")
                tx.message_id = tx.message_id or made
                self._log_id(made, resent)
            else:
                self._log_id(b"<>", False)
        if not tx.completes:
            return
        if (b"resent-date" if resent else b"date") not in self.seen:
            put(missing.date(prefix, tx.arrival))
        if (b"resent-from" if resent else b"from") not in self.seen:
            put(missing.sender(prefix, tx.envelope_sender, tx.full_name, rules.params.header_from_format))
        put(missing.destination(rules.undisclosed, self.seen))


def _cut(text: bytes, limit: int) -> bytes:
    """The first `limit` bytes of a header, whole lines where there are any, with a line end."""
    cut = text.rfind(b"\n", 0, limit)
    return text[: cut if cut > 0 else limit] + b"\n"
