"""envelope - the ENVELOPE of a header, ready to send (RFC 3501 section 7.4.2, RFC 9051 section 7.5.2). Nothing is decoded."""

from collections.abc import Sequence

from pymaster.proto.message.addresses import Address, parse_all
from pymaster.proto.message.fields import Fields
from pymaster.proto.message.nstring import nstring, string

NAMES = frozenset(
    (b"date", b"subject", b"from", b"sender", b"reply-to", b"to", b"cc", b"bcc", b"in-reply-to", b"message-id")
)


def address_list(addresses: Sequence[Address]) -> bytes:
    """A list of address structures, NIL when empty."""
    if not addresses:
        return b"NIL"
    out = []
    for name, route, mailbox, host in addresses:
        out.append(b"(%s %s %s %s)" % (nstring(name), nstring(route), nstring(mailbox), nstring(host)))
    return b"(%s)" % b"".join(out)


def address_fields(fields: Fields) -> dict[bytes, list[Address]]:
    """The address lists of From, To and Cc, which sort keys need too."""
    return {name: parse_all(fields[name]) if name in fields else [] for name in (b"from", b"to", b"cc")}


def envelope(fields: Fields, lists: dict[bytes, list[Address]]) -> bytes:
    """The structure for a header's fields; Sender and Reply-To are From where they are missing or empty."""
    sender = address_list(lists[b"from"])
    return b"(%s %s %s %s %s %s %s %s %s %s)" % (
        _text(fields, b"date"),
        _text(fields, b"subject"),
        sender,
        _addresses(fields, b"sender", sender),
        _addresses(fields, b"reply-to", sender),
        address_list(lists[b"to"]),
        address_list(lists[b"cc"]),
        _addresses(fields, b"bcc", b"NIL"),
        _text(fields, b"in-reply-to"),
        _text(fields, b"message-id"),
    )


def _text(fields: Fields, name: bytes) -> bytes:
    values = fields.get(name)
    return string(values[0]) if values else b"NIL"


def _addresses(fields: Fields, name: bytes, default: bytes) -> bytes:
    values = fields.get(name)
    found = parse_all(values) if values else None
    return address_list(found) if found else default
