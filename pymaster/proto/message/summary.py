"""summary - all that POP3 and IMAP ask of a message over and over, made once when it is stored.

The code that writes a message (local, virtual, lmtpd, APPEND) or first meets it calls `summarize`; `digest` packs the
result for the mailbox's cache. Texts are in the form in which they are sent, so that FETCH joins bytes and parses nothing.
"""

from dataclasses import dataclass
from hashlib import blake2b

from pymaster.proto.message.addresses import Address
from pymaster.proto.message.attachment import has_attachment
from pymaster.proto.message.basesubject import base_subject
from pymaster.proto.message.bodystructure import structure
from pymaster.proto.message.casemap import key
from pymaster.proto.message.charset import guess
from pymaster.proto.message.envelope import address_fields, envelope
from pymaster.proto.message.fields import BLOCK_LIMIT
from pymaster.proto.message.maildate import sent
from pymaster.proto.message.mimetree import tree
from pymaster.proto.message.parttree import pack
from pymaster.proto.message.preview import preview
from pymaster.proto.message.threadids import first_id, references
from pymaster.proto.message.words import decode_words

# Of a longer subject only the begin counts for sorting and threading.
SUBJECT_LIMIT = 65_536


@dataclass(slots=True)
class Summary:
    """What `summarize` found. All offsets and sizes are octets of the wire form (CRLF line ends).

    `envelope`, `body`, `bodystructure`: parenthesized lists of RFC 3501 section 7.4.2, ready to send. `header`: the
    header section with its final empty line; cut at 1 MB, `header_size` is the true size. `lines`: of the body.
    `parts`: the part tree (see `parttree`). `preview`: RFC 8970, UTF-8, at most 200 characters. `subject`: base subject
    (RFC 5256 section 2.1), UTF-8, case-mapped for sorting; `is_reply`: whether taking the base removed a re/fwd mark.
    `sent`: the Date header as seconds since 1970 (UTC), None when missing or bad. `from_key`, `to_key`, `cc_key`: the
    first address's mailbox name, `from_name`, `to_name`: its display form (RFC 5957), all case-mapped UTF-8.
    `message_id`, `references`: normalised ids without <>; references hold In-Reply-To's first id when there is no
    References header, at most 100. `has_attachment`: RFC 8457's idea of it. `content_id`: 16 bytes, a hash of the wire form.
    """

    size: int
    header_size: int
    lines: int
    envelope: bytes
    body: bytes
    bodystructure: bytes
    header: bytes
    parts: bytes
    preview: bytes
    subject: bytes
    is_reply: bool
    sent: int | None
    from_key: bytes
    to_key: bytes
    cc_key: bytes
    from_name: bytes
    to_name: bytes
    message_id: bytes
    references: tuple[bytes, ...]
    has_attachment: bool
    content_id: bytes


def summarize(wire: bytes) -> Summary:
    """The summary of a message in wire form; never raises, whatever the bytes are."""
    root = tree(wire)
    part, fields = root.part, root.fields
    lists = address_fields(fields)
    body, bodystructure = structure(root)
    values = fields.get(b"subject")
    subject, is_reply = base_subject(decode_words(values[0][:SUBJECT_LIMIT])) if values else ("", False)
    dates = fields.get(b"date")
    from_key, from_name = _keys(lists[b"from"])
    to_key, to_name = _keys(lists[b"to"])
    return Summary(
        size=len(wire),
        header_size=part.body,
        lines=part.lines,
        envelope=envelope(fields, lists),
        body=body,
        bodystructure=bodystructure,
        header=wire[: min(part.body, BLOCK_LIMIT)],
        parts=pack(part),
        preview=preview(wire, root),
        subject=key(subject),
        is_reply=is_reply,
        sent=sent(dates[0]) if dates else None,
        from_key=from_key,
        to_key=to_key,
        cc_key=_keys(lists[b"cc"])[0],
        from_name=from_name,
        to_name=to_name,
        message_id=first_id(fields.get(b"message-id")),
        references=references(fields.get(b"references"), fields.get(b"in-reply-to")),
        has_attachment=has_attachment(root),
        content_id=blake2b(wire, digest_size=16).digest(),
    )


def _keys(addresses: list[Address]) -> tuple[bytes, bytes]:
    """The sort keys of a list: the first one's mailbox (RFC 5256), and how it is displayed (RFC 5957 section 3)."""
    if not addresses:
        return b"", b""
    name, _, mailbox, host = addresses[0]
    text = key(guess(mailbox or b""))
    shown = key(decode_words(name)) if name else b""
    if not shown:
        # A group is displayed by its name, which stands where the mailbox would.
        shown = key(guess(b"%s@%s" % (mailbox, host))) if host is not None else key(decode_words(mailbox or b""))
    return text, shown
