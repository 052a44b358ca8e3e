"""mboxheaders - what an mbox tells of its messages in headers of their own: UIDs, flags, keywords, as c-client keeps them.

    X-IMAPbase: 1700000000 0000000042 $Junk work    first message: UIDVALIDITY, last UID given, keywords
    X-IMAP: ...                                     the same in the pseudo message (see below)
    X-UID: 0000000042                               Status: RO   X-Status: AFTD   X-Keywords: $Junk

Dovecot, alpine and we read and write these; mutt keeps what it does not know and rewrites Status and X-Status. They are
no part of the message: clients never see them, and a message that is stored loses those it brought. Content-Length and
Lines belong to them, because mutt adds both when it rewrites a message, and a UID must name the same bytes for ever.

We write them padded to a length that holds any flags, so that later changes happen in place. Anybody can send a message
with such headers, so nothing here is believed as such: `mboxuids` decides.

An emptied mailbox keeps one pseudo message with X-IMAP, known by its subject's end and that header; it is nobody's mail.
Sources: c-client's mailbox format notes (docs/formats), mbox(5).
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from pymaster.store.mailbox.mboxscan import from_text
from pymaster.store.mailbox.state import ANSWERED, DELETED, DRAFT, FLAGGED, MAX_KEYWORD, MAX_KEYWORDS, SEEN

MAX_UID = 0xFFFFFFFF
# How much of a header is looked through (octets): what lies behind is text.
MAX_HEADER = 1 << 20
_OWN = re.compile(
    rb"^(x-imapbase|x-imap|x-uid|x-status|x-keywords|status|content-length|lines)[ \t]*:([^\n]*(?:\n|\Z)(?:[ \t][^\n]*(?:\n|\Z))*)",
    re.IGNORECASE | re.MULTILINE,
)
_BASE = re.compile(rb"[ \t]*([0-9]{1,10})[ \t]+([0-9]{1,10})(?:[ \t\r\n]+([^\x00]*))?[ \t\r\n]*")
_NUMBER = re.compile(rb"[ \t]*([0-9]{1,10})[ \t\r\n]*")
_SPACE = re.compile(rb"[ \t\r\n]+")
_WORD = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\\]]+")
_PSEUDO = re.compile(rb"^subject:[^\n]*FOLDER INTERNAL DATA[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_LETTERS = ((b"R", SEEN), (b"A", ANSWERED), (b"F", FLAGGED), (b"T", DRAFT), (b"D", DELETED))
# Space for keywords that a message may yet get (octets), and for those the base may yet know.
ROOM, BASE_ROOM = 40, 80
_STATUS, _XSTATUS = 2, 4


@dataclass(slots=True)
class Base:
    """X-IMAPbase: what the mailbox says of itself."""

    validity: int
    last: int
    keywords: tuple[bytes, ...] = ()


@dataclass(slots=True)
class Meta:
    """What the headers of one message say. `uid` 0: nothing. `old`: somebody has opened the mailbox since it came.

    `pseudo`: it is no message. `bare` is the header without them; `has_uid` and `has_base` say which were there.
    """

    bare: bytes
    base: Base | None = None
    uid: int = 0
    flags: frozenset[bytes] = frozenset()
    old: bool = False
    pseudo: bool = False


def parse(header: bytes) -> Meta:
    """The metadata of a header (its final empty line included); never raises. The first header of a name counts."""
    found: dict[bytes, bytes] = {}
    for each in _OWN.finditer(header, 0, MAX_HEADER):
        found.setdefault(each[1].lower(), each[2])
    if not found:
        return Meta(header)
    bare = _OWN.sub(b"", header[:MAX_HEADER]) + header[MAX_HEADER:]
    base = _base(found.get(b"x-imapbase") or found.get(b"x-imap") or b"")
    number = _NUMBER.fullmatch(found.get(b"x-uid", b""))
    uid = int(number[1]) if number else 0
    letters = found.get(b"status", b"") + found.get(b"x-status", b"")
    flags = {flag for letter, flag in _LETTERS if letter in letters}
    flags.update(_words(found.get(b"x-keywords", b"")))
    return Meta(
        bare, base, uid if uid <= MAX_UID else 0, frozenset(flags), b"O" in letters or b"R" in letters,
        b"x-imap" in found and base is not None and _PSEUDO.search(bare) is not None,
    )  # fmt: skip


def _base(value: bytes) -> Base | None:
    found = _BASE.fullmatch(value)
    if not found:
        return None
    validity, last = int(found[1]), int(found[2])
    if not 0 < validity <= MAX_UID or last >= MAX_UID:
        return None
    return Base(validity, last, tuple(_words(found[3] or b"")))


def _words(value: bytes) -> list[bytes]:
    """Keywords that may be flags of a client; the others are left alone."""
    words = _SPACE.split(value[:MAX_HEADER])
    return [word for word in words if len(word) <= MAX_KEYWORD and _WORD.fullmatch(word)][:MAX_KEYWORDS]


def strip(header: bytes) -> bytes:
    """A header without any of them."""
    return _OWN.sub(b"", header[:MAX_HEADER]) + header[MAX_HEADER:] if _OWN.search(header, 0, MAX_HEADER) else header


def _keywords(flags: frozenset[bytes]) -> bytes:
    return b" ".join(sorted(flag for flag in flags if not flag.startswith(b"\\")))


def _status(flags: frozenset[bytes], *, old: bool) -> tuple[bytes, bytes]:
    status = (b"R" if SEEN in flags else b"") + (b"O" if old else b"")
    others = b"".join(letter for letter, flag in _LETTERS[1:] if flag in flags)
    return status.ljust(_STATUS), others.ljust(_XSTATUS)


def base_line(base: Base, *, pseudo: bool = False) -> bytes:
    """The line that keeps validity, last UID and keywords, with room for more of them."""
    words = b" ".join(base.keywords)
    room = (len(words) // BASE_ROOM + 1) * BASE_ROOM
    return b"%s: %010d %010d %s\n" % (b"X-IMAP" if pseudo else b"X-IMAPbase", base.validity, base.last,
                                      words.ljust(room))  # fmt: skip


def lines(uid: int, flags: frozenset[bytes], *, old: bool, base: Base | None = None) -> bytes:
    """The header lines of a message, padded."""
    words = _keywords(flags)
    room = (len(words) // ROOM + 1) * ROOM
    status, others = _status(flags, old=old)
    first = base_line(base) if base else b""
    return first + b"X-UID: %010d\nStatus: %s\nX-Status: %s\nX-Keywords: %s\n" % (
        uid, status, others, words.ljust(room),
    )  # fmt: skip


def rewritten(header: bytes, own: bytes) -> bytes:
    """A header (its final empty line included) with these lines, and none of its own of that kind, before its end."""
    bare = strip(header)
    for end in (b"\r\n", b"\n"):
        if bare == end or bare.endswith(b"\n" + end):
            return bare[: len(bare) - len(end)] + own + end
    return bare + (b"" if not bare or bare.endswith(b"\n") else b"\n") + own + b"\n"


def patches(header: bytes, uid: int, flags: frozenset[bytes], *, old: bool) -> list[tuple[int, bytes]] | None:
    """What to write where in a header to say this in place: (offset, bytes). None when it does not fit."""
    status, others = _status(flags, old=old)
    wanted = {b"x-uid": b"%010d" % uid, b"status": status.rstrip(b" "), b"x-status": others.rstrip(b" "),
              b"x-keywords": _keywords(flags)}  # fmt: skip
    found: dict[bytes, tuple[int, bytes]] = {}
    for each in _OWN.finditer(header, 0, MAX_HEADER):
        found.setdefault(each[1].lower(), (each.start(2), each[2]))
    made = []
    for name, text in wanted.items():
        at, value = found.get(name, (0, b""))
        if not value and not text:
            continue
        if not value:
            return None
        space = _space(value)
        # A folded value would leave an empty line behind.
        if b"\n" in value[:space] or len(text) + 1 > space:
            return None
        new = (b" " + text).ljust(space)
        if new != value[:space]:
            made.append((at, new))
    return made


def _space(value: bytes) -> int:
    """How long a value is without the end of its line."""
    return len(value) - (2 if value.endswith(b"\r\n") else 1 if value.endswith(b"\n") else 0)


def base_patch(header: bytes, base: Base) -> tuple[int, bytes] | None:
    """The same for the base line; None when there is none or it has no room."""
    for each in _OWN.finditer(header, 0, MAX_HEADER):
        if each[1].lower() in (b"x-imapbase", b"x-imap"):
            value = each[2]
            space = _space(value)
            text = b" %010d %010d %s" % (base.validity, base.last, b" ".join(base.keywords))
            if b"\n" in value[:space] or len(text) > space:
                return None
            return each.start(2), text.ljust(space)
    return None


_TEXT = b"""\
Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA
Message-ID: <%d@localhost>
%sStatus: RO

This text is part of the internal format of your mail folder, and is not
a real message.  It is created automatically by the mail system software.
If deleted, important folder data will be lost, and it will be re-created
with the data reset to initial values.

"""


def pseudo_message(base: Base, now: int) -> bytes:
    """What is left in a mailbox without messages, its From_ line and final empty line included."""
    head = from_text(now) + b"Date: " + _date(now) + b"\nFrom: Mail System Internal Data <MAILER-DAEMON@localhost>\n"
    return head + _TEXT % (now, base_line(base, pseudo=True))


def _date(now: int) -> bytes:
    return time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(now)).encode()
