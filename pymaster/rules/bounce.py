"""bounce - who is told of a failure, a delay or a success, and what the notification says (bounce(8), RFC 3464).

A notification goes from the null sender to the sender. What cannot be returned (mail from the null sender) goes to
postmaster if notify_classes has `2bounce`; what postmaster cannot get is dropped, so nothing goes round in circles.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pymaster.config.params.bounce import BounceParams
from pymaster.config.params.core import CoreParams
from pymaster.config.params.qmgr import QmgrParams
from pymaster.config.snapshot import Snapshot
from pymaster.config.words import split_list
from pymaster.model.envelope import NOTIFY_DELAY, NOTIFY_FAILURE, RET_HDRS, SMTPUTF8, VERIFY_ONLY, Envelope, Recipient
from pymaster.model.status import DEFERRED, PASSED_ON, SENT, Status
from pymaster.proto.address import quote_local
from pymaster.proto.message import dsn
from pymaster.proto.message.date import id_stamp, mail_date
from pymaster.rules import bouncetemplate
from pymaster.util.text import printable

FAILURE, DELAY, SUCCESS, VERIFY = "failure", "delay", "success", "verify"
# The wish that a recipient must have, or none at all, for the sender to be told (RFC 3461 section 4.1).
_WISH = {FAILURE: NOTIFY_FAILURE, DELAY: NOTIFY_DELAY}
_DEFAULT_WISH = NOTIFY_FAILURE | NOTIFY_DELAY
_ACTION = {FAILURE: "failed", DELAY: "delayed", SUCCESS: "delivered", VERIFY: "deliverable"}
_LOGGED = {
    FAILURE: ("sender non-delivery notification", "postmaster non-delivery notification"),
    DELAY: ("sender delay notification", "postmaster delay notification"),
    SUCCESS: ("sender delivery status notification", ""),
    VERIFY: ("sender delivery status notification", ""),
}
# A notification is committed in one piece with the outcomes, so what it returns is bounded whatever the limit says.
MAX_RETURNED = 200_000

Outcome = tuple[Recipient, Status]


@dataclass(slots=True)
class Notice:
    """A notification to queue: envelope addresses, content in blocks, and what the log calls it."""

    queue_id: str
    sender: bytes
    recipient: bytes
    blocks: list[bytes]
    logged: str
    eight_bit: bool
    utf8: bool


class BounceRules:
    """The rules of one snapshot. `now` is wall time in seconds wherever it is asked for."""

    def __init__(self, snapshot: Snapshot) -> None:
        core, params = snapshot[CoreParams], snapshot[BounceParams]
        self._host, self._origin, self._mail_name = core.myhostname, core.myorigin, core.mail_name
        self._limit = min(params.bounce_size_limit, MAX_RETURNED)
        self._lifetime = snapshot[QmgrParams].maximal_queue_lifetime
        self._classes = frozenset(split_list(params.notify_classes))
        self._notice = {
            FAILURE: params.bounce_notice_recipient,
            DELAY: params.delay_notice_recipient,
            "2bounce": snapshot.text("2bounce_notice_recipient") or "postmaster",
        }
        self._double_bounce = f"{params.double_bounce_sender}@{self._origin}".encode()
        self._threaded = params.enable_threaded_bounces
        self._templates = bouncetemplate.load(snapshot)
        self._texts = {k: bouncetemplate.expand(t.text, snapshot) for k, t in self._templates.items()}

    def discards(self, envelope: Envelope) -> bool:
        """Whether mail is a notification to postmaster that cannot be delivered: nobody is told any more."""
        return envelope.sender.lower() == self._double_bounce.lower()

    def notices(
        self,
        kind: str,
        envelope: Envelope,
        outcomes: Iterable[Outcome],
        ids: list[str],
        read: Callable[[], Iterator[bytes]],
        now: float,
    ) -> list[Notice]:
        """What to queue. `ids` are two fresh queue ids (sender's, postmaster's); `read` gives the message's blocks."""
        everyone = list(outcomes)
        told = [o for o in everyone if self._is_told(kind, o[0])]
        found: list[Notice] = []
        if self.discards(envelope):
            return found
        if envelope.sender:
            if told:
                found.append(self._to_sender(kind, envelope, told, ids[0], read, now))
            wanted = {FAILURE: "bounce", DELAY: "delay"}.get(kind)
            if wanted in self._classes:
                found.append(self._to_postmaster(kind, kind, envelope, everyone, ids[1], read, now))
        elif kind == FAILURE and "2bounce" in self._classes:
            found.append(self._to_postmaster(kind, "2bounce", envelope, everyone, ids[1], read, now))
        return found

    @staticmethod
    def _is_told(kind: str, recipient: Recipient) -> bool:
        wish = _WISH.get(kind)
        return wish is None or bool((recipient.notify or _DEFAULT_WISH) & wish)

    def _to_sender(
        self,
        kind: str,
        envelope: Envelope,
        outcomes: list[Outcome],
        queue_id: str,
        read: Callable[[], Iterator[bytes]],
        now: float,
    ) -> Notice:
        headers_only = kind != FAILURE or envelope.ret == RET_HDRS or envelope.size > self._limit
        report = self._report(kind, envelope, outcomes, queue_id, now)
        report.headers_only = headers_only
        report.returned = _returned(envelope, read(), self._limit if headers_only else None)
        report.text = self._texts[kind] + "\n" + self._reasons(kind, outcomes)
        if self._threaded and envelope.message_id:
            reference = printable(envelope.message_id)
            report.head += [("References", reference), ("In-Reply-To", reference)]
        self._address(report, self._templates[kind].subject, envelope.sender)
        self._describe(report, kind)
        return self._notice_of(report, queue_id, b"", envelope.sender, _LOGGED[kind][0])

    def _to_postmaster(  # noqa: PLR0913 - as above
        self,
        kind: str,
        reason: str,
        envelope: Envelope,
        outcomes: list[Outcome],
        queue_id: str,
        read: Callable[[], Iterator[bytes]],
        now: float,
    ) -> Notice:
        """A copy for postmaster has the headers only, unless the mail can go back to nobody else."""
        template = self._templates[kind]
        to = self._notice[reason].encode()
        report = self._report(kind, envelope, outcomes, queue_id, now)
        report.headers_only = reason != "2bounce" or envelope.size > self._limit
        report.returned = _returned(envelope, read(), self._limit if report.headers_only else None)
        report.text = self._reasons(kind, outcomes)
        self._address(report, template.postmaster_subject or template.subject, to)
        self._describe(report, kind)
        return self._notice_of(report, queue_id, self._double_bounce, to, _LOGGED[kind][1])

    def _notice_of(self, report: dsn.Report, queue_id: str, sender: bytes, to: bytes, logged: str) -> Notice:
        return Notice(queue_id, sender, to, dsn.build(report), logged, report.eight_bit, report.utf8)

    @staticmethod
    def _describe(report: dsn.Report, kind: str) -> None:
        prefix = "Undelivered " if kind in (FAILURE, DELAY) else ""
        report.description = f"{prefix}Message{' Headers' if report.headers_only else ''}"

    def _address(self, report: dsn.Report, subject: str, to: bytes) -> None:
        report.head.insert(2, ("Subject", subject))
        report.head.insert(3, ("To", printable(quote_local(to))))

    def _report(self, kind: str, envelope: Envelope, outcomes: list[Outcome], queue_id: str, now: float) -> dsn.Report:
        template, date = self._templates[kind], mail_date(now)
        stamp = id_stamp(now)
        head = [
            ("Date", date),
            ("From", self._from(template.sender)),
            ("Auto-Submitted", "auto-replied"),
            ("Message-Id", f"<{stamp}.{queue_id}@{self._host}>"),
        ]
        fields = [
            ("Reporting-MTA", f"dns; {self._host}"),
            ("X-Postfix-Queue-ID", envelope.queue_id),
            ("X-Postfix-Sender", f"rfc822; {printable(envelope.sender)}"),
            ("Arrival-Date", mail_date(envelope.arrival)),
        ]
        if envelope.envid:
            fields.insert(0, ("Original-Envelope-Id", printable(envelope.envid)))
        until = mail_date(envelope.arrival + self._lifetime) if kind == DELAY else ""
        utf8, probe = bool(envelope.flags & SMTPUTF8), bool(envelope.flags & VERIFY_ONLY)
        return dsn.Report(
            head,
            f"{queue_id}.{int(now)}/{self._host}",
            "utf-8" if utf8 else template.charset,
            "",
            fields,
            [self._field(kind, recipient, status, until, probe) for recipient, status in outcomes],
            "",
            (),
            eight_bit=envelope.encoding == "8bit",
            utf8=utf8,
        )

    def _from(self, sender: str) -> str:
        """The template's sender; a bare address gets our domain."""
        if "@" in sender:
            return sender
        if sender.endswith(">"):
            return f"{sender[:-1]}@{self._origin}>"
        name, blank, rest = sender.partition(" ")
        return f"{name}@{self._origin}{blank}{rest}"

    @staticmethod
    def _field(kind: str, recipient: Recipient, status: Status, until: str, probe: bool) -> dsn.Field:
        original = printable(recipient.orcpt)
        if not original and recipient.orig_to and recipient.orig_to != recipient.address:
            original = f"rfc822;{printable(recipient.orig_to)}"
        action = status.action if kind == SUCCESS and status.action else _ACTION[kind]
        if kind == VERIFY:
            action = status.judgement if probe else _done(status)
        mta = status.mta if not status.mta or ";" in status.mta else f"dns; {status.mta}"
        # RFC 3464 section 2.3.4: what failed because it was too old keeps the code that says why.
        return dsn.Field(
            recipient.address, action, status.dsn, original, mta, status.diag_type or "X-Postfix",
            status.diag_text or _text(kind, status), "", until,
        )  # fmt: skip

    @staticmethod
    def _reasons(kind: str, outcomes: list[Outcome]) -> str:
        """`<address>: reason` for each recipient, wrapped."""
        parts = []
        for recipient, status in outcomes:
            to = f"<{printable(recipient.address)}>"
            if recipient.orig_to and recipient.orig_to != recipient.address:
                to += f" (expanded from <{printable(recipient.orig_to)}>)"
            parts.append(dsn.wrap(f"{to}: {_text(kind, status)}"))
        return "\n".join(parts)


def _text(kind: str, status: Status) -> str:
    """What is said of an outcome; reports of what went well name the way."""
    way = f"delivery via {status.relay}: " if kind in (SUCCESS, VERIFY) and status.relay != "none" else ""
    return way + status.reason


def _done(status: Status) -> str:
    """The action (RFC 3464 section 2.3.3) of an outcome in a report that was asked for with -v."""
    if status.outcome != SENT:
        return "delayed" if status.outcome == DEFERRED else "failed"
    return "relayed" if status.action == PASSED_ON else status.action or "delivered"


def _returned(envelope: Envelope, blocks: Iterator[bytes], limit: int | None) -> list[bytes]:
    """What goes back of a message: all of it, or its headers up to a limit; its sender in front, as in a mailbox."""
    path = f"Return-Path: <{printable(quote_local(envelope.sender))}>\n".encode()
    return [path, *(blocks if limit is None else headers(blocks, limit))]


def headers(blocks: Iterator[bytes], limit: int) -> Iterator[bytes]:
    """The header block of a message, at most `limit` bytes of it, ended with a line end."""
    collected = b""
    for block in blocks:
        collected += block
        end = 0 if collected.startswith(b"\n") else collected.find(b"\n\n")
        if end >= 0 or len(collected) > limit:
            collected = collected[: min(end + 1, limit) if end > 0 else 0 if end == 0 else limit]
            break
    if collected and not collected.endswith(b"\n"):
        collected += b"\n"
    if collected:
        yield collected
