"""catenate - the pieces of CATENATE (RFC 4469): text that comes along, and messages or parts of them that are here already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymaster.dialog.imapd.names import decode
from pymaster.proto.imap.section import cut
from pymaster.proto.imap.url import MessageUrl, parse_url
from pymaster.proto.imap.utf7 import encode_utf7
from pymaster.proto.message import parttree
from pymaster.proto.message.digest import PARTS
from pymaster.store.mailbox.contract import Mailbox, MailboxError

if TYPE_CHECKING:
    from pymaster.dialog.imapd.session import Session


def fetch_url(session: Session, text: bytes) -> bytes:
    """What a URL names; raises MailboxError BADURL with it."""
    try:
        url = parse_url(text)
    except ValueError as exc:
        raise _bad(text) from exc
    if url.mailbox is None:
        if session.selected is None:
            raise _bad(text)
        found = _read(session, session.selected.mailbox, url)
    else:
        try:
            mailbox = session.open(_name(session, url.mailbox))
        except MailboxError as exc:
            raise _bad(text) from exc
        try:
            found = _read(session, mailbox, url)
        finally:
            mailbox.close()
    if found is None:
        raise _bad(text)
    return found


def _name(session: Session, name: str) -> str:
    """A URL's mailbox name through the same checks as any other."""
    return decode(session, name.encode("utf-8") if session.utf8 else encode_utf7(name))


def _read(session: Session, mailbox: Mailbox, url: MessageUrl) -> bytes | None:
    if url.validity and url.validity != mailbox.uidvalidity:
        return None
    wire = session.world.run(mailbox.read, url.uid)
    digest = mailbox.digest(url.uid) if wire is not None else None
    if wire is None or digest is None:
        return None
    data = cut(wire, parttree.unpack(digest[PARTS]), url.section)
    if data is None or url.origin > len(data):
        return None
    return data[url.origin :] if url.count is None else data[url.origin : url.origin + url.count]


def _bad(text: bytes) -> MailboxError:
    """The refusal; of the URL only what may stand in a response code."""
    shown = "".join([chr(byte) if 32 < byte < 127 and byte != 93 else "?" for byte in text[:500]])
    return MailboxError(f"BADURL {shown or '?'}", "CATENATE append has failed, no message can be added")
