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
        else:
            text = _PAIR.sub(rb"\1", quoted) if b"\\" in quoted else quoted
        pieces = pieces or b"*" in name
        found.append((name, text))
        if len(found) >= LIMIT:
            break
    return _join(found) if pieces else found


def _join(found: Params) -> Params:
    """Pieces put together, in the place of the first of each name."""
    groups: dict[bytes, dict[int, tuple[bytes, bool]]] = {}
    order: list[tuple[bytes, bytes | None]] = []
    for name, text in found:
        piece = _PIECE.fullmatch(name)
        if piece is None or piece.group(2) is None:
            order.append((name, text))
            continue
        base = piece.group(1)
        key = base.lower()
        if key not in groups:
            groups[key] = {}
            order.append((base, None))
        groups[key].setdefault(int(piece.group(2)), (text, piece.group(3) is not None))
    return [_whole(name, groups[name.lower()]) if text is None else (name, text) for name, text in order]


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
