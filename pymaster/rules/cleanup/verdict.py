"""verdict - how a message leaves the pipeline, and with which words (cleanup(8), the texts of its statuses)."""

from dataclasses import dataclass

from pymaster.model.stored import NewMessage

# What is done to a message; `receive_override_options` takes some away, internal mail has only the mappings.
FILTER, MAP, BCC, MILTER = 1, 2, 4, 8
EXTERNAL = FILTER | MAP | BCC | MILTER
INTERNAL = MAP


def flags_of(options: str) -> int:
    """The flags for external mail under a text of receive_override_options."""
    words = options.replace(",", " ").split(" ")
    flags = EXTERNAL
    if "no_header_body_checks" in words:
        flags &= ~FILTER
    if "no_address_mappings" in words:
        flags &= ~(MAP | BCC)
    if "no_milters" in words:
        flags &= ~MILTER
    return flags


@dataclass(slots=True)
class Accepted:
    """The message to commit; None when a check said DISCARD: it is answered as if queued and exists no more."""

    message: NewMessage | None


@dataclass(slots=True)
class Rejected:
    """An SMTP reply as a value. `text` is what follows the enhanced code."""

    code: int
    dsn: str
    text: str

    @property
    def reply(self) -> str:
        """`CODE DSN text`."""
        return f"{self.code} {self.dsn} {self.text}"


def no_recipients() -> Rejected:
    """Nobody is left to deliver to."""
    return Rejected(550, "5.1.0", "Error: no recipients specified")


def too_many_hops() -> Rejected:
    """hopcount_limit Received: headers or more."""
    return Rejected(554, "5.4.0", "Error: too many hops")


def too_big() -> Rejected:
    """More than message_size_limit."""
    return Rejected(552, "5.3.4", "Error: message file too big")


def content(text: str = "") -> Rejected:
    """A check refused the content; `text` is the administrator's."""
    return Rejected(550, "5.7.1", text or "Error: message content rejected")


def trouble() -> Rejected:
    """A table is ill, or the queue is."""
    return Rejected(451, "4.3.0", "Error: queue file write error")


def expansion() -> Rejected:
    """Aliases or canonical addresses that run in circles or explode."""
    return Rejected(451, "4.6.0", "Alias expansion error")


def unavailable() -> Rejected:
    """Something this service needs is not there."""
    return Rejected(451, "4.7.1", "Error: service unavailable")
