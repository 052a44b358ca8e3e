"""fields - picking header fields by name (BODY[HEADER.FIELDS (...)], RFC 3501 section 6.4.5) with one pattern per set of names.

Fields come in the order of the message, folded as they are, and the empty line ends them. Clients ask for the same set over
and over, so the compiled patterns are kept.
"""

import re
from collections.abc import Callable
from functools import lru_cache

# RFC 5322 section 2.2: what a field name may be; how many a client may ask for, in octets together.
NAME = re.compile(rb"[!-9;-~]+")
MAX_NAMES, MAX_OCTETS = 1000, 16384


@lru_cache(maxsize=256)
def picker(names: tuple[bytes, ...], exclude: bool = False) -> Callable[[bytes], bytes]:
    """A function from a header section to the fields of these names (or, `exclude`, all others) and an empty line.

    Each match begins with the line end before the field, for a literal first byte is what the matcher is fast at.
    """
    known = sorted({name.lower() for name in names})
    wanted = rb"(?i:%s)[ \t]*:" % b"|".join([re.escape(name) for name in known])
    if exclude:
        start = rb"\n(?!%s)[^ \t\r\n]" % wanted
    else:
        # Most fields are none of those wanted: their first letter tells.
        first = b"".join([re.escape(letter) for letter in sorted({name[:1] for name in known})])
        start = rb"\n(?=[%s])%s" % (first + first.upper(), wanted)
    find = re.compile(start + rb"[^\n]*(?:\n[ \t][^\n]*)*").findall

    def pick(header: bytes) -> bytes:
        found = b"".join(find(b"\n" + header))
        if not found:
            return b"\r\n"
        # The last match of a header without a final line end brings none of its own.
        return found[1:] + (b"\n\r\n" if found.endswith(b"\r") else b"\r\n\r\n")

    return pick
