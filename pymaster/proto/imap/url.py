"""url - IMAP URLs that name a message or a part of it (RFC 5092), as CATENATE takes them: relative to this server.

`/mailbox;UIDVALIDITY=1/;UID=20/;SECTION=1.2/;PARTIAL=0.100`; without the mailbox it is the selected one. URLs with a server
in them and with an authorization are not taken, for they name what this session may not reach.
"""

import re
from dataclasses import dataclass

from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.section import Section, parse_section

MAX_URL = 2048
_SHAPE = re.compile(
    rb"(?:/(?P<mailbox>[^;?/\x00-\x20\x7f-\xff](?:(?!/;|;)[^?\x00-\x20\x7f-\xff])*)(?:;(?i:UIDVALIDITY)=(?P<validity>[1-9][0-9]{0,9}))?/)?"
    rb"/?;(?i:UID)=(?P<uid>[1-9][0-9]{0,9})"
    rb"(?:/;(?i:SECTION)=(?P<section>[^;/?\x00-\x20\x7f-\xff]+))?"
    rb"(?:/;(?i:PARTIAL)=(?P<origin>[0-9]{1,19})(?:\.(?P<count>[1-9][0-9]{0,18}))?)?"
)
_ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})")
_STRAY = re.compile(rb"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class MessageUrl:
    """`mailbox` in UTF-8, None for the selected one; `validity` 0 when the URL does not say; `count` None to the end."""

    mailbox: str | None
    validity: int
    uid: int
    section: Section
    origin: int = 0
    count: int | None = None


def parse_url(text: bytes) -> MessageUrl:
    """Raises ValueError for what is no such URL."""
    found = _SHAPE.fullmatch(text) if len(text) <= MAX_URL else None
    if found is None:
        raise ValueError("not a relative URL of a message")
    mailbox, validity, uid, section, origin, count = found.group(
        "mailbox", "validity", "uid", "section", "origin", "count"
    )
    if int(uid) >= 1 << 32 or int(validity or b"0") >= 1 << 32:
        raise ValueError("number too large")
    return MessageUrl(
        None if mailbox is None else _unescaped(mailbox).decode("utf-8"), int(validity or b"0"), int(uid),
        _section(_unescaped(section)) if section else Section(), int(origin or b"0"), int(count) if count else None,
    )  # fmt: skip


def _unescaped(text: bytes) -> bytes:
    if _STRAY.search(text):
        raise ValueError("bad escape in a URL")
    return _ESCAPED.sub(lambda escape: bytes([int(escape.group(1), 16)]), text)


def _section(text: bytes) -> Section:
    args = Cursor([b"[%s]" % text], [])
    try:
        section = parse_section(args)
        args.end()
    except BadSyntax as exc:
        raise ValueError("bad section in a URL") from exc
    return section
