"""rights - letters of access control (RFC 4314): checked, put in order, with the obsolete `c` and `d` of RFC 2086.

`c` stands for k, `d` for e, t and x: that is how the examples of RFC 4314 read, and how both are told.
"""

import re

# Dovecot's order, which is the one clients were tested with.
ORDER = "lrwstipekxa"
ALL = frozenset(ORDER)
_EXPANDED = {"c": "k", "d": "etx"}
_FLAGS = {b"\\seen": "s", b"\\deleted": "t"}
_LETTERS = re.compile(rb"[a-z0-9]*")
MAX_IDENTIFIER = 255


def expanded(letters: bytes) -> frozenset[str]:
    """The rights that letters stand for; raises ValueError for what is no right here."""
    if not _LETTERS.fullmatch(letters):
        raise ValueError("not rights")
    found = frozenset("".join([_EXPANDED.get(letter, letter) for letter in letters.decode("ascii")]))
    if not found <= ALL:
        raise ValueError("unknown right")
    return found


def written(rights: frozenset[str] | str) -> str:
    """Rights as they are kept: each once, in order."""
    return "".join([letter for letter in ORDER if letter in rights])


def told(rights: frozenset[str] | str) -> bytes:
    """Rights as a client is told them: with `c` and `d` when one of their members is there (RFC 4314 section 2.1.1)."""
    virtual = [old for old, members in _EXPANDED.items() if any(letter in rights for letter in members)]
    return (written(rights) + "".join(virtual)).encode()


def changed(before: str, change: bytes) -> str:
    """Rights after a SETACL: `+` adds, `-` removes, else they are replaced. Raises ValueError."""
    sign, letters = (change[:1], change[1:]) if change[:1] in (b"+", b"-") else (b"", change)
    new = expanded(letters)
    if sign == b"+":
        return written(frozenset(before) | new)
    return written(frozenset(before) - new if sign else new)


def right_for(flag: bytes) -> str:
    """The right that it takes to change a flag (RFC 4314 section 4)."""
    return _FLAGS.get(flag.lower(), "w")


def effective(entries: dict[str, str], user: str, *, owner: bool) -> frozenset[str]:
    """What a user may do, by the list of a mailbox: own and general entries, less the negative ones; the owner everything."""
    if owner:
        return ALL
    groups = (user, "anyone", "authenticated")
    given = frozenset("".join([entries.get(each, "") for each in groups]))
    return given - frozenset("".join([entries.get("-" + each, "") for each in groups]))


def identifier(raw: bytes) -> str:
    """Whom an entry is about: text, `-` in front for rights that are taken away. Raises ValueError."""
    text = raw.decode("utf-8")
    if not text.removeprefix("-") or len(raw) > MAX_IDENTIFIER:
        raise ValueError("no identifier")
    if any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in text):
        raise ValueError("control characters")
    return text
