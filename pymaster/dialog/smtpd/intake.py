"""intake - a session's message in the cleanup pipeline: Received: on top, blocks in, a NewMessage or a refusal out.

A body that cannot be staged (full disk, sick store) is remembered and told at the end, when the client listens.
"""

from collections.abc import Callable
from typing import Protocol

from pymaster.config.params.cleanup import CleanupParams
from pymaster.config.params.core import CoreParams
from pymaster.config.params.smtpd import SmtpdParams
from pymaster.config.params.smtpd_sasl import SmtpdSaslParams
from pymaster.config.snapshot import Snapshot
from pymaster.dialog.smtpd.handed import Finished, Opening
from pymaster.model.envelope import SMTPUTF8, Origin, Recipient
from pymaster.proto.message import received
from pymaster.rules.access.facts import Actions
from pymaster.rules.cleanup import verdict
from pymaster.rules.cleanup.pipeline import Cleanup, Transaction
from pymaster.rules.cleanup.verdict import Rejected
from pymaster.store.contract import QueueFull, StoreUnavailable
from pymaster.util import log

_FULL = (452, "4.3.1", "Insufficient system storage")
_TROUBLE = (451, "4.3.0", "Error: queue file write error")


class Stager(Protocol):
    """Takes slices of a large body (`store.staging.Stager`). Raises QueueFull, StoreUnavailable."""

    def __call__(self, data: bytes) -> str: ...
    def drop(self) -> None: ...


class Intake:
    """Opens messages for the sessions of one process. `mint` gives queue ids, `stager(queue_id)` takes large bodies."""

    def __init__(
        self, snapshot: Snapshot, cleanup: Cleanup, mint: Callable[[], str], stager: Callable[[str], Stager]
    ) -> None:
        core = snapshot[CoreParams]
        self._cleanup, self._mint, self._stager = cleanup, mint, stager
        self.host, self.mail_name = core.myhostname, core.mail_name
        self.show_login = snapshot[SmtpdSaslParams].smtpd_sasl_authenticated_header
        self.hide = snapshot[SmtpdParams].smtpd_hide_client_session
        self._flags = verdict.flags_of(snapshot[CleanupParams].receive_override_options)
        self._filter = snapshot[CleanupParams].content_filter

    def open(self, opening: Opening, number: int = 0) -> "Message":
        """A new message; `number` is the session's, for the log. Raises StoreUnavailable."""
        queue_id = self._mint()
        stager = self._stager(queue_id)
        tx = self._cleanup.begin(
            opening.origin, queue_id=queue_id, context=opening.context, flags=self._flags, stage=stager, number=number
        )
        tx.sender(opening.sender, encoding=opening.encoding, ret=opening.ret, envid=opening.envid)
        tx.content_filter = self._filter
        if opening.smtputf8:
            tx.envelope_flags |= SMTPUTF8
        return Message(self, opening, tx, stager)


class Message:
    """One message on its way."""

    __slots__ = ("_failure", "_intake", "_opening", "_recipients", "_stager", "_tx", "queue_id")

    def __init__(self, intake: Intake, opening: Opening, tx: Transaction, stager: Stager) -> None:
        self._intake, self._opening, self._tx, self._stager = intake, opening, tx, stager
        self.queue_id = tx.queue_id
        self._recipients: list[bytes] = []
        self._failure: tuple[int, str, str] | None = None

    def recipient(self, recipient: Recipient) -> None:
        """Add a recipient as the client gave it."""
        if len(self._recipients) < 2:
            self._recipients.append(recipient.orig_to)
        self._tx.recipient(recipient)

    def begin(self, actions: Actions) -> None:
        """The content comes: our header lines go on top of it, those of access tables above Received:."""
        for line in actions.prepend:
            self._tx.head(line + b"\n")
        self._tx.head(self._received())

    def _received(self) -> bytes:
        intake, opening = self._intake, self._opening
        origin: Origin = opening.received_from or opening.origin
        trace = received.Trace(
            helo=origin.helo, client_name=origin.client_name, client_address=origin.client_address, protocol=origin.protocol,
            queue_id=self.queue_id, hostname=intake.host, mail_name=intake.mail_name, arrival=self._tx.arrival,
            recipient=self._recipients[0] if len(self._recipients) == 1 else b"",
            login=origin.sasl_username if intake.show_login else "", utf8=opening.smtputf8,
        )  # fmt: skip
        return received.hidden(trace) if intake.hide else received.smtp(trace)

    def write(self, block: bytes) -> None:
        """Content with LF line ends; after a failure it is dropped."""
        if self._failure is not None:
            return
        try:
            self._tx.write(block)
        except (QueueFull, StoreUnavailable) as exc:
            self._failed(exc)

    def finish(self, actions: Actions) -> Finished:
        """The end of the content."""
        tx = self._tx
        if actions.discard:
            tx.discard = True
        tx.hold = tx.hold or actions.hold
        tx.content_filter = actions.filter or tx.content_filter
        tx.redirect = actions.redirect or tx.redirect
        if actions.bcc:
            tx.add_bcc(actions.bcc)
        if self._failure is None:
            try:
                made = tx.finish()
            except (QueueFull, StoreUnavailable) as exc:
                self._failed(exc)
            else:
                return self._judge(made)
        self._stager.drop()
        return Finished(refusal=self._failure)

    def _judge(self, made: verdict.Accepted | Rejected) -> Finished:
        if isinstance(made, Rejected):
            self._stager.drop()
            return Finished(refusal=(made.code, made.dsn, made.text))
        if made.message is None:
            self._stager.drop()
        return Finished(made.message)

    def _failed(self, exc: Exception) -> None:
        log.warning(f"{self.queue_id}: cannot store message content: {exc}", self._tx.number)
        self._failure = _FULL if isinstance(exc, QueueFull) else _TROUBLE

    def abandon(self) -> None:
        """Nothing was promised."""
        self._stager.drop()
