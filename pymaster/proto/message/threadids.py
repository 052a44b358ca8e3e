"""threadids - message ids of Message-ID, References and In-Reply-To in the form in which they are compared (RFC 5256 3)."""

import re
from collections.abc import Sequence

LIMIT = 100
_ID = re.compile(rb"<([^<>]{1,1000}+)>")
_QUOTED = re.compile(rb'"((?:[^"\\]++|\\.)*+)"', re.DOTALL)
_PAIR = re.compile(rb"\\(.)", re.DOTALL)
_IGNORED = b" \t\r\n"


def message_ids(value: bytes) -> list[bytes]:
    """The ids in an unfolded value, without <>, each once, in their order."""
    if b'"' not in value and b" " not in value and b"\t" not in value and value.count(b"<") == 1:
        item = _ID.search(value)
        return [_normal(item.group(1))] if item else []
    return [text for text in dict.fromkeys(_normal(text) for text in _ID.findall(value)) if text]


def first_id(values: Sequence[bytes] | None) -> bytes:
    """The first id of a field, empty if there is none."""
    ids = message_ids(values[0]) if values else None
    return ids[0] if ids else b""


def references(references: Sequence[bytes] | None, in_reply_to: Sequence[bytes] | None) -> tuple[bytes, ...]:
    """The ancestors of a message, oldest first: those of References, or else the first of In-Reply-To.

    At most 100: a longer chain keeps its root and its last 99.
    """
    ids = message_ids(b" ".join(references)) if references else []
    if not ids:
        reply = first_id(in_reply_to)
        return (reply,) if reply else ()
    return tuple(ids if len(ids) <= LIMIT else [ids[0], *ids[1 - LIMIT :]])


def _normal(text: bytes) -> bytes:
    """Quoting and blanks mean nothing; a NUL, which separates ids where they are kept, is none of them."""
    if b'"' in text:
        text = _QUOTED.sub(lambda item: _PAIR.sub(rb"\1", item.group(1)), text)
    return text.translate(None, _IGNORED).replace(b"\0", b"\x80")
