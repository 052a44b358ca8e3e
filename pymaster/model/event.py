"""event - the log vocabulary: one typed class per line that tools parse (pflogsumm, fail2ban, logwatch).

`line()` is the text after the prefix, in Postfix's form. Free text belongs to `util.log`. Every field that came from
a peer passes `printable`, so one event is one line.
"""

from dataclasses import dataclass
from functools import lru_cache

from pymaster.model.envelope import Origin
from pymaster.model.status import Status
from pymaster.proto.address import quote_local
from pymaster.util.text import printable


def address(raw: bytes) -> str:
    """An address as the log shows it, without the angle brackets: in external form, quoted where it must be."""
    return printable(quote_local(raw), 1000)


def delay(seconds: float, decimals: int = 2) -> str:
    """A delay with two significant digits and at most `decimals` decimals (delay_logging_resolution_limit)."""
    seconds = max(seconds, 0.0)
    if seconds >= 10:
        return str(int(seconds + 0.5))
    places = min(decimals, 1 if seconds >= 1 else 2 if seconds >= 0.1 else 3 if seconds >= 0.01 else 4)
    text = f"{seconds:.{places}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text or "0"


@lru_cache(maxsize=64)  # the recipients of a request have them in common
def _delays(parts: tuple[float, ...]) -> str:
    return f"delay={delay(sum(parts))}, delays={'/'.join([delay(part) for part in parts])}"


@dataclass(slots=True)
class Connect:
    """smtpd: a client arrived."""

    client: str

    def line(self) -> str:
        return f"connect from {self.client}"


@dataclass(slots=True)
class Disconnect:
    """smtpd: a client left; `counts` maps a command to (accepted, all)."""

    client: str
    counts: dict[str, tuple[int, int]]

    def line(self) -> str:
        parts = [f"{n}={ok}" if ok == all_ else f"{n}={ok}/{all_}" for n, (ok, all_) in self.counts.items() if all_]
        good = total = 0
        for ok, all_ in self.counts.values():
            good += ok
            total += all_
        parts.append(f"commands={good}" if good == total else f"commands={good}/{total}")
        return f"disconnect from {self.client} " + " ".join(parts)


@dataclass(slots=True)
class ClientOf:
    """smtpd: which client a queue id belongs to."""

    queue_id: str
    client: str
    sasl_method: str = ""
    sasl_username: str = ""
    sasl_sender: str = ""
    extra: str = ""

    def line(self) -> str:
        text = f"{self.queue_id}: client={self.client}{self.extra}"
        for name, value in (
            ("sasl_method", self.sasl_method),
            ("sasl_username", self.sasl_username),
            ("sasl_sender", self.sasl_sender),
        ):
            if value:
                text += f", {name}={printable(value)}"
        return text


@dataclass(slots=True)
class Reject:
    """smtpd: a command was refused. `verb` is reject, reject_warning, hold, discard, filter, redirect, warn, info ..."""

    queue_id: str
    verb: str
    stage: str
    client: str
    text: str
    sender: bytes | None = None
    recipient: bytes | None = None
    proto: str = ""
    helo: str = ""

    def line(self) -> str:
        text = f"{self.queue_id or 'NOQUEUE'}: {self.verb}: {self.stage} from {self.client}: {printable(self.text)};"
        if self.sender is not None:
            text += f" from=<{address(self.sender)}>"
        if self.recipient is not None:
            text += f" to=<{address(self.recipient)}>"
        if self.proto:
            text += f" proto={self.proto}"
        if self.helo:
            text += f" helo=<{printable(self.helo)}>"
        return text


@dataclass(slots=True)
class MessageId:
    """cleanup: the Message-ID of a queued message (`resent` for Resent-Message-Id)."""

    queue_id: str
    message_id: bytes
    resent: bool = False

    def line(self) -> str:
        return f"{self.queue_id}: {'resent-' if self.resent else ''}message-id={printable(self.message_id, 1000)}"


@dataclass(slots=True)
class ContentAction:
    """cleanup: a header or body check (or a milter) acted. `what` is `header Subject: x` or `body x`."""

    queue_id: str
    verb: str
    what: str
    origin: Origin
    sender: bytes
    recipient: bytes
    text: str = ""

    def line(self) -> str:
        line = f"{self.queue_id}: {self.verb}: {printable(self.what, 300)} from {self.origin.logged};"
        line += f" from=<{address(self.sender)}>"
        if self.recipient:
            line += f" to=<{address(self.recipient)}>"
        if self.origin.protocol:
            line += f" proto={printable(self.origin.protocol)}"
        if self.origin.helo:
            line += f" helo=<{printable(self.origin.helo)}>"
        return line + (f": {printable(self.text)}" if self.text else "")


@dataclass(slots=True)
class PickedUp:
    """pickup: a local submission."""

    queue_id: str
    uid: int
    sender: bytes

    def line(self) -> str:
        return f"{self.queue_id}: uid={self.uid} from=<{address(self.sender)}>"


@dataclass(slots=True)
class Active:
    """qmgr: a message was taken up for delivery."""

    queue_id: str
    sender: bytes
    size: int
    recipients: int

    def line(self) -> str:
        head = f"{self.queue_id}: from=<{address(self.sender)}>, size={self.size}"
        return f"{head}, nrcpt={self.recipients} (queue active)"


@dataclass(slots=True)
class Delivered:
    """An agent: the outcome for one recipient. Times are seconds: arrival to active, active to dispatched, connection
    set-up, transmission. `probe` is an address that was only looked at (sendmail -bv)."""

    queue_id: str
    recipient: bytes
    orig_to: bytes
    status: Status
    delays: tuple[float, float, float, float]
    extra: str = ""
    probe: bool = False

    def line(self) -> str:
        status = self.status
        to = address(self.recipient)
        orig = f", orig_to=<{address(self.orig_to)}>" if self.orig_to and self.orig_to != self.recipient else ""
        return (
            f"{self.queue_id}: to=<{to}>{orig}, relay={printable(status.relay)}{self.extra}, "
            f"{_delays(self.delays)}, dsn={status.dsn}, "
            f"status={status.judgement if self.probe else status.word} ({printable(status.reason)})"
        )


@dataclass(slots=True)
class Removed:
    """qmgr: a message left the queue."""

    queue_id: str

    def line(self) -> str:
        return f"{self.queue_id}: removed"


@dataclass(slots=True)
class Expired:
    """qmgr: a message outlived maximal_queue_lifetime, or an administrator said so (`forced`)."""

    queue_id: str
    sender: bytes
    forced: bool = False

    def line(self) -> str:
        word = "force-expired" if self.forced else "expired"
        return f"{self.queue_id}: from=<{address(self.sender)}>, status={word}, returned to sender"


@dataclass(slots=True)
class Notified:
    """bounce: a notification was queued. `kind` is `sender non-delivery notification`, `sender delay notification`,
    `sender delivery status notification`, `postmaster non-delivery notification` ..."""

    queue_id: str
    kind: str
    notice_id: str

    def line(self) -> str:
        return f"{self.queue_id}: {self.kind}: {self.notice_id}"
