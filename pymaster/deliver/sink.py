"""sink - deliveries that go nowhere: discard(8), error(8) and retry(8). The next hop is the reason, for log and sender.

A reason may begin with an enhanced status code (RFC 3463); its class is made to fit what happens.
"""

import re

from pymaster.model import event
from pymaster.model.envelope import VERIFY_ONLY
from pymaster.model.messages import DeliveryReport, DeliveryRequest
from pymaster.model.status import BOUNCED, DEFERRED, SENT, Status
from pymaster.util import log

_CODE = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})[ \t]+(.*)", re.DOTALL)
_CLASS = {SENT: "2", DEFERRED: "4", BOUNCED: "5"}


def split_reason(text: str, outcome: int) -> tuple[str, str]:
    """(enhanced code, text) of a reason; without a code the general one of the outcome (X.0.0)."""
    match = _CODE.match(text)
    code, rest = (match[1], match[2]) if match else (f"{_CLASS[outcome]}.0.0", text)
    return _CLASS[outcome] + code[1:], rest


def conclude(request: DeliveryRequest, outcome: int, now: float) -> DeliveryReport:
    """Every recipient gets the same outcome, with a log line each; `now` is wall time in seconds."""
    dsn, reason = ("2.0.0", request.nexthop) if outcome == SENT else split_reason(request.nexthop, outcome)
    status = Status(outcome, dsn, reason)
    envelope = request.envelope
    probe = bool(envelope.flags & VERIFY_ONLY)
    delays = (
        max(0.0, request.active - envelope.arrival),
        max(0.0, request.dispatched - request.active),
        0.0,
        max(0.0, now - request.dispatched),
    )
    for recipient in envelope.recipients:
        to, orig = recipient.address, recipient.orig_to
        log.emit(event.Delivered(envelope.queue_id, to, orig, status, delays, probe=probe).line())
    return DeliveryReport(request.request, (status,) * len(envelope.recipients))
