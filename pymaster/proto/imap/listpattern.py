"""listpattern - mailbox patterns of LIST and LSUB (RFC 3501 section 6.3.8): `*` is anything, `%` anything within a level.

A pattern comes from the client and is matched with every mailbox, so there is no backtracking: all places of the pattern
that the name read so far can have led to are bits of one number, and each character of the name is one step for all of
them. Time is pattern times name at worst, whatever the wildcards.
"""

import re

_WILD = re.compile(r"[*%]+")
_FIRST = re.compile(r"[*%]")
# Nobody has a name as long as this; a longer pattern matches nothing.
MAX_LITERALS = 1024
INBOX = "INBOX"


def inbox_folded(pattern: str, separator: str) -> str:
    """The pattern as it counts for INBOX and what is below it: what is written out of the first level is in capitals."""
    lead = _FIRST.split(pattern, maxsplit=1)[0]
    head, found, _ = lead.partition(separator)
    upper = head.upper() if head.isascii() else head
    open_ended = not found and len(lead) < len(pattern)
    if upper == INBOX or (open_ended and INBOX.startswith(upper)):
        return upper + pattern[len(head) :]
    return pattern


class Pattern:
    """One pattern, compiled; `matches` answers for names of one separator. INBOX counts in any case."""

    __slots__ = ("_inbox", "_plain", "_separator")

    def __init__(self, pattern: str, separator: str) -> None:
        self._plain = _Matcher(pattern, separator)
        folded = inbox_folded(pattern, separator)
        self._inbox = self._plain if folded == pattern else _Matcher(folded, separator)
        self._separator = separator

    def matches(self, name: str) -> bool:
        """Whether a name matches."""
        if self._inbox is not self._plain and (name == INBOX or name.startswith(INBOX + self._separator)):
            return self._inbox.matches(name)
        return self._plain.matches(name)


class _Matcher:
    """The machine behind a pattern: a literal beginning, then places with the characters that lead on from each."""

    __slots__ = ("_accept", "_any", "_level", "_masks", "_never", "_prefix", "_rest", "_separator")

    def __init__(self, pattern: str, separator: str) -> None:
        self._separator = separator
        # A run of wildcards is no more than its strongest one.
        text = _WILD.sub(lambda found: "*" if "*" in found.group() else "%", pattern)
        self._prefix = _FIRST.split(text, maxsplit=1)[0]
        self._rest = text[len(self._prefix) :]
        self._never = len(text) > 2 * MAX_LITERALS
        self._masks: dict[str, int] = {}
        # Places where `*`, or any wildcard, lets a character pass.
        self._any = self._level = 0
        place = 1
        for letter in "" if self._never else self._rest:
            if letter == "*":
                self._any |= place
                self._level |= place
            elif letter == "%":
                self._level |= place
            else:
                self._masks[letter] = self._masks.get(letter, 0) | place
                place <<= 1
        self._accept = place

    def matches(self, name: str) -> bool:
        rest = self._rest
        if not rest:
            return name == self._prefix
        if self._never or not name.startswith(self._prefix):
            return False
        if rest == "*":
            return True
        name = name[len(self._prefix) :]
        separator, masks = self._separator, self._masks
        if rest == "%":
            return separator not in name
        places = 1
        for letter in name:
            stay = self._any if letter == separator else self._level
            places = (places & masks.get(letter, 0)) << 1 | places & stay
            if not places:
                return False
        return bool(places & self._accept)


class Patterns:
    """Several patterns, of which one must match (RFC 5258)."""

    __slots__ = ("_all",)

    def __init__(self, patterns: list[str], separator: str) -> None:
        self._all = [Pattern(each, separator) for each in dict.fromkeys(patterns)]

    def matches(self, name: str) -> bool:
        """Whether one of them matches."""
        return any(each.matches(name) for each in self._all) if len(self._all) > 1 else self._one(name)

    def _one(self, name: str) -> bool:
        return bool(self._all) and self._all[0].matches(name)
