"""Deliveries that go nowhere."""

import pytest

from pymaster.deliver.sink import conclude, split_reason
from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.messages import DeliveryRequest
from pymaster.model.status import BOUNCED, DEFERRED, SENT
from pymaster.util import log


@pytest.mark.parametrize(
    ("text", "outcome", "expected"),
    [
        ("5.1.1 User unknown", BOUNCED, ("5.1.1", "User unknown")),
        ("5.1.1 User unknown", DEFERRED, ("4.1.1", "User unknown")),
        ("go away", BOUNCED, ("5.0.0", "go away")),
        ("go away", DEFERRED, ("4.0.0", "go away")),
        ("5.1 nearly", BOUNCED, ("5.0.0", "5.1 nearly")),
        ("4.4.1 delivery temporarily suspended: x", DEFERRED, ("4.4.1", "delivery temporarily suspended: x")),
    ],
)
def test_split_reason(text: str, outcome: int, expected: tuple[str, str]) -> None:
    assert split_reason(text, outcome) == expected


def test_conclude_logs_and_reports_each_recipient() -> None:
    sink = log.MemorySink()
    log.setup(sink, "test")
    people = (Recipient(b"a@b"), Recipient(b"c@d", b"x@y"))
    request = DeliveryRequest(7, "example.com", Envelope("AB12", 1.0, b"s@t", people, 5, Origin()), (0, 1), 2.0, 3.0)
    report = conclude(request, SENT, 3.0)
    assert report.request == 7
    assert [s.word for s in report.statuses] == ["sent", "sent"]
    assert sink.text == (
        "AB12: to=<a@b>, relay=none, delay=2, delays=1/1/0/0, dsn=2.0.0, status=sent (example.com)\n"
        "AB12: to=<c@d>, orig_to=<x@y>, relay=none, delay=2, delays=1/1/0/0, dsn=2.0.0, status=sent (example.com)\n"
    )
