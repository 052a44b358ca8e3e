"""maildirname - the names of files in a Maildir: `time.unique.host,S=size,W=wire size:2,FLAGS`.

The base name (before the colon) is the message; what follows it says its flags, capital letters for system flags, small
ones for keywords (see `keywords`). Letters that nobody knows and whatever follows a comma there are left alone. A name
never holds a line end here: the uidlist has one name a line. Sources: maildir(5), Dovecot's description of Maildir.
"""

from __future__ import annotations

import itertools
import os
import re
import socket
from collections.abc import Iterable

from pymaster.store.mailbox.keywords import Keywords
from pymaster.store.mailbox.state import ANSWERED, DELETED, DRAFT, FLAGGED, SEEN
from pymaster.util.clock import Clock

LETTERS = {"D": DRAFT, "F": FLAGGED, "R": ANSWERED, "S": SEEN, "T": DELETED}
_OF_FLAG = {flag: letter for letter, flag in LETTERS.items()}
# A place in new/ begins like this; one in cur/ is the bare name.
NEW = "new/"
_SIZE = re.compile(r",S=([0-9]{1,15})(?=[,:]|$)")
_WIRE = re.compile(r",W=([0-9]{1,15})(?=[,:]|$)")
_TIME = re.compile(r"[0-9]{1,15}")
_counter = itertools.count(1)


def base_of(place: str) -> str:
    """The base name of a place."""
    name = place[4:] if place.startswith(NEW) else place
    return name.partition(":")[0]


def usable(name: str) -> bool:
    """Whether a file of this name can be a message."""
    return not name.startswith(".") and "\n" not in name and len(name) <= 255


def sizes(base: str) -> tuple[int | None, int | None]:
    """(octets on disk, octets of the wire form) as a name tells."""
    size, wire = _SIZE.search(base), _WIRE.search(base)
    return (int(size[1]) if size else None), (int(wire[1]) if wire else None)


def arrival(base: str) -> int:
    """The time in a name, 0 for none: the order in which new messages get UIDs."""
    found = _TIME.match(base)
    return int(found.group()) if found else 0


def unique(clock: Clock) -> str:
    """A name that nobody else makes (without sizes)."""
    now = clock.now()
    host = socket.gethostname().replace("/", "\\057").replace(":", "\\072").replace(",", "\\054")
    return f"{int(now)}.M{int(now % 1 * 1e6)}P{os.getpid()}Q{next(_counter)}.{host}"


def letters_of(place: str) -> str:
    """The flag letters of a place, without what follows a comma."""
    return place.partition(":2,")[2].partition(",")[0]


def flags_of(place: str, keywords: Keywords) -> frozenset[bytes]:
    """The flags that a name tells."""
    found = []
    for letter in letters_of(place):
        flag = LETTERS.get(letter)
        if flag is None and "a" <= letter <= "z":
            flag = keywords.keyword(letter)
        if flag is not None:
            found.append(flag)
    return frozenset(found)


def letters_for(flags: Iterable[bytes], keywords: Keywords) -> set[str]:
    """The letters that tell these flags; a keyword without a letter has none."""
    found = set()
    for flag in flags:
        letter = _OF_FLAG.get(flag) or keywords.letter(flag)
        if letter is not None:
            found.add(letter)
    return found


def renamed(place: str, flags: Iterable[bytes], keywords: Keywords) -> str:
    """The name in cur/ of a message that has these flags from now on."""
    base = base_of(place)
    old, comma, rest = place.partition(":2,")[2].partition(",")
    unknown = {
        letter for letter in old if letter not in LETTERS and not ("a" <= letter <= "z" and keywords.keyword(letter))
    }
    return f"{base}:2,{''.join(sorted(letters_for(flags, keywords) | unknown))}{comma}{rest}"
