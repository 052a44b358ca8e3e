"""extract - recipients out of the headers of a message (sendmail -t).

To, Cc and Bcc; in a resent message their Resent- forms instead (RFC 5322 section 3.6.6). The headers themselves stay:
cleanup drops Bcc.
"""

from pymaster.proto import addrlist
from pymaster.proto.message import header

_PLAIN = (b"to", b"cc", b"bcc")
_RESENT = (b"resent-to", b"resent-cc", b"resent-bcc")
# The header section of a message is not longer; what comes after is not looked at.
MAX_SECTION = 1 << 20


def complete(text: bytes) -> bool:
    """Whether the header section has ended, or is longer than anybody's."""
    if len(text) > MAX_SECTION or text.startswith(b"\n") or b"\n\n" in text:
        return True
    _, pos = header.scan(text)
    rest = text[pos:]
    return b"\n" in rest and not header.is_header(rest)


def recipients(text: bytes) -> list[bytes]:
    """The addresses, in internal form and order, each once."""
    found, _ = header.scan(text if text.endswith(b"\n") else text + b"\n")
    resent = any(item.name.startswith(b"resent-") for item in found)
    wanted = _RESENT if resent else _PLAIN
    seen: dict[bytes, None] = {}
    for item in found:
        if item.name in wanted:
            seen.update((spot.address, None) for spot in addrlist.find(text[item.value : item.end]))
    return list(seen)
