"""ehlo - the list of extensions in the reply to EHLO, in Postfix's order (probes compare it)."""

from collections.abc import Iterable
from dataclasses import dataclass

from pymaster.proto.smtp.reply import Reply

XCLIENT_NAMES = "NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT"
XFORWARD_NAMES = "NAME ADDR PROTO HELO SOURCE PORT IDENT"


@dataclass(slots=True)
class Offer:
    """What a session may offer beyond what is always there. `size` is message_size_limit, 0 for none."""

    name: str
    size: int = 0
    vrfy: bool = True
    xclient: bool = False
    xforward: bool = False
    smtputf8: bool = True
    starttls: bool = False
    auth: str = ""
    broken_auth: bool = False


def build(offer: Offer, discard: Iterable[str] = ()) -> Reply:
    """The reply to EHLO; `discard` holds keywords to leave out (smtpd_discard_ehlo_keywords), in any case."""
    unwanted = {word.upper() for word in discard}
    lines = [
        ("PIPELINING", "PIPELINING", True),
        ("SIZE", f"SIZE {offer.size}" if offer.size else "SIZE", True),
        ("VRFY", "VRFY", offer.vrfy),
        ("ETRN", "ETRN", True),
        ("STARTTLS", "STARTTLS", offer.starttls),
        ("AUTH", f"AUTH {offer.auth}", bool(offer.auth)),
        ("AUTH", f"AUTH={offer.auth}", bool(offer.auth) and offer.broken_auth),
        ("XCLIENT", f"XCLIENT {XCLIENT_NAMES}", offer.xclient),
        ("XFORWARD", f"XFORWARD {XFORWARD_NAMES}", offer.xforward),
        ("ENHANCEDSTATUSCODES", "ENHANCEDSTATUSCODES", True),
        ("8BITMIME", "8BITMIME", True),
        ("DSN", "DSN", True),
        ("SMTPUTF8", "SMTPUTF8", offer.smtputf8),
        ("CHUNKING", "CHUNKING", True),
    ]
    return Reply(250, "", offer.name, *[text for key, text, wanted in lines if wanted and key not in unwanted])
