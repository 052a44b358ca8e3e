"""received - the Received: header that smtpd, lmtpd and pickup put before a message (RFC 5321 section 4.4).

Everything a client said is made printable here; a comment cannot be closed, nor a line ended, by a host name.
"""

import re
from dataclasses import dataclass

from pymaster.proto.address import quote_local
from pymaster.proto.message.date import mail_date
from pymaster.util.text import printable

_COMMENT = re.compile(r"[()\\]")


@dataclass(slots=True)
class Trace:
    """What the header tells of an SMTP session. `tls` is the text of the TLS comment, `recipient` the only recipient."""

    helo: str
    client_name: str
    client_address: str
    protocol: str
    queue_id: str
    hostname: str
    mail_name: str
    arrival: float
    recipient: bytes = b""
    tls: str = ""
    certificate: str = ""
    login: str = ""
    utf8: bool = False


def smtp(trace: Trace) -> bytes:
    """The header of a message that came by SMTP; `login` is the SASL name where smtpd_sasl_authenticated_header asks."""
    protocol = f"UTF8{trace.protocol.removeprefix('E')}" if trace.utf8 else trace.protocol
    address = trace.client_address
    if ":" in address:
        address = f"IPv6:{address}"
    text = (
        f"Received: from {_atom(trace.helo or trace.client_name)} ({_comment(trace.client_name)} [{_comment(address)}])"
    )
    if trace.tls:
        text += f"\n\t(using {_comment(trace.tls, keep=True)})\n\t({_comment(trace.certificate)})"
    if trace.login:
        text += f"\n\t(Authenticated sender: {_comment(trace.login)})"
    text += f"\n\tby {trace.hostname} ({trace.mail_name}) with {protocol} id {trace.queue_id}"
    return (text + _ending(trace.recipient, trace.arrival)).encode("utf-8", "replace")


def hidden(trace: Trace) -> bytes:
    """The same when smtpd_hide_client_session keeps the client to itself."""
    protocol = f"UTF8{trace.protocol.removeprefix('E')}" if trace.utf8 else trace.protocol
    text = f"Received: by {trace.hostname} ({trace.mail_name}) with {protocol}\n\tid {trace.queue_id}"
    return (text + f"; {mail_date(trace.arrival)}\n").encode("utf-8", "replace")


def local(hostname: str, mail_name: str, uid: int, queue_id: str, arrival: float) -> bytes:
    """The header of a message from this machine's own commands."""
    head = f"Received: by {hostname} ({mail_name}, from userid {uid})"
    return f"{head}\n\tid {queue_id}; {mail_date(arrival)}\n".encode()


def internal(hostname: str, mail_name: str, queue_id: str, arrival: float) -> bytes:
    """The header of a message that the mail system itself made or forwards."""
    return f"Received: by {hostname} ({mail_name})\n\tid {queue_id}; {mail_date(arrival)}\n".encode()


def _ending(recipient: bytes, arrival: float) -> str:
    if not recipient:
        return f";\n\t{mail_date(arrival)}\n"
    shown = printable(quote_local(recipient), 1000)
    return f"\n\tfor <{shown}>; {mail_date(arrival)}\n"


def _atom(text: str) -> str:
    """A word of the client's: printable and in one piece."""
    return printable(text, 255).replace(" ", "?")


def _comment(text: str, keep: bool = False) -> str:
    """Text inside a comment; parentheses of ours (`keep`) stay."""
    text = printable(text, 1000)
    return text if keep else _COMMENT.sub("?", text)
