"""uidl - the forms of POP3's unique ids: 1 to 70 printable characters, the same for a message for ever (RFC 1939 section 7).

A client that meets another form fetches all mail again, so the form of the server that was there before can be chosen.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

NAMES = {
    "dovecot": "%08Xu%08Xv", "courier": "UID%u-%v", "cyrus": "%v.%u", "cyrus-old": "%u", "uw": "%08Xv%08Xu", "guid": "%g",
    "md5": "%m",
}  # fmt: skip
LONGEST = 70
_ITEM = re.compile(r"%(0?[0-9]{0,2}X?)([uvgm%])|[!-$&-~]")
_VALID = re.compile(rb"[!-~]{1,70}")


@dataclass(slots=True)
class Format:
    """A form, ready for use: a template of the % operator, and the variables that go into it."""

    template: bytes
    variables: str

    @classmethod
    def parse(cls, text: str) -> Format:
        """A form by its name or written out; raises ValueError."""
        text = NAMES.get(text.lower(), text)
        template, variables, at = [], "", 0
        while at < len(text):
            found = _ITEM.match(text, at)
            if found is None or (found[1] and found[2] in "gm%"):
                raise ValueError(f"{text}: no form of unique ids")
            at, name = found.end(), found[2]
            if name is None or name == "%":
                template.append("%%" if name else found[0])
                continue
            # Dovecot's X writes lower-case digits.
            kind = "b" if name in "gm" else "x" if found[1].endswith("X") else "d"
            template.append("%" + found[1].rstrip("X") + kind)
            variables += name
        if not set(variables) & set("ugm"):
            raise ValueError(f"{text}: unique ids need %u, %g or %m")
        return cls("".join(template).encode("ascii"), variables)

    def value(self, uid: int, uidvalidity: int, content: bytes = b"", md5: bytes = b"") -> bytes:
        """The id of a message; `content` and `md5` (both hex) matter where the form has %g and %m."""
        known = {"u": uid, "v": uidvalidity, "g": content, "m": md5}
        return fit(self.template % tuple([known[name] for name in self.variables]))


def fit(value: bytes) -> bytes:
    """The value, or a hash of it where it may not be sent."""
    return value if _VALID.fullmatch(value) else hashlib.md5(value, usedforsecurity=False).hexdigest().encode()


def received_md5(header: bytes) -> bytes:
    """MD5 (hex) of the Received: fields of a header block, of all of it where there are none."""
    fields = re.findall(rb"(?im)^received:[^\n]*\n(?:[ \t][^\n]*\n)*", header)
    return hashlib.md5(b"".join(fields) or header, usedforsecurity=False).hexdigest().encode()


def renamed(values: Iterable[bytes]) -> list[bytes]:
    """The values with later ones of the same told apart by -2, -3 ..."""
    given, found = list(values), []
    if len(set(given)) == len(given):
        return given
    taken, counts = set(given), dict.fromkeys(given, 0)
    for value in given:
        counts[value] += 1
        unique = value
        if counts[value] > 1:
            while (unique := b"%b-%d" % (value[: LONGEST - 8], counts[value])) in taken:
                counts[value] += 1
            taken.add(unique)
        found.append(unique)
    return found
