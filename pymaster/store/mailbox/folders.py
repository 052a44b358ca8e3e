"""folders - names of mailboxes: which are allowed, and the folder of Maildir++ that stands for one.

Maildir++ keeps all mailboxes in one folder: INBOX is the folder itself, `A.B` is `.A.B` in it, in modified UTF-7. Where the
separator is another one, a dot within a level is written `\\2e`. Every name comes through `check` before anything is opened:
nothing of a path is ever in it.
"""

from __future__ import annotations

import re

from pymaster.proto.imap.utf7 import decode_utf7, encode_utf7
from pymaster.store.mailbox.contract import MailboxError

INBOX = "INBOX"
# A level must fit into a file name, and (RFC 9051) no more of it is of use to anybody.
MAX_LEVEL, MAX_LEVELS = 200, 50
# Controls, line and paragraph separators, and halves of characters.
_FORBIDDEN = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ESCAPED = re.compile(r"\\([0-9a-f]{2})")


def canonical(name: str, separator: str) -> str:
    """INBOX as a name or first level is written in capitals."""
    first, found, rest = name.partition(separator)
    return INBOX + found + rest if first.isascii() and first.upper() == INBOX else name


def check(name: str, separator: str) -> str:
    """The canonical form of a name that may be a mailbox; raises MailboxError CANNOT."""
    levels = name.split(separator)
    if not name or "" in levels or name[0] == "~" or len(levels) > MAX_LEVELS or _FORBIDDEN.search(name):
        raise MailboxError("CANNOT", "Invalid mailbox name")
    for level in levels:
        if level in (".", "..") or "/" in level or len(encode_utf7(level)) > MAX_LEVEL:
            raise MailboxError("CANNOT", "Invalid mailbox name")
    if levels[0] in ("cur", "new", "tmp"):
        raise MailboxError("CANNOT", "Invalid mailbox name")
    return canonical(name, separator)


def check_new(name: str, separator: str) -> str:
    """The same for a name that is to be made: LIST's wildcards are no part of it."""
    if "*" in name or "%" in name:
        raise MailboxError("CANNOT", "Invalid mailbox name")
    return check(name, separator)


def folder_of(name: str, separator: str) -> str:
    """The folder of a checked name in a Maildir++ ("" for INBOX). Raises MailboxError CANNOT for one that is too long."""
    if name == INBOX:
        return ""
    levels = [encode_utf7(escape(level, separator)).decode("ascii") for level in name.split(separator)]
    folder = "." + ".".join(levels)
    if len(folder) > 240:
        raise MailboxError("CANNOT", "Mailbox name is too long")
    return folder


def name_of(folder: str, separator: str) -> str | None:
    """The name of a folder (which begins with a dot); None for one that is no mailbox or not canonically written."""
    try:
        levels = [unescape(decode_utf7(level.encode("ascii")), separator) for level in folder[1:].split(".")]
        name = check(separator.join(levels), separator)
    except (ValueError, MailboxError):
        return None
    # Only what `folder_of` would make is the mailbox of that name: no two folders for one.
    return name if name != INBOX and folder_of(name, separator) == folder else None


def escape(level: str, separator: str, stored: str = ".") -> str:
    """A level in which the separator of the format (`stored`) does not occur."""
    if separator == stored:
        return level
    return level.replace("\\", "\\5c").replace(stored, f"\\{ord(stored):02x}")


def unescape(level: str, separator: str, stored: str = ".") -> str:
    """What `escape` was given."""
    if separator == stored:
        return level
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), level)
