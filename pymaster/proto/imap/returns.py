"""returns - the RETURN options of SEARCH, SORT and ESEARCH, and the answers they ask for.

ESEARCH: RFC 4731, RFC 9051 section 7.3.4; ESORT and PARTIAL: RFC 5267, RFC 9394; SAVE: RFC 5182; MODSEQ: RFC 7162.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.sets import MAX, written

_PARTIAL = re.compile(rb"(-?)([1-9][0-9]{0,9}):(-?)([1-9][0-9]{0,9})(?=[ )]|\Z)")
_WORDS = (b"MIN", b"MAX", b"ALL", b"COUNT", b"SAVE", b"CONTEXT", b"UPDATE", b"PARTIAL")


@dataclass(slots=True)
class Returns:
    """The options. `partial`: the range as written, and its bounds, low first, negative ones from the end.

    `extended`: there was a RETURN, so the answer is an ESEARCH.
    """

    extended: bool = False
    words: frozenset[bytes] = frozenset()
    partial: tuple[bytes, int, int] | None = None

    def __contains__(self, word: bytes) -> bool:
        return word in self.words

    @property
    def silent(self) -> bool:
        """Only SAVE was asked for: no answer but the tagged one (RFC 5182 section 2.1)."""
        return self.words == {b"SAVE"}


PLAIN = Returns()
# What IMAP4rev2 answers to a SEARCH without RETURN.
DEFAULT = Returns(True, frozenset([b"ALL"]))


def parse(args: Cursor) -> Returns:
    """The options, if `RETURN (...)` and a space come next. Raises BadSyntax."""
    if not args.take(b"RETURN "):
        return PLAIN
    words: set[bytes] = set()
    partial: tuple[bytes, int, int] | None = None

    def option() -> None:
        nonlocal partial
        word = args.word()
        if word not in _WORDS:
            raise BadSyntax("Unknown RETURN option")
        if word == b"PARTIAL":
            if word in words:
                raise BadSyntax("PARTIAL may be there only once")
            args.sp()
            partial = partial_range(args)
        words.add(word)

    args.items(option)
    args.sp()
    if b"PARTIAL" in words and b"ALL" in words:
        raise BadSyntax("PARTIAL and ALL exclude each other")
    return Returns(True, frozenset(words or {b"ALL"}), partial)


def partial_range(args: Cursor) -> tuple[bytes, int, int]:
    """A range of PARTIAL (RFC 9394 section 3.1): both bounds count from the same end. Also for FETCH."""
    found = args.match(_PARTIAL)
    if found is None or found.group(1) != found.group(3):
        raise BadSyntax("Bad PARTIAL range")
    first, last = int(found.group(2)), int(found.group(4))
    if max(first, last) > MAX:
        raise BadSyntax("Bad PARTIAL range")
    low, high = min(first, last), max(first, last)
    return found.group(), -high if found.group(1) else low, -low if found.group(1) else high


def window(count: int, bounds: tuple[bytes, int, int]) -> slice:
    """Which of `count` results a PARTIAL range means."""
    _, low, high = bounds
    if low < 0:
        return slice(max(count + low, 0), max(count + high + 1, 0))
    return slice(low - 1, high)


def asked(found: Sequence[int], returns: Returns) -> Sequence[int]:
    """Those of the results that the answer tells of: what SAVE keeps (RFC 5182 2.4, RFC 9394 3.2) and MODSEQ covers."""
    words = returns.words
    if not found or not returns.extended or words & {b"ALL", b"COUNT"} or not words & {b"MIN", b"MAX", b"PARTIAL"}:
        return found
    told = set(found[window(len(found), returns.partial)]) if returns.partial else set()
    if b"MIN" in words:
        told.add(found[0])
    if b"MAX" in words:
        told.add(found[-1])
    return [each for each in found if each in told]


def esearch(correlator: bytes, numbers: Sequence[int], returns: Returns, *, uid: bool, modseq: int = 0) -> bytes:
    """An ESEARCH response. `numbers` are all results in their order: rising, or as sorted.

    `modseq` is the highest of those that `asked` gives, 0 when the program has no MODSEQ key.
    """
    parts = [b"* ESEARCH (%s)" % correlator]
    if uid:
        parts.append(b"UID")
    if numbers:
        if b"MIN" in returns:
            parts.append(b"MIN %d" % numbers[0])
        if b"MAX" in returns:
            parts.append(b"MAX %d" % numbers[-1])
    if b"COUNT" in returns:
        parts.append(b"COUNT %d" % len(numbers))
    if numbers and b"ALL" in returns:
        parts.append(b"ALL " + written(numbers, ordered=True))
    if returns.partial is not None:
        page = numbers[window(len(numbers), returns.partial)]
        parts.append(b"PARTIAL (%s %s)" % (returns.partial[0], written(page, ordered=True) or b"NIL"))
    if modseq and numbers:
        parts.append(b"MODSEQ %d" % modseq)
    return b" ".join(parts) + b"\r\n"


def plain(word: bytes, numbers: Sequence[int], modseq: int = 0) -> bytes:
    """A SEARCH or SORT response: every number by itself."""
    text = " ".join(map(str, numbers)).encode()
    tail = b" (MODSEQ %d)" % modseq if modseq and numbers else b""
    return b"* %s%s%s\r\n" % (word, b" " + text if text else b"", tail)
