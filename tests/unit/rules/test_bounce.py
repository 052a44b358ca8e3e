"""Who is told what."""

import email
import email.policy
from collections.abc import Iterator

from pymaster.config.snapshot import Snapshot
from pymaster.model.envelope import NOTIFY_DELAY, NOTIFY_NEVER, RET_HDRS, VERIFY_ONLY, Envelope, Origin, Recipient
from pymaster.model.status import PASSED_ON, Status, bounced, deferred, sent
from pymaster.rules.bounce import BounceRules, headers

BODY = b"Subject: hello\nFrom: a@b\n\nbody text\n"
IDS = ["B1", "B2"]
BASE = "myhostname = mail.lab.example\nmyorigin = lab.example\nmail_name = Postfix\n"


def rules(text: str = "") -> BounceRules:
    return BounceRules(Snapshot.from_text(BASE + text))


def envelope(sender: bytes = b"alice@lab.example", **change: object) -> Envelope:
    values: dict[str, object] = {"encoding": "7bit", "ret": 0, "envid": b""} | change
    return Envelope("AB12CD", 1.7e9, sender, (), len(BODY), Origin(), **values)  # type: ignore[arg-type]


def read() -> Iterator[bytes]:
    return iter([BODY[:10], BODY[10:]])


FAILED = Status(
    3,
    "5.1.1",
    "host mx.example.net[192.0.2.1] said: 550 5.1.1 no such user here, please check the address (in reply to RCPT TO command)",
    "mx",
    "",
    "smtp",
    "550 5.1.1 no such user here",
    "mx.example.net",
)


def test_failure_notice_has_postfix_s_shape() -> None:
    outcome = (Recipient(b"bob@example.net", b"list@lab.example", orcpt=b"rfc822;list@lab.example"), FAILED)
    (notice,) = rules().notices("failure", envelope(), [outcome], IDS, read, 1.7e9 + 60)
    assert (notice.sender, notice.recipient, notice.queue_id) == (b"", b"alice@lab.example", "B1")
    assert notice.logged == "sender non-delivery notification"
    content = b"".join(notice.blocks)
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert message["From"] == "Mail Delivery System <MAILER-DAEMON@lab.example>"
    assert message["To"] == "alice@lab.example"
    assert message["Subject"] == "Undelivered Mail Returned to Sender"
    assert message["Auto-Submitted"] == "auto-replied"
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    text, status, original = message.iter_parts()
    assert [p["Content-Description"] for p in (text, status, original)] == [
        "Notification",
        "Delivery report",
        "Undelivered Message",
    ]
    assert b"<bob@example.net> (expanded from <list@lab.example>): host\n    mx.example.net[192.0.2.1] said:" in content
    assert all(len(line) <= 79 for line in text.get_content().split("\n"))
    per_message, per_recipient = status.get_payload()
    assert per_message.items() == [
        ("Reporting-MTA", "dns; mail.lab.example"),
        ("X-Postfix-Queue-ID", "AB12CD"),
        ("X-Postfix-Sender", "rfc822; alice@lab.example"),
        ("Arrival-Date", per_message["Arrival-Date"]),
    ]
    assert per_recipient.items() == [
        ("Final-Recipient", "rfc822; bob@example.net"),
        ("Original-Recipient", "rfc822;list@lab.example"),
        ("Action", "failed"),
        ("Status", "5.1.1"),
        ("Remote-MTA", "dns; mx.example.net"),
        ("Diagnostic-Code", "smtp; 550 5.1.1 no such user here"),
    ]
    assert original.get_payload(0).get_payload() == "body text\n"
    assert content.endswith(BODY + b"\n--B1.1700000060/mail.lab.example--\n")


def test_a_repeat_builds_the_same() -> None:
    outcome = (Recipient(b"bob@x"), FAILED)
    first = rules().notices("failure", envelope(), [outcome], IDS, read, 1.7e9)
    assert first == rules().notices("failure", envelope(), [outcome], IDS, read, 1.7e9)


def test_headers_only_when_asked_for_or_too_large() -> None:
    outcome = (Recipient(b"bob@x"), FAILED)
    for r, e in ((rules(), envelope(ret=RET_HDRS)), (rules("bounce_size_limit = 10\n"), envelope())):
        (notice,) = r.notices("failure", e, [outcome], IDS, read, 1.7e9)
        content = b"".join(notice.blocks)
        assert b"text/rfc822-headers" in content and b"Undelivered Message Headers" in content
        assert b"body text" not in content


def test_delay_and_success() -> None:
    outcome = (Recipient(b"bob@x"), deferred("connection refused", "4.4.1"))
    (notice,) = rules("delay_warning_time = 4h\n").notices("delay", envelope(), [outcome], IDS, read, 1.7e9)
    content = b"".join(notice.blocks)
    assert b"Subject: Delayed Mail (still being retried)" in content
    assert (
        b"Action: delayed\nStatus: 4.4.1\nDiagnostic-Code: X-Postfix; connection refused\nWill-Retry-Until: " in content
    )
    assert b"more than 4 hour(s)" in content and b"5 day(s)" in content
    outcome = (Recipient(b"bob@x"), sent("250 ok", action="relayed"))
    (notice,) = rules().notices("success", envelope(envid=b"E1"), [outcome], IDS, read, 1.7e9)
    content = b"".join(notice.blocks)
    assert b"Action: relayed\n" in content and b"Original-Envelope-Id: E1\nReporting-MTA" in content


def test_nobody_is_told_against_his_wish() -> None:
    for wish in (NOTIFY_NEVER, NOTIFY_DELAY):
        outcome = (Recipient(b"bob@x", notify=wish), FAILED)
        assert rules().notices("failure", envelope(), [outcome], IDS, read, 1.7e9) == []


def test_null_sender_and_double_bounce() -> None:
    outcome = (Recipient(b"bob@x"), bounced("no"))
    assert rules().notices("failure", envelope(b""), [outcome], IDS, read, 1.7e9) == []
    (notice,) = rules("notify_classes = 2bounce\n").notices("failure", envelope(b""), [outcome], IDS, read, 1.7e9)
    assert (notice.sender, notice.recipient) == (b"double-bounce@lab.example", b"postmaster")
    assert notice.logged == "postmaster non-delivery notification"
    assert b"body text" in b"".join(notice.blocks)
    again = envelope(notice.sender)
    assert rules("notify_classes = 2bounce\n").discards(again)
    assert rules("notify_classes = 2bounce\n").notices("failure", again, [outcome], IDS, read, 1.7e9) == []


def test_postmaster_copies() -> None:
    outcome = (Recipient(b"bob@x"), FAILED)
    both = rules("notify_classes = bounce, delay\n").notices("failure", envelope(), [outcome], IDS, read, 1.7e9)
    assert [n.queue_id for n in both] == IDS
    assert b"Subject: Postmaster Copy: Undelivered Mail" in b"".join(both[1].blocks)
    assert b"body text" not in b"".join(both[1].blocks)


def test_hostile_text_stays_on_its_line() -> None:
    evil = Status(3, "5.0.0", "x\nBcc: all@x\r\n.\r\n", "mx", "", "smtp", "550\n\n--B1", "mx\nX: y")
    (notice,) = rules().notices("failure", envelope(b'"a\nb"@x'), [(Recipient(b"b\nc@x"), evil)], IDS, read, 1.7e9)
    content = b"".join(notice.blocks)
    assert b"\nBcc:" not in content and b"\nX: y" not in content and b"\n--B1\n" not in content


def test_headers() -> None:
    assert b"".join(headers(iter([b"A: b\n", b"\nbody"]), 100)) == b"A: b\n"
    assert b"".join(headers(iter([b"\nbody"]), 100)) == b""
    assert b"".join(headers(iter([b"A: b"]), 100)) == b"A: b\n"
    assert b"".join(headers(iter([b"A" * 50]), 10)) == b"A" * 10 + b"\n"


def test_report_of_a_probe() -> None:
    outcomes = [
        (Recipient(b"a@b"), sent("250 2.1.5 Ok", "2.1.5", "mx[192.0.2.1]:25")),
        (Recipient(b"c@d"), deferred("later")),
        (Recipient(b"e@f"), bounced("no")),
    ]
    (notice,) = rules().notices("verify", envelope(flags=VERIFY_ONLY), outcomes, IDS, read, 1.7e9)
    content = b"".join(notice.blocks)
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert message["Subject"] == "Mail Delivery Status Report"
    assert [a for a in content.split(b"\n") if a.startswith(b"Action: ")] == [
        b"Action: deliverable", b"Action: undeliverable", b"Action: undeliverable",
    ]  # fmt: skip
    assert b"<a@b>: delivery via mx[192.0.2.1]:25: 250 2.1.5 Ok\n" in content and b"<c@d>: later\n" in content


def test_report_of_traced_mail() -> None:
    kinds = [sent("ok"), sent("ok", action=PASSED_ON), sent("ok", action="expanded"), deferred("later"), bounced("no")]
    outcomes = [(Recipient(b"a@b"), status) for status in kinds]
    (notice,) = rules().notices("verify", envelope(), outcomes, IDS, read, 1.7e9)
    content = b"".join(notice.blocks)
    actions = [a[8:] for a in content.split(b"\n") if a.startswith(b"Action: ")]
    assert actions == [b"delivered", b"relayed", b"expanded", b"delayed", b"failed"]
