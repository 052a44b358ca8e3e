"""mboxmessage - a message as it lies in an mbox and as clients see it.

In the file lines end in LF, lines of the body that begin with `From ` have a `>` before them, and the header holds the
mailbox's own lines (see `mboxheaders`). In wire form all of that is undone.

Quoting is mboxrd's: a `>` is put before `From `, `>From `, `>>From `..., so that it can be taken away again; what we store
comes back byte for byte. On reading one `>` is taken away, unless the body has a line `From ` without one: its writer
(mutt with Content-Length, alpine) does not quote, and then `>From ` is text. The rule looks at nothing but the body, which
no mail program changes, so it answers alike for ever. It differs from Dovecot, which shows the `>`; a `>From ` that
was text in a message from a writer of mboxo (who quotes `From ` only) loses its `>`.
Sources: mbox(5), RFC 4155.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from pymaster.store.mailbox import mboxheaders
from pymaster.store.mailbox.mboxheaders import Meta
from pymaster.store.mailbox.mboxscan import Found
from pymaster.store.mailbox.wire import wire_size

_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_TO_QUOTE = re.compile(rb"^(>*From )", re.MULTILINE)


@dataclass(slots=True)
class Seen:
    """A message of the file that was looked at: where it is, what its headers say, and what names its bytes.

    `size`: octets of the wire form. `key`: a hash of the message without the mailbox's own headers, the same before and
    after flags change or another program rewrites the file.
    """

    start: int
    end: int
    meta: Meta
    size: int
    key: str


def look(found: Found) -> tuple[Seen, bytes]:
    """A message and its bytes with LF line ends, unquoted, without the mailbox's own headers."""
    meta = mboxheaders.parse(found.data[found.head : found.body])
    text = unquoted(ended(meta.bare)) + unquoted(found.data[found.body : found.text])
    if not text.endswith(b"\n"):
        text += b"\n"  # it gets one as soon as something follows
    key = hashlib.blake2b(text, digest_size=16).hexdigest()
    return Seen(found.start, found.end, meta, wire_size(text), key), text


def ended(header: bytes) -> bytes:
    """A header with its final empty line: one that was cut off gets it, so that it stays what it is when rewritten."""
    if header.endswith((b"\n\n", b"\n\r\n")) or header in (b"\n", b"\r\n"):
        return header
    return header + (b"\n" if not header or header.endswith(b"\n") else b"\n\n")


def unquoted(body: bytes) -> bytes:
    """A header or body with one `>` less before each quoted `From `."""
    if b">From " not in body or body.startswith(b"From ") or b"\nFrom " in body:
        return body
    return _QUOTED.sub(rb"\1", body)


def quoted(body: bytes) -> bytes:
    """A header or body that holds no From_ line."""
    return _TO_QUOTE.sub(rb">\1", body) if b"From " in body else body


def stored(text: bytes) -> bytes:
    """A message with LF line ends without headers that only the mailbox may write; it ends in the end of a line."""
    if not text.endswith(b"\n"):
        text += b"\r\n" if text.endswith(b"\r") else b"\n"
    cut = body_at(text)
    return ended(mboxheaders.strip(text[:cut])) + text[cut:]


def body_at(text: bytes) -> int:
    """Where the body of a message with LF line ends begins."""
    if text.startswith(b"\n"):
        return 1
    at = text.find(b"\n\n")
    return at + 2 if at >= 0 else len(text)


def laid(from_line: bytes, text: bytes, own: bytes) -> bytes:
    """What is appended to the file for a message: From_ line, header with the mailbox's lines, quoted body, empty line."""
    cut = body_at(text)
    return b"".join([from_line, mboxheaders.rewritten(quoted(text[:cut]), own), quoted(text[cut:]), b"\n"])
