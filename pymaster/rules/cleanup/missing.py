"""missing - the headers that mail of our own must have and did not bring: Message-Id, Date, From, a destination.

Only mail whose headers are rewritten gets them, or all mail with always_add_missing_headers; a resent message gets the
Resent- forms (RFC 5322 section 3.6.6). The forms are Postfix's (cleanup(8)).
"""

import binascii
import re

from pymaster.proto.address import quote_local
from pymaster.proto.message.date import id_stamp, mail_date
from pymaster.proto.message.header import is_header
from pymaster.util.text import printable

_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_VISIBLE = (b"to", b"cc", b"resent-to", b"resent-cc")


def message_id(queue_id: str, hostname: str, arrival: float, long_ids: bool) -> bytes:
    """A fresh Message-Id: queue ids of the long kind are unique by themselves, short ones need the time."""
    stamp = "" if long_ids else id_stamp(arrival) + "."
    return f"<{stamp}{queue_id}@{hostname}>".encode()


def date(prefix: bytes, arrival: float) -> bytes:
    """A Date: line."""
    return prefix + b"Date: " + mail_date(arrival).encode() + b"\n"


def sender(prefix: bytes, address: bytes, full_name: bytes, form: str) -> bytes:
    """A From: line; `form` is header_from_format."""
    external = quote_local(address or b"MAILER-DAEMON").replace(b"\n", b"?")
    name = printable(full_name, 200).strip(" ")
    if not name or not address:
        return prefix + b"From: " + external + b"\n"
    if form == "obsolete":
        comment = re.sub(r"([()\\])", r"\\\1", name).encode()
        return prefix + b"From: " + external + b" (" + comment + b")\n"
    return prefix + b"From: " + _phrase(name) + b" <" + external + b">\n"


def _phrase(name: str) -> bytes:
    """A display name as the grammar wants it; text beyond ASCII as an encoded word (RFC 2047)."""
    if not name.isascii():
        return b"=?utf-8?b?" + binascii.b2a_base64(name.encode()[:45], newline=False) + b"?="
    if _PHRASE.fullmatch(name):
        return name.encode()
    return b'"' + re.sub(r'(["\\])', r"\\\1", name).encode() + b'"'


def destination(undisclosed: bytes, seen: set[bytes]) -> bytes:
    """The line of undisclosed_recipients_header, when no header names a recipient."""
    if not undisclosed or not is_header(undisclosed) or any(name in seen for name in _VISIBLE):
        return b""
    return undisclosed.rstrip(b"\n") + b"\n"
