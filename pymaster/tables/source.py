"""source - what people write: logical lines, and `key value` records of postmap(1).

Pure, on bytes. A problem never stops a file: it is told through `warn` in Postfix's words and the line is left out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pymaster.util.text import printable

# C's isspace(): what separates a key from its value, and what a line may begin or end with.
SPACE = b" \t\n\v\f\r"
# A logical line longer than this is left out; no value could be used for anything.
MAX_LINE = 1 << 20

Warn = Callable[[str], None]


@dataclass(slots=True)
class Record:
    """One entry of a source; `line` is where its logical line begins."""

    line: int
    key: bytes
    value: bytes


def logical_lines(data: bytes, path: str, warn: Warn) -> Iterator[tuple[int, bytes]]:
    """Logical lines and their first line numbers: blank and `#` lines are dropped anywhere, a line that begins with
    blanks continues the one before."""
    parts: list[bytes] = []
    first = size = 0
    for number, line in enumerate(data.split(b"\n"), 1):
        inked = line.lstrip(SPACE)
        if not inked or inked.startswith(b"#"):
            continue
        if line[0] in SPACE:
            if not parts:
                warn(f'{path}: logical line must not start with whitespace: "{printable(line, 30)}"')
                continue
        elif parts:
            yield from _joined(first, parts, size, path, warn)
            parts, size = [], 0
        if not parts:
            first = number
        size += len(line)
        # Beyond the limit only the count goes on: the line is refused as a whole.
        if size <= MAX_LINE:
            parts.append(line)
    if parts:
        yield from _joined(first, parts, size, path, warn)


def _joined(first: int, parts: list[bytes], size: int, path: str, warn: Warn) -> Iterator[tuple[int, bytes]]:
    text = b"".join(parts) if len(parts) > 1 else parts[0]
    if size > MAX_LINE:
        warn(f"{path}, line {first}: line is too long -- ignoring this line")
    elif b"\0" in text:
        warn(f'{path}, line {first}: null byte in "{printable(text, 30)}" -- ignoring this line')
    else:
        yield first, text


def text_lines(data: bytes, path: str, warn: Warn, *, utf8: bool = True) -> Iterator[tuple[int, bytes]]:
    """Logical lines that are UTF-8, as keys and values must be (smtputf8_enable)."""
    for number, text in logical_lines(data, path, warn):
        if utf8 and not is_utf8(text):
            warn(f'{path}, line {number}: non-UTF-8 input "{printable(text, 60)}" -- ignoring this line')
        else:
            yield number, text


def is_utf8(text: bytes) -> bool:
    """Whether bytes are valid UTF-8."""
    if text.isascii():
        return True
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def map_records(data: bytes, path: str, warn: Warn, *, ignoring: bool = False, utf8: bool = True) -> Iterator[Record]:
    """The `key value` records of a map source. A key ends at the first blank outside double quotes, which stay part of
    it; `ignoring` adds to a message that the line is ignored, as texthash does."""
    for number, text in text_lines(data, path, warn, utf8=utf8):
        end = key_end(text)
        if end < 0:
            warn(f"{path}, line {number}: unbalanced '\"' in '{printable(text, 60)}' -- ignoring this line")
            continue
        key, value = text[:end], text[end:].strip(SPACE)
        if not value:
            tail = " -- ignoring this line" if ignoring else ""
            warn(f"{path}, line {number}: expected format: key whitespace value{tail}")
            continue
        if key.endswith(b":"):
            warn(f'{path}, line {number}: record is in "key: value" format; is this an alias file?')
        yield Record(number, key, value)


def key_end(text: bytes) -> int:
    """Where the key of a record ends; -1 when a double quote is never closed. `\\` protects one byte inside quotes."""
    quoted = False
    at, size = 0, len(text)
    while at < size:
        byte = text[at]
        if byte == 0x22:
            quoted = not quoted
        elif quoted:
            if byte == 0x5C:
                at += 1
        elif byte in SPACE:
            return at
        at += 1
    return -1 if quoted else size
