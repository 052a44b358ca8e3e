"""pickup - a submission of a local user on its way into the queue: frames in, one answer line out.

The user is whom the kernel names, never what the submission says. The answer is `250 ID` when the message is committed,
`4xx` when nothing was kept and it may be tried again, `5xx` when it never will be taken. Sources: pickup(8), postdrop(1).
"""

from collections.abc import Callable
from typing import Protocol

from pymaster.config.params.cleanup import CleanupParams
from pymaster.config.params.core import CoreParams
from pymaster.config.snapshot import Snapshot
from pymaster.config.words import split_list
from pymaster.model.envelope import SMTPUTF8, TRACE, VERIFY_ONLY, Envelope, Origin, Recipient
from pymaster.model.event import PickedUp
from pymaster.model.stored import NewMessage
from pymaster.proto.message import received
from pymaster.proto.submission import BadSubmission, Reader
from pymaster.rules.cleanup import verdict
from pymaster.rules.cleanup.pipeline import Cleanup, Transaction
from pymaster.rules.cleanup.verdict import Accepted, Rejected
from pymaster.store.contract import DURABLE, QueueFull, StoreUnavailable
from pymaster.util import log

BROKEN = "501 5.5.2 Error: not a whole submission"
FULL = "452 4.3.1 Insufficient system storage"
LATER = "451 4.3.0 Error: queue file write error"


class Stager(Protocol):
    """Takes slices of a large body (`store.staging.Stager`). Raises QueueFull, StoreUnavailable."""

    def __call__(self, data: bytes) -> str: ...
    def drop(self) -> None: ...


class Committed(Protocol):
    """What became of a commit (`store.contract.Outcome`)."""

    @property
    def result(self) -> str: ...


class Desk:
    """What all submissions of a process share.

    `commit(message)` makes a message durable (raises QueueFull), `arrived(queue_id, envelope)` is the hint to qmgr,
    `allowed(uid)` says who may submit (authorized_submit_users; raises LookupFailed).
    """

    def __init__(
        self,
        snapshot: Snapshot,
        stager: Callable[[str], Stager],
        commit: Callable[[NewMessage], Committed],
        arrived: Callable[[str, Envelope], None],
    ) -> None:
        core, cleanup = snapshot[CoreParams], snapshot[CleanupParams]
        self.stager, self.commit, self.arrived = stager, commit, arrived
        self.hostname, self.mail_name = core.myhostname, core.mail_name
        self.content_filter = cleanup.content_filter
        self.flags = verdict.flags_of(cleanup.receive_override_options)
        classes = split_list(cleanup.smtputf8_autodetect_classes)
        self.detect = cleanup.smtputf8_enable and ("sendmail" in classes or "all" in classes)


class Submission:
    """One message. `feed` it until `done`, then `finish`; `drop` it if the end never came.

    `bounce` queues it for the error service with this text, whatever the checks say: its sender was promised an answer.
    """

    def __init__(
        self, desk: Desk, cleanup: Cleanup, uid: int, *, queue_id: str | None = None, number: int = 0, bounce: str = ""
    ) -> None:
        self._desk, self._cleanup, self._uid, self._number, self._bounce = desk, cleanup, uid, number, bounce
        self.reader = Reader()
        self._queue_id = queue_id
        self._tx: Transaction | None = None
        self._stager: Stager | None = None
        self._answer = ""

    @property
    def done(self) -> bool:
        """Whether its end was read."""
        return self.reader.done

    def feed(self, data: bytes) -> None:
        """Take bytes; raises BadSubmission, StoreUnavailable (no queue id)."""
        pieces = self.reader.feed(data)
        if (pieces or self.reader.done) and self._tx is None:
            self._tx = self._begin()
        if self._tx is None or self._answer:
            return
        try:
            for piece in pieces:
                self._tx.write(piece)
        except (QueueFull, StoreUnavailable) as exc:
            self._failed(exc)

    def _begin(self) -> Transaction:
        desk, given = self._desk, self.reader.attributes
        flags = 0 if self._bounce else desk.flags
        tx = self._cleanup.begin(Origin(), queue_id=self._queue_id, flags=flags, stage=self._stage, number=self._number)
        self._stager = desk.stager(tx.queue_id)
        sender = given.get(b"sender", b"")
        log.emit(PickedUp(tx.queue_id, self._uid, sender).line(), self._number)
        tx.full_name = given.get(b"full_name", b"")
        tx.verp = given.get(b"verp", b"")
        tx.envelope_flags = _number(given.get(b"flags", b"")) & (TRACE | VERIFY_ONLY)
        tx.content_filter = f"error:{self._bounce}" if self._bounce else desk.content_filter
        ret = _number(given.get(b"ret", b""))
        encoding = "8bit" if given.get(b"encoding") == b"8bit" else "7bit"
        tx.sender(sender, encoding=encoding, ret=ret if ret in (1, 2) else 0, envid=given.get(b"envid", b""))
        tx.detect_utf8 = desk.detect
        for address, notify, orcpt in self.reader.recipients:
            tx.recipient(Recipient(address, address, notify, orcpt))
            if desk.detect and not address.isascii():
                tx.envelope_flags |= SMTPUTF8
        tx.head(received.local(desk.hostname, desk.mail_name, self._uid, tx.queue_id, tx.arrival))
        return tx

    def _stage(self, data: bytes) -> str:
        if self._stager is None:
            raise StoreUnavailable("no room was asked for")
        return self._stager(data)

    def finish(self) -> str:
        """Commit, and the answer."""
        if self._answer or self._tx is None:
            self.drop()
            return self._answer or BROKEN
        try:
            made = self._tx.finish()
            if isinstance(made, Accepted):
                return self._commit(made)
        except (QueueFull, StoreUnavailable) as exc:
            self._failed(exc)
        else:
            self._answer = made.reply if isinstance(made, Rejected) else LATER
        self.drop()
        return self._answer

    def _commit(self, made: Accepted) -> str:
        message = made.message
        if message is None:  # a check said DISCARD
            self.drop()
            return f"250 {self.queue_id}"
        outcome = self._desk.commit(message)
        if outcome.result != DURABLE:
            return LATER  # unknown or refused: a reservation expires by itself
        if not message.hold:
            self._desk.arrived(message.envelope.queue_id, message.envelope)
        return f"250 {self.queue_id}"

    @property
    def queue_id(self) -> str:
        """Its queue id, once the envelope was read."""
        return self._tx.queue_id if self._tx is not None else ""

    def _failed(self, exc: Exception) -> None:
        log.warning(f"{self.queue_id}: cannot store message content: {exc}", self._number)
        self._answer = FULL if isinstance(exc, QueueFull) else LATER

    def drop(self) -> None:
        """Nothing was promised: give the room back."""
        if self._stager is not None:
            self._stager.drop()
            self._stager = None


def _number(text: bytes) -> int:
    """A small number of the submission's; 0 for anything else."""
    return int(text) if text.isdigit() and len(text) < 4 else 0


__all__ = ["BROKEN", "BadSubmission", "Desk", "Submission"]
