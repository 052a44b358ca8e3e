"""params - the parameters of MIME header fields (RFC 2045 section 5.1) with RFC 2231's continuations and extended values.

Nothing is decoded: pieces of a parameter are joined, and one with an extended piece keeps its asterisk, so that a client
that knows RFC 2231 can decode it. At most 100 parameters a field, linear, iterative.
"""

import re

from pymaster.proto.message.fields import without_comments

LIMIT = 100
_PARAM = re.compile(
    rb';[ \t]*+([^\x00-\x20=;"]++)[ \t]*+=[ \t]*+(?:"((?:[^"\\]++|\\.)*+)"?|([^;]*+))',
    re.DOTALL,
)
# Senders who forget the quotes of a file name with blanks mean all of it; what else follows a blank is junk.
_FILE = re.compile(rb"(?:file)?name", re.IGNORECASE)
_PAIR = re.compile(rb"\\(.)", re.DOTALL)
# name*0, name*0*, name*
_PIECE = re.compile(rb"([^*]++)\*(?:([0-9]{1,4})(\*)?)?")
_UNSAFE = re.compile(rb"[^!#$&+\-.0-9A-Z^-~]")

Params = list[tuple[bytes, bytes]]


def parameters(value: bytes, pos: int = 0) -> Params:
    """The parameters of an unfolded field value, those after `pos`; names as they were written."""
    if b";" not in value:
        return []
    if b"(" in value:
        value, pos = without_comments(value[pos:]), 0
    found: Params = []
    pieces = False
    for item in _PARAM.finditer(value, pos):
        name, quoted, plain = item.groups()
        if quoted is None:
            text = plain.rstrip(b" \t")
            if b" " in text and not _FILE.match(name):
                text = text[: text.index(b" ")]
        else:
            text = _PAIR.sub(rb"\1", quoted) if b"\\" in quoted else quoted
        pieces = pieces or b"*" in name
        found.append((name, text))
        if len(found) >= LIMIT:
            break
    return _join(found) if pieces else found


def _join(found: Params) -> Params:
    """Pieces put together, in the place of the first of each name; pieces without a number 0 stay what they are."""
    groups: dict[bytes, dict[int, tuple[bytes, bool]]] = {}
    keys: list[bytes] = []
    for name, text in found:
        piece = _PIECE.fullmatch(name)
        key = b""
        if piece is not None and piece.group(2):
            key = piece.group(1).lower()
            groups.setdefault(key, {}).setdefault(int(piece.group(2)), (text, piece.group(3) is not None))
        keys.append(key)
    joined: Params = []
    done: set[bytes] = set()
    for key, (name, text) in zip(keys, found, strict=True):
        if not key or 0 not in groups[key]:
            joined.append((name, text))
        elif key not in done:
            done.add(key)
            joined.append(_whole(name[: name.index(b"*")], groups[key]))
    return joined


def _whole(name: bytes, pieces: dict[int, tuple[bytes, bool]]) -> tuple[bytes, bytes]:
    """One parameter from its pieces 0, 1, 2 ...; what comes after a gap is lost."""
    count = 0
    while count in pieces:
        count += 1
    run = [pieces[number] for number in range(count)]
    if not any(extended for _, extended in run):
        return name, b"".join(text for text, _ in run)
    head = b"" if run[0][1] else b"''"
    return name + b"*", head + b"".join(text if extended else _escape(text) for text, extended in run)


def _escape(text: bytes) -> bytes:
    return _UNSAFE.sub(lambda item: b"%%%02X" % item.group()[0], text)
