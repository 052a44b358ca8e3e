"""content - changes to a message's bytes on their way out, on blocks of any size and never by line.

Each function takes and gives an iterable of blocks; what could be the beginning of a pattern at the end of a block is
kept back for the next. Source: pipe(8) flags, RFC 4155 (mbox).
"""

import re
from collections.abc import Iterable, Iterator

# A header block larger than this (bytes) is not looked at any further.
MAX_HEADER = 1 << 20
_DELIVERED_TO = re.compile(rb"^delivered-to:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE | re.MULTILINE)
_HEADER_END = re.compile(rb"\n\r?\n")


def insert_at_line_start(blocks: Iterable[bytes], word: bytes, mark: bytes) -> Iterator[bytes]:
    """Put `mark` before each line that begins with `word`."""
    pattern = b"\n" + word
    # The first line begins after a newline that is not there.
    held, surplus = b"\n", 1
    for block in blocks:
        data = held + block if held else block
        keep = _overlap(data, pattern)
        held = data[len(data) - keep :] if keep else b""
        whole = data[: len(data) - keep] if keep else data
        made = whole.replace(pattern, b"\n" + mark + word)
        if surplus and made:
            made, surplus = made[1:], 0
        if made:
            yield made
    if len(held) > surplus:
        yield held[surplus:]


def _overlap(data: bytes, pattern: bytes) -> int:
    """How many bytes at the end of `data` are the beginning of `pattern`."""
    for size in range(min(len(pattern) - 1, len(data)), 0, -1):
        if data.endswith(pattern[:size]):
            return size
    return 0


def quote_from(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines that begin with `From ` get a `>` before them."""
    return insert_at_line_start(blocks, b"From ", b">")


def stuff_dots(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines that begin with a dot get another one before it (BSMTP)."""
    return insert_at_line_start(blocks, b".", b".")


def end_lines(blocks: Iterable[bytes], eol: bytes) -> Iterator[bytes]:
    """Every LF becomes `eol`."""
    for block in blocks:
        yield block.replace(b"\n", eol)


def finish_line(blocks: Iterable[bytes], tail: bytes = b"") -> Iterator[bytes]:
    """The last line gets its LF if it has none, and `tail` follows."""
    last = b"\n"
    for block in blocks:
        if block:
            last = block[-1:]
            yield block
    end = (b"" if last == b"\n" else b"\n") + tail
    if end:
        yield end


def with_head(head: bytes, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """`head` before everything else; joined to a first block that is small, to save a write."""
    for block in blocks:
        if head:
            if len(block) <= 1 << 16:
                yield head + block
            else:
                yield head
                yield block
            head = b""
        else:
            yield block
    if head:
        yield head


def delivered_to(blocks: Iterable[bytes]) -> frozenset[bytes]:
    """The addresses in Delivered-To: headers, in lower case: where this message has been."""
    header = b""
    for block in blocks:
        header += block
        if header.startswith(b"\n"):
            return frozenset()
        found = _HEADER_END.search(header)
        if found or len(header) > MAX_HEADER:
            header = header[: found.start() + 1] if found else header[:MAX_HEADER]
            break
    return frozenset([_value(m.group(1)) for m in _DELIVERED_TO.finditer(header)])


def _value(raw: bytes) -> bytes:
    return raw.replace(b"\n", b"").strip(b" \t\r").lower()
