"""preview - the first words of a message for a list of messages (RFC 8970): at most 200 characters of plain text.

Taken from the first text that is no attachment, plain text before HTML. Little of it is read: a kilobyte, and only when
that yields too few words, a bounded piece more.
"""

import html
import re
from collections.abc import Callable

from pymaster.proto.message.charset import decode
from pymaster.proto.message.disposition import disposition
from pymaster.proto.message.mimetree import Entity
from pymaster.proto.message.parttree import MESSAGE
from pymaster.proto.message.transfer import decoded

CHARACTERS = 200
_FIRST, _MOST = 1024, 65_536
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u00ad\u034f]")
_QUOTE = re.compile(r"(?m)^>.*$")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?")
_TAG = re.compile(r"<(?:/?([A-Za-z][A-Za-z0-9]{0,20})|[!?/])", re.ASCII)
# Elements that are never shown, by what ends them; and those that do not part words.
_HIDDEN = {name: re.compile(rf"(?i)</{name}\b") for name in ("style", "script", "head", "title")}
_INLINE = frozenset(("a", "b", "i", "u", "s", "em", "font", "small", "big", "span", "strong", "sub", "sup", "wbr"))
# Looked at while a text to show is sought.
_PARTS = 100


def preview(wire: bytes, root: Entity) -> bytes:
    """The preview as UTF-8, empty if the message shows no text."""
    for entity, is_html in _choices(root):
        text = _shown(wire, entity, strip_tags if is_html else _unquoted)
        if text:
            return text.encode("utf-8", "replace")
    return b""


def _choices(root: Entity) -> list[tuple[Entity, bool]]:
    """The first plain text and the first HTML of a message; messages inside are not looked into."""
    plain: Entity | None = None
    rich: Entity | None = None
    stack, seen = [root], 0
    while stack and seen < _PARTS and plain is None:
        entity = stack.pop()
        seen += 1
        if entity.children:
            if entity.part.kind != MESSAGE:
                stack.extend(entity.children[_PARTS::-1])
        elif entity.part.is_text and not _attached(entity):
            if entity.type.minor == b"html":
                rich = rich or entity
            else:
                plain = entity
    return [(entity, entity is rich) for entity in (plain, rich) if entity is not None]


def _attached(entity: Entity) -> bool:
    values = entity.fields.get(b"content-disposition")
    return values is not None and disposition(values[0]).word == b"attachment"


def _shown(wire: bytes, entity: Entity, clean: Callable[[str], str]) -> str:
    part = entity.part
    text = ""
    for size in (_FIRST, _MOST):
        end = min(part.end, part.body + size)
        raw = decode(decoded(wire[part.body : end], part.encoding), part.charset)
        if end < part.end:
            # The last character may be half of one.
            raw = raw[:-1]
        text = " ".join(clean(raw).split())
        if not text.isprintable():
            text = _CONTROL.sub("", text)
        if len(text) >= CHARACTERS or end == part.end:
            break
    return text[:CHARACTERS].rstrip(" ")


def _unquoted(text: str) -> str:
    """Text without the lines that quote another message, unless it has no others."""
    if ">" not in text:
        return text
    rest = _QUOTE.sub("", text)
    return rest if not rest.isspace() and rest else text


def strip_tags(text: str) -> str:
    """The text of HTML: tags, comments and what is never shown are blanks, entities their characters. Linear."""
    out, pos = [], 0
    while (at := text.find("<", pos)) >= 0:
        out.append(text[pos:at])
        tag = _TAG.match(text, at)
        if tag is None:
            out.append("<")
            pos = at + 1
            continue
        name = (tag.group(1) or "").lower()
        pos = _after_tag(text, at, name)
        if pos < 0:
            break
        if name not in _INLINE:
            out.append(" ")
    else:
        out.append(text[pos:])
    joined = "".join(out)
    return _ENTITY.sub(lambda item: html.unescape(item.group()), joined) if "&" in joined else joined


def _after_tag(text: str, at: int, name: str) -> int:
    """Where the text goes on after a tag, a comment or a hidden element; -1 if it does not."""
    if text.startswith("<!--", at):
        end = text.find("-->", at + 4)
        return end + 3 if end >= 0 else -1
    if name in _HIDDEN and text[at + 1] != "/":
        ending = _HIDDEN[name].search(text, at)
        if ending is None:
            return -1
        at = ending.start()
    return text.find(">", at) + 1 or -1
