"""envelope - a message's envelope: what RFC 5321 knows of it, fixed when it is accepted and never changed.

Addresses are bytes in internal form (unquoted local part, as Postfix logs them); b"" is the null sender. Times are wall
seconds, sizes are bytes of content with LF line ends.
"""

from pymaster.util.record import Record, record

# DSN NOTIFY (RFC 3461 section 4.1) as bits; 0 says that the client gave none.
NOTIFY_NEVER, NOTIFY_SUCCESS, NOTIFY_FAILURE, NOTIFY_DELAY = 1, 2, 4, 8
# DSN RET (RFC 3461 section 4.3); 0 says that the client gave none.
RET_FULL, RET_HDRS = 1, 2
# Envelope.flags
SMTPUTF8, INTERNAL, TRACE, VERIFY_ONLY = 1, 2, 4, 8


@record(tag=1)
class Recipient(Record):
    """One envelope recipient after rewriting; `orig_to` is the address the client gave, `orcpt` is `type;address`."""

    address: bytes
    orig_to: bytes = b""
    notify: int = 0
    orcpt: bytes = b""


@record(tag=2)
class Origin(Record):
    """Where a message came from, for log lines, pipe(8) macros, XFORWARD and milters. Empty text means unknown."""

    client_name: str = ""
    client_address: str = ""
    client_port: str = ""
    reverse_name: str = ""
    helo: str = ""
    protocol: str = ""
    sasl_method: str = ""
    sasl_username: str = ""
    sasl_sender: str = ""
    ident: str = ""

    @property
    def logged(self) -> str:
        """`name[address]`, or `local` for mail from this machine's own commands."""
        return f"{self.client_name}[{self.client_address}]" if self.client_address else "local"


@record(tag=3)
class Envelope(Record):
    """The immutable part of a queued message. `encoding` is `7bit` or `8bit`; `context` is the rewriting context."""

    queue_id: str
    arrival: float
    sender: bytes
    recipients: tuple[Recipient, ...]
    size: int
    origin: Origin
    encoding: str = "7bit"
    flags: int = 0
    ret: int = 0
    envid: bytes = b""
    content_filter: str = ""
    context: str = "remote"
    message_id: bytes = b""
    verp: bytes = b""
