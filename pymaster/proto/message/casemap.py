"""casemap - text in the form in which it is compared and sorted: i;unicode-casemap (RFC 5051), as UTF-8."""

import unicodedata

# Keys of sorts are cut here; nobody tells texts apart behind it.
KEY_LIMIT = 1000


def casemap(text: str) -> str:
    """Each character in title case where that is one character, then decomposed (RFC 5051 section 2)."""
    if text.isascii():
        return text.upper()
    return unicodedata.normalize("NFKD", "".join([_title(char) for char in text]))


def key(text: str) -> bytes:
    """A sort key: text on one line with single blanks, case-mapped, cut at 1000 characters."""
    text = text[: 4 * KEY_LIMIT]
    if not text.isprintable() or "  " in text:
        text = " ".join(text.split())
    return casemap(text[:KEY_LIMIT]).encode("utf-8", "replace").replace(b"\0", b" ")


def _title(char: str) -> str:
    mapped = char.title()
    return mapped if len(mapped) == 1 else char
