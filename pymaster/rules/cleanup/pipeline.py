"""pipeline - a message's way from whoever received it to a NewMessage for the queue (cleanup(8)).

    tx = cleanup.begin(origin, context="remote")
    tx.sender(b"a@b"); tx.recipient(Recipient(b"c@d")); tx.head(received_line)
    tx.write(block) ...                       # content with LF line ends, any block boundaries
    match tx.finish(): Accepted(message) ... Rejected(code, dsn, text) ...

A library, run inside smtpd, lmtpd, pickup, local (forwarding) and bounce; nothing here waits but lookups. A table that
fails makes the verdict 451, never a changed message. The caller commits.
"""

from collections.abc import Callable

from pymaster.config.snapshot import Snapshot
from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.lookup import OpenMaps
from pymaster.model.stored import NewMessage
from pymaster.rules.cleanup import envelope, verdict
from pymaster.rules.cleanup.body import BodyWalker
from pymaster.rules.cleanup.headers import HeaderStage
from pymaster.rules.cleanup.output import Output, Stage
from pymaster.rules.cleanup.ruleset import RuleSet
from pymaster.rules.cleanup.verdict import Accepted, Rejected
from pymaster.rules.localdomain import LocalDomains
from pymaster.rules.rewrite import LOCAL
from pymaster.util import log
from pymaster.util.clock import SYSTEM, Clock
from pymaster.util.errors import LookupFailed


class Cleanup:
    """The pipeline of one snapshot (the cleanup service's: its `-o` overrides hold). `mint` makes queue ids."""

    def __init__(
        self,
        snapshot: Snapshot,
        open_maps: OpenMaps,
        mint: Callable[[], str],
        clock: Clock = SYSTEM,
        local: LocalDomains | None = None,
    ) -> None:
        self.rules = RuleSet(snapshot, open_maps, local)
        self._mint, self._clock = mint, clock

    def begin(
        self,
        origin: Origin,
        *,
        queue_id: str | None = None,
        context: str = LOCAL,
        flags: int = verdict.EXTERNAL,
        stage: Stage | None = None,
        number: int = 0,
    ) -> "Transaction":
        """A new message. `context` is the rewriting context of its headers, `flags` what is done to it
        (`verdict.flags_of(receive_override_options)`), `stage` takes slices of a large body, `number` is for the log."""
        return Transaction(
            self.rules, origin, queue_id or self._mint(), context, flags, stage, number, self._clock.now()
        )

    def internal(self, origin: Origin, *, queue_id: str | None = None, stage: Stage | None = None) -> "Transaction":
        """A message that the mail system makes or forwards: mappings apply; checks, copies, completion do not."""
        return self.begin(origin, queue_id=queue_id, context="inval", flags=verdict.INTERNAL, stage=stage)


class Transaction:
    """One message. `problem` is set as soon as it cannot be accepted any more; the rest is then only counted."""

    __slots__ = (
        "_body", "_headers", "_recipients", "_replace_cr", "arrival", "completes", "content_filter", "context",
        "detect_utf8", "discard", "encoding", "envelope_flags", "envelope_sender", "envid", "flags", "full_name", "hold", "message_id",
        "number", "origin", "output", "problem", "queue_id", "redirect", "ret", "rewrites", "rules", "verp",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913 - made by Cleanup.begin alone
        self,
        rules: RuleSet,
        origin: Origin,
        queue_id: str,
        context: str,
        flags: int,
        stage: Stage | None,
        number: int,
        arrival: float,
    ) -> None:
        self.rules, self.origin, self.queue_id, self.context = rules, origin, queue_id, context
        self.flags, self.number, self.arrival = flags, number, arrival
        self.rewrites = rules.rewriter.active(context)
        self.completes = self.rewrites or (rules.always_add and flags != verdict.INTERNAL)
        self.problem: Rejected | None = None
        # `detect_utf8`: 8-bit text in the header section makes the message need SMTPUTF8 (smtputf8_autodetect_classes).
        self.hold = self.discard = self.detect_utf8 = False
        self.content_filter, self.redirect, self.full_name, self.message_id = "", b"", b"", b""
        self.encoding, self.envelope_sender, self.ret, self.envid, self.verp = "7bit", b"", 0, b"", b""
        self.envelope_flags = 0
        self.output = Output(rules.params.message_size_limit, stage)
        self._recipients = envelope.Recipients(self)
        self._headers: HeaderStage | None = HeaderStage(self)
        self._body: BodyWalker | None = None
        self._replace_cr = rules.params.cleanup_replace_stray_cr_lf

    @property
    def staged(self) -> str:
        """The reservation of a large body, "" when there is none; drop it if the message is not committed."""
        return self.output.staged

    @property
    def last_recipient(self) -> bytes:
        """The recipient that came last, before virtual aliases, for log lines."""
        return self._recipients.last

    def reject(self, problem: Rejected) -> None:
        """Refuse the message; the first problem counts."""
        if self.problem is None:
            self.problem = problem

    def sender(self, address: bytes, *, encoding: str = "7bit", ret: int = 0, envid: bytes = b"") -> None:
        """The envelope sender in internal form and what MAIL FROM said (BODY, RET, ENVID)."""
        self.encoding, self.ret, self.envid = encoding, ret, envid
        try:
            self.envelope_sender = envelope.sender(self, address)
            if self.flags & verdict.BCC:
                self._blind_copies()
        except LookupFailed as exc:
            self._trouble(exc)

    def _blind_copies(self) -> None:
        bcc = self.rules.bcc
        for copy in (bcc.of_sender(self.envelope_sender), bcc.always):
            if copy:
                self._recipients.copy(copy)

    def recipient(self, given: Recipient) -> None:
        """One recipient: the client's address in internal form, its NOTIFY and ORCPT."""
        try:
            self._recipients.add(given)
        except LookupFailed as exc:
            self._trouble(exc)

    def add_bcc(self, address: bytes) -> None:
        """One more recipient nobody is told of (access(5) and header_checks(5) BCC)."""
        self._recipients.copy(address)

    def head(self, lines: bytes) -> None:
        """Header lines of our own (Received:, Delivered-To:, PREPEND), before the first `write`."""
        if self._headers is not None:
            self._headers.head(lines)

    def write(self, block: bytes) -> None:
        """Content with LF line ends, in blocks of any size."""
        if self._replace_cr and b"\r" in block:
            block = block.replace(b"\r", b" ")
        try:
            if self._headers is not None:
                rest = self._headers.feed(block)
                if rest is not None:
                    self._begin_body(rest)
            elif self._body is not None:
                self._body.feed(block)
            else:
                self.output.put(block)
        except LookupFailed as exc:
            self._trouble(exc)

    def _begin_body(self, rest: bytes) -> None:
        mime = self._headers.mime if self._headers is not None else None
        self._headers = None
        if mime is None or (self.rules.params.disable_mime_input_processing and not self.rules.body_maps):
            self.output.put(rest)
            return
        self.output.put(rest[:1])
        self._body = BodyWalker(self, mime)
        self._body.feed(rest[1:])

    def _end(self) -> None:
        if self._headers is not None:
            rest = self._headers.feed(b"", final=True)
            self._begin_body(rest or b"")
        if self._body is not None:
            self._body.feed(b"", final=True)

    def finish(self) -> Accepted | Rejected:
        """The end of the content: the message to commit, or why there is none."""
        blocks: tuple[bytes, ...] = ()
        recipients: tuple[Recipient, ...] = ()
        try:
            self._end()
            recipients = self._recipients.finish()
            blocks = self.output.finish() if self.problem is None and not self.discard else ()
        except LookupFailed as exc:
            self._trouble(exc)
        if self.output.too_big:
            return verdict.too_big()
        if self.problem is not None:
            return self.problem
        if not recipients:
            return verdict.no_recipients()
        if self.discard:
            return Accepted(None)
        if self.redirect:
            recipients = (Recipient(self.rules.rewriter.rewrite(self.redirect), recipients[0].orig_to),)
        return Accepted(NewMessage(self._envelope(recipients), blocks, self.staged, self.hold))

    def _envelope(self, recipients: tuple[Recipient, ...]) -> Envelope:
        return Envelope(
            self.queue_id, self.arrival, self.envelope_sender, recipients, self.output.size, self.origin, self.encoding,
            self.envelope_flags, self.ret, self.envid, self.content_filter, self.context, self.message_id, self.verp,
        )  # fmt: skip

    def _trouble(self, exc: LookupFailed) -> None:
        text = f"{self.queue_id}: {exc}: table lookup problem -- message not accepted, try again later"
        log.warning(text, self.number, self.rules.tag)
        self.reject(verdict.trouble())
