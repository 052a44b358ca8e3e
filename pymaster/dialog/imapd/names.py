"""names - mailbox names between the wire and the store: modified UTF-7 or UTF-8 there, text here (RFC 3501 section 5.1.3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pymaster.proto.imap.cursor import BadSyntax
from pymaster.proto.imap.utf7 import decode_utf7, encode_utf7
from pymaster.store.mailbox.contract import MailboxError

if TYPE_CHECKING:
    from pymaster.dialog.imapd.session import Session

MAX_NAME = 1024
_WORD = re.compile(rb"[A-Za-z0-9.@_+=/-]+")


def decode(session: Session, name: bytes) -> str:
    """A mailbox name as the client wrote it, as the store knows it; raises MailboxError CANNOT for what can be no name.

    INBOX counts in any case, also as the first level. A name that is no modified UTF-7 can exist nowhere. One separator at
    the end says nothing: Thunderbird writes it.
    """
    try:
        text = name.decode("utf-8") if session.utf8 else decode_utf7(name)
    except ValueError as exc:
        raise MailboxError("CANNOT", "Mailbox name is not valid UTF-7 or UTF-8") from exc
    if len(name) > MAX_NAME:
        raise MailboxError("CANNOT", "Mailbox name too long")
    if any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in text):
        raise MailboxError("CANNOT", "Mailbox name has control characters")
    separator = session.account.separator
    if len(text) > 1:
        text = text.removesuffix(separator)
    head, found, tail = text.partition(separator)
    # Only ASCII has cases here: a dotless i is no I.
    return f"INBOX{found}{tail}" if head.isascii() and head.upper() == "INBOX" else text


def encode(session: Session, name: str) -> bytes:
    """A mailbox name as it is sent: a quoted string, or a literal where that cannot be."""
    text = name.encode("utf-8", "replace") if session.utf8 else encode_utf7(name)
    return string(text)


def string(text: bytes) -> bytes:
    """A string as it is sent: quoted, or a literal when it has line ends, NUL or 8-bit bytes that are no UTF-8 text."""
    if b"\r" in text or b"\n" in text or b"\0" in text or len(text) > MAX_NAME:
        return b"{%d}\r\n%s" % (len(text), text)
    return b'"%s"' % text.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


def word(text: bytes) -> bytes:
    """A string as it is sent where clients are used to atoms: as one, if it can be."""
    return text if _WORD.fullmatch(text) and text.upper() != b"NIL" else string(text)


__all__ = ["BadSyntax", "decode", "encode", "string", "word"]
