"""offers - what a server's EHLO or LHLO reply offers (RFC 5321 section 4.1.1.1)."""

from dataclasses import dataclass, field

from pymaster.proto.smtp.response import Response

_SIZE_DIGITS = 18


@dataclass(slots=True)
class Offers:
    """The server's name and extensions; `size` is its limit in bytes, 0 for none or unknown."""

    name: bytes = b""
    words: frozenset[bytes] = frozenset()
    size: int = 0
    auth: tuple[bytes, ...] = field(default_factory=tuple)

    def __contains__(self, word: bytes) -> bool:
        return word in self.words


def parse(reply: Response, discard: frozenset[bytes] = frozenset()) -> Offers:
    """The offers of a positive EHLO reply; keywords in `discard` (upper case) count as not offered."""
    offers = Offers(name=reply.lines[0].split(b" ")[0] if reply.lines else b"")
    words: set[bytes] = set()
    for line in reply.lines[1:]:
        parts = [part for part in line.replace(b"=", b" ").split(b" ") if part]
        if not parts:
            continue
        word = parts[0].upper()
        if word in discard:
            continue
        words.add(word)
        if word == b"SIZE" and len(parts) > 1 and parts[1].isdigit() and len(parts[1]) <= _SIZE_DIGITS:
            offers.size = int(parts[1])
        elif word == b"AUTH":
            offers.auth = tuple(part.upper() for part in parts[1:])
    offers.words = frozenset(words)
    return offers
