"""bodystructure - BODY and BODYSTRUCTURE of a message, ready to send (RFC 3501 section 7.4.2).

Both are written from a list of pieces without recursion and without copying inner lists, so that a deep tree costs what
its text costs. A type is told as the message has it; an entity that is no container is told as none.
"""

import re

from pymaster.proto.message.disposition import disposition
from pymaster.proto.message.envelope import address_fields, envelope
from pymaster.proto.message.fields import Fields
from pymaster.proto.message.mimetree import Entity
from pymaster.proto.message.nstring import nstring, string
from pymaster.proto.message.parttree import LEAF, MULTIPART

_LANGUAGE = re.compile(rb"[A-Za-z0-9*-]++")
_LANGUAGES = 100
_NO_EXTENSION = b" NIL NIL NIL NIL"
_EXTENSIONS = (b"content-md5", b"content-disposition", b"content-language", b"content-location")


def structure(root: Entity) -> tuple[bytes, bytes]:
    """BODY and BODYSTRUCTURE of the tree."""
    if root.part.kind == LEAF:
        leaf = _leaf(root)
        return leaf + b")", leaf + _single(root.fields)
    short, long = [], []
    stack: list[Entity | tuple[bytes, bytes]] = [root]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            short.append(item[0])
            long.append(item[1])
            continue
        kind = item.part.kind
        if kind == LEAF:
            leaf = _leaf(item)
            short += (leaf, b")")
            long += (leaf, _single(item.fields))
            continue
        if kind == MULTIPART:
            head = b"("
            stack.append(_multi(item))
        else:
            head = b"%s %s " % (
                _basic(item),
                envelope(item.children[0].fields, address_fields(item.children[0].fields)),
            )
            lines = b" %d" % item.part.lines
            stack.append((lines + b")", lines + _single(item.fields)))
        short.append(head)
        long.append(head)
        stack.extend(reversed(item.children))
    return b"".join(short), b"".join(long)


def _basic(entity: Entity) -> bytes:
    """The begin of what is no multipart, up to its size."""
    found, part = entity.fields, entity.part
    encoding = b'"7bit"' if entity.encoding == b"7bit" else string(entity.encoding)
    return b"(%s %s %s %s %d" % (
        entity.type.printed,
        _text(found, b"content-id"),
        _text(found, b"content-description"),
        encoding,
        part.end - part.body,
    )


def _leaf(entity: Entity) -> bytes:
    return _basic(entity) + b" %d" % entity.part.lines if entity.part.is_text else _basic(entity)


def _multi(entity: Entity) -> tuple[bytes, bytes]:
    """The end of a multipart, short and with extension data."""
    type_, found = entity.type, entity.fields
    words = type_.minor_printed, type_.params_printed, _disposition(found), _language(found)
    return b" %s)" % type_.minor_printed, b" %s %s %s %s %s)" % (*words, _text(found, b"content-location"))


def _single(found: Fields) -> bytes:
    """Extension data of what is no multipart, and its end."""
    if not any(name in found for name in _EXTENSIONS):
        return _NO_EXTENSION + b")"
    location = _text(found, b"content-location")
    return b" %s %s %s %s)" % (_text(found, b"content-md5"), _disposition(found), _language(found), location)


def _text(found: Fields, name: bytes) -> bytes:
    values = found.get(name)
    return nstring(values[0]) if values else b"NIL"


def _disposition(found: Fields) -> bytes:
    values = found.get(b"content-disposition")
    return disposition(values[0]).printed if values else b"NIL"


def _language(found: Fields) -> bytes:
    """One language as a string, several as a list."""
    values = found.get(b"content-language")
    tags = _LANGUAGE.findall(values[0])[:_LANGUAGES] if values else None
    if not tags:
        return b"NIL"
    return string(tags[0]) if len(tags) == 1 else b"(%s)" % b" ".join([string(tag) for tag in tags])
