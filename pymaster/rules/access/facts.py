"""facts - what is known of a client and its transaction when a restriction is asked, and what restrictions decide.

Names and addresses of machines are text, mail addresses bytes in internal form. The dialog fills this in as the session
goes on and says at which stage it is; restrictions never look anywhere else.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from pymaster.model import event
from pymaster.proto.smtp.reply import Reply
from pymaster.util import log
from pymaster.util.text import printable

# What became of looking up a client's name (S19): found and verified, nobody knows, there is none.
NAME_OK, NAME_TEMP, NAME_PERM = 2, 4, 5


class Verdict:
    """The end of a list: PERMIT, or a refusal with its reply. (Going on is None.)"""

    __slots__ = ("reply",)

    def __init__(self, reply: Reply | None) -> None:
        self.reply = reply

    def __repr__(self) -> str:
        return f"Verdict({self.reply.text if self.reply else 'permit'})"


PERMIT = Verdict(None)


@dataclass(slots=True)
class Actions:
    """What access tables want done with the message as a whole (access(5)); `prepend` holds header lines."""

    hold: bool = False
    discard: bool = False
    filter: str = ""
    redirect: bytes = b""
    bcc: bytes = b""
    prepend: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class Facts:
    """One session. `label` is `name[address]`; `helo` and `sender` are None until they were said."""

    label: str = "localhost[127.0.0.1]"
    name: str = "localhost"
    address: str = "127.0.0.1"
    port: str = ""
    reverse_name: str = "localhost"
    name_status: int = NAME_OK
    reverse_status: int = NAME_OK
    local_address: str = ""
    local_port: str = ""
    number: int = 0
    proto: str = "SMTP"
    helo: bytes | None = None
    improper: bool = False
    tls: bool = False
    sasl_method: str = ""
    sasl_username: str = ""
    sasl_sender: str = ""
    # The transaction.
    stage: str = "CONNECT"
    sender: bytes | None = None
    recipient: bytes | None = None
    recipient_count: int = 0
    etrn: bytes = b""
    queue_id: str = ""
    size: int = 0
    instance: str = ""
    actions: Actions = field(default_factory=Actions)
    # The evaluation.
    warn: bool = False
    defer_if_permit: Verdict | None = None
    defer_if_reject: Verdict | None = None
    unlisted_checked: bool = False
    in_mynetworks: bool | None = None
    held_back: dict[str, Verdict | None] = field(default_factory=dict)

    def new_transaction(self) -> None:
        """Forget the message (RSET, end of data, EHLO)."""
        self.sender = self.recipient = None
        self.recipient_count = self.size = 0
        self.queue_id = self.instance = ""
        self.actions = Actions()

    def report(self, verb: str, text: str) -> None:
        """One log line in Postfix's form: `NOQUEUE: reject: RCPT from name[address]: text; from=<> to=<> ...`."""
        line = event.Reject(
            self.queue_id, verb, self.stage, self.label, text, self.sender, self.recipient, self.proto, self.helo_text
        ).line()
        log.emit(line, self.number)

    @property
    def helo_text(self) -> str:
        """The HELO name for the log."""
        return printable(self.helo or b"", 500)


@dataclass(slots=True, frozen=True)
class Context:
    """The kind of thing a list is about; `word` stands in replies, `subject` names the thing judged, and `table` is the
    check that a bare `type:table` in such a list means."""

    word: str
    subject: Callable[[Facts], str]
    table: str


def _address(raw: bytes | None) -> str:
    return printable(raw or b"", 1000)


CLIENT = Context("Client host", lambda f: f.label, "check_client_access")
HELO = Context("Helo command", lambda f: f.helo_text, "check_helo_access")
SENDER = Context("Sender address", lambda f: _address(f.sender), "check_sender_access")
RECIPIENT = Context("Recipient address", lambda f: _address(f.recipient), "check_recipient_access")
ETRN = Context("Etrn command", lambda f: printable(f.etrn, 500), "check_etrn_access")
DATA = Context("Data command", lambda f: "DATA", "")
END_OF_DATA = Context("End-of-data", lambda f: "END-OF-MESSAGE", "")

# local_header_rewrite_clients: who counts as local; its bare tables ask whether a client is listed at all.
LOCAL_CLIENT = Context("Client host", lambda f: f.label, "check_address_map")

# A compiled restriction: None goes on with the next one.
Check = Callable[[Facts], Verdict | None]
