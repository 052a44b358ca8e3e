"""status - the fate of one recipient in one delivery attempt, as a value."""

from pymaster.util.record import Record, record

SENT, DEFERRED, BOUNCED = 1, 2, 3
# The action of a delivery whose next hop was asked to notify the sender (RFC 3461): nobody does so here.
PASSED_ON = "passed"
WORDS = {SENT: "sent", DEFERRED: "deferred", BOUNCED: "bounced"}


@record(tag=20)
class Status(Record):
    """What became of a recipient.

    `outcome` is SENT, DEFERRED or BOUNCED; `dsn` an enhanced code (RFC 3463) such as `2.0.0`; `reason` the text of the
    log line and of a notification; `action` the DSN action (RFC 3464 section 2.3.3) when it is not the obvious one:
    `relayed`, `expanded`, `delivered`, or PASSED_ON; `diag_type` and `diag_text` the Diagnostic-Code, `mta` the Remote-MTA.
    """

    outcome: int
    dsn: str
    reason: str
    relay: str = "none"
    action: str = ""
    diag_type: str = ""
    diag_text: str = ""
    mta: str = ""

    @property
    def word(self) -> str:
        """`sent`, `deferred` or `bounced`, as the log says."""
        return WORDS[self.outcome]

    @property
    def judgement(self) -> str:
        """`deliverable` or `undeliverable`: what an address that was only looked at is worth."""
        return "deliverable" if self.outcome == SENT else "undeliverable"


def sent(reason: str, dsn: str = "2.0.0", relay: str = "none", action: str = "") -> Status:
    """A recipient that is done."""
    return Status(SENT, dsn, reason, relay, action)


def deferred(reason: str, dsn: str = "4.3.0", relay: str = "none") -> Status:
    """A recipient to be tried again."""
    return Status(DEFERRED, dsn, reason, relay)


def bounced(reason: str, dsn: str = "5.0.0", relay: str = "none") -> Status:
    """A recipient that failed for good."""
    return Status(BOUNCED, dsn, reason, relay)
