"""Facts and their log lines."""

from pymaster.rules.access.facts import PERMIT, Facts, Verdict
from pymaster.util import log


def test_report_is_one_safe_line() -> None:
    sink = log.MemorySink()
    log.setup(sink, "test")
    facts = Facts(stage="RCPT", sender=b"a\r\nb@x", recipient=b"c@y", helo=b"h\x1b", proto="ESMTP", queue_id="ID")
    facts.report("reject", "554 5.7.1 no\r\nway")
    assert sink.text == (
        'ID: reject: RCPT from localhost[127.0.0.1]: 554 5.7.1 no??way; from=<"a??b"@x> to=<c@y> proto=ESMTP helo=<h?>\n'
    )


def test_a_new_transaction_knows_nothing_of_the_last() -> None:
    facts = Facts(sender=b"a", recipient=b"b", queue_id="ID", recipient_count=3, size=7)
    facts.actions.hold = True
    facts.new_transaction()
    assert facts == Facts()
    assert repr(PERMIT) == "Verdict(permit)" and isinstance(PERMIT, Verdict)
