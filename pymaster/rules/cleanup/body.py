"""body - the body of a message under header and body checks: lines, and the headers of MIME parts inside.

Mail without such checks never comes here: its body passes in bulk. Even here text that no table wants to see goes
through in large pieces, and only lines that begin with `--` are compared with boundaries (header_checks(5)).
"""

from typing import TYPE_CHECKING

from pymaster.proto.message import header
from pymaster.proto.message.mime import BODY, MIME_NAMES, MULTIPART, MimeState
from pymaster.rules.cleanup import checks, verdict

if TYPE_CHECKING:
    from pymaster.model.lookup import Maps
    from pymaster.rules.cleanup.pipeline import Transaction


class BodyWalker:
    """The body of one message; feed it everything after the last header, the empty line first."""

    __slots__ = ("_budget", "_carry", "_limit", "_midline", "_mime", "_rules", "_tx")

    def __init__(self, tx: "Transaction", mime: MimeState) -> None:
        self._tx, self._rules, self._mime = tx, tx.rules, mime
        self._limit = tx.rules.params.line_length_limit
        self._budget = tx.rules.params.body_checks_size_limit
        self._carry = b""
        self._midline = False
        mime.end_of_header()

    def feed(self, data: bytes, *, final: bool = False) -> None:
        """Take the next bytes, in blocks of any size."""
        buffer = self._carry + data if self._carry else data
        pos, end = 0, len(buffer)
        while pos < end:
            step = (
                self._in_body(buffer, pos, final) if self._mime.place == BODY else self._in_header(buffer, pos, final)
            )
            if step < 0:
                break
            pos = step
        self._carry = buffer[pos:]

    def _in_header(self, buffer: bytes, pos: int, final: bool) -> int:
        """One header, or the end, of a part's header section at `pos`; the next offset, -1 to wait for more."""
        if buffer.startswith(b"\n", pos):
            self._tx.output.put(b"\n")
            self._mime.end_of_header()
            self._budget = self._rules.params.body_checks_size_limit
            return pos + 1
        line_end = buffer.find(b"\n", pos)
        limit = self._rules.params.header_size_limit
        if line_end < 0 and not final and len(buffer) - pos <= limit:
            return -1
        line = buffer[pos : line_end + 1] if line_end >= 0 else buffer[pos:]
        if self._mime.delimiter(line):
            self._tx.output.put(line)
            return pos + len(line)
        found = header.first(buffer, pos)
        if found is None or found.end - pos > limit:
            self._mime.end_of_header()  # no header: the body begins without an empty line
            return pos
        if found.end >= len(buffer) and not final:
            return -1
        self._header(buffer[pos : found.end - 1])
        return found.end

    def _header(self, text: bytes) -> None:
        tx, put = self._tx, self._tx.output.put
        name = text.partition(b":")[0].rstrip(b" \t").lower()
        part = self._mime.place == MULTIPART or name in MIME_NAMES
        maps = self._rules.mime_maps if part else self._rules.nested_maps
        out: bytes | None = text
        if maps and tx.flags & verdict.FILTER:
            outcome = checks.apply(tx, maps, checks.HEADER, text)
            if outcome.before:
                put(outcome.before + b"\n")
            out = outcome.text
        if out is None:
            return
        line = out + b"\n"
        found = header.first(line, 0)
        if found is not None:
            self._mime.header(found.name, line[found.value :])
        put(line)

    def _in_body(self, buffer: bytes, pos: int, final: bool) -> int:
        """Body text at `pos`: in bulk where nobody looks, else one line; the next offset, -1 to wait for more."""
        maps = self._rules.body_maps if self._budget > 0 and self._tx.flags & verdict.FILTER else None
        if not maps:
            return self._bulk(buffer, pos, final)
        stop = buffer.find(b"\n", pos)
        if stop < 0 and not final and len(buffer) - pos < self._limit:
            return -1
        if stop < 0 or stop - pos > self._limit:
            stop = min(pos + self._limit, len(buffer)) - 1  # a long line is looked at in pieces
        line = buffer[pos : stop + 1]
        whole = line.endswith(b"\n")
        if not self._midline and whole and self._mime.delimiter(line):
            self._budget = self._rules.params.body_checks_size_limit
        self._line(maps, line)
        self._midline = not whole
        return stop + 1

    def _line(self, maps: "Maps", line: bytes) -> None:
        text = line[:-1] if line.endswith(b"\n") else line
        self._budget -= len(line)
        put = self._tx.output.put
        if not text:
            put(line)
            return
        outcome = checks.apply(self._tx, maps, checks.BODY, text)
        if outcome.before:
            put(outcome.before + b"\n")
        if outcome.text is text:
            put(line)
        elif outcome.text is not None:
            put(outcome.text + line[len(text) :])

    def _bulk(self, buffer: bytes, pos: int, final: bool) -> int:
        """Everything up to the next line that may be a boundary."""
        put = self._tx.output.put
        if not self._midline and buffer.startswith(b"--", pos) and self._mime.depth:
            stop = buffer.find(b"\n", pos)
            if stop < 0 and not final and len(buffer) - pos < 2 * self._limit:
                return -1
            line = buffer[pos : stop + 1] if stop >= 0 else buffer[pos:]
            put(line)
            if self._mime.delimiter(line):
                self._budget = self._rules.params.body_checks_size_limit
            self._midline = not line.endswith(b"\n")
            return pos + len(line)
        mark = buffer.find(b"\n--", pos) if self._mime.depth else -1
        if mark < 0 and self._mime.depth and not final and len(buffer) - pos > 2 and buffer.endswith((b"\n", b"\n-")):
            # The next block may complete a boundary: keep the line end's neighbourhood.
            mark = len(buffer) - (1 if buffer.endswith(b"\n") else 2)
            piece = buffer[pos : mark + 1]
        else:
            piece = buffer[pos : mark + 1] if mark >= 0 else buffer[pos:]
        put(piece)
        self._midline = not piece.endswith(b"\n")
        return pos + len(piece) if piece else -1
