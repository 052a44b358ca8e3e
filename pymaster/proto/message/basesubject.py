"""basesubject - the base subject of a message (RFC 5256 section 2.1), by which it is sorted and threaded.

Offsets move inward over the text; nothing is copied and no step is repeated over the same characters, so that a subject
of a million `Re:` costs what its length costs.
"""

import re

_REFWD = re.compile(r"(?:re|fwd?)[ \t]*+(?:\[[^\[\]]*+\][ \t]*+)?:", re.IGNORECASE | re.ASCII)
_BLOB = re.compile(r"\[[^\[\]]*+\][ \t]*+")
_WRAP = re.compile(r"\[fwd:", re.IGNORECASE | re.ASCII)
_BLANKS = re.compile(r"[ \t]*+")
_TRAILER = "(fwd)"
_SPACES = re.compile(r"[ \t\r\n]++")


def base_subject(text: str) -> tuple[str, bool]:
    """The base of a decoded subject, and whether a mark of a reply or a forward was taken off."""
    text = _SPACES.sub(" ", text)
    start, end, marked = 0, len(text), False
    while True:
        end, trailed = _tail(text, start, end)
        start, led = _head(text, start, end)
        marked = marked or trailed or led
        if not (end - start >= 6 and text[end - 1] == "]" and _WRAP.match(text, start, end)):
            return text[start:end], marked
        start, end, marked = start + 5, end - 1, True


def _tail(text: str, start: int, end: int) -> tuple[int, bool]:
    """Step 2: blanks and `(fwd)` at the end."""
    found = False
    while end > start:
        if text[end - 1] in " \t":
            end -= 1
        elif end - start >= 5 and text[end - 5 : end].lower() == _TRAILER:
            end, found = end - 5, True
        else:
            break
    return end, found


def _head(text: str, start: int, end: int) -> tuple[int, bool]:
    """Steps 3 to 5: leaders, and blobs as long as something is left after them."""
    found = False
    while True:
        start = _end_of(_BLANKS.match(text, start, end), start)
        last, after = start, start
        while item := _BLOB.match(text, after, end):
            last, after = after, item.end()
        mark = _REFWD.match(text, after, end)
        if mark is None:
            return (after if after < end else last), found
        start, found = mark.end(), True


def _end_of(item: re.Match[str] | None, default: int) -> int:
    return item.end() if item else default
