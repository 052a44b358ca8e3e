"""NAME
    bounce - build delivery status notifications

SYNOPSIS
    bounce [generic daemon options]

DESCRIPTION
    Builds the notification that tells a sender of mail that failed, is delayed, or was delivered when the sender asked
    to know (RFC 3461). The queue manager asks for it and commits it together with the outcomes it tells of, so that
    each is told once. The services `defer` and `trace` of master.cf are names of the same program.

    Mail from the null sender gets no notification; postmaster gets one if notify_classes has `2bounce`. What postmaster
    cannot get is thrown away, and the log says so.

    Notifications pass the cleanup pipeline as internal mail: addresses are mapped, nothing is filtered.

PROTOCOL
    `bounce`: model.messages.BounceRequest, BounceReport; several requests at once. Reads the queue, never writes it.

DIAGNOSTICS
    One line per notification: `ID: sender non-delivery notification: NEWID`.

SEE ALSO
    bounce(5), qmgr(8), error(8), RFC 3461, RFC 3464, RFC 6522
"""

import os
from collections.abc import Iterator

from pymaster.config.params.bounce import BounceParams
from pymaster.config.params.core import CoreParams
from pymaster.config.params.qmgr import QmgrParams
from pymaster.model import event
from pymaster.model.envelope import SMTPUTF8, Envelope, Origin, Recipient
from pymaster.model.messages import BounceReport, BounceRequest, Hello
from pymaster.model.status import bounced
from pymaster.model.stored import NewMessage
from pymaster.proto.message import received
from pymaster.rules.bounce import BounceRules, Notice
from pymaster.rules.cleanup import Accepted, Cleanup
from pymaster.runtime.offload import offload
from pymaster.server import records, rehearsal
from pymaster.server.service import Connection, Multi, run
from pymaster.store.contract import CorruptRow, QueueStore, StoreUnavailable
from pymaster.store.queue import Queue
from pymaster.tables.tableset import TableSet
from pymaster.util import log


class Bounce(Multi):
    """bounce(8)."""

    name = "bounce"
    params = (CoreParams, QmgrParams, BounceParams)
    window = 50

    store: QueueStore

    def warm(self) -> None:
        self.before_jail()
        self.store = rehearsal.committer().store
        status = bounced("unknown user", "5.1.1")
        people = rehearsal.ENVELOPE.recipients
        rehearsal.converse(
            self.serve,
            lambda number: BounceRequest(
                number, "failure", rehearsal.ENVELOPE, people, (status,), f"3F0A1C{number:02X}"
            ),
        )

    def before_jail(self) -> None:
        self.rules = BounceRules(self.snapshot)
        self.tables = TableSet(self.snapshot, offload=offload, renewing=True)
        self.cleanup = Cleanup(self.snapshot, self.tables.open, self.no_id, self.clock)
        self.names = (self.snapshot[CoreParams].myhostname, self.snapshot[CoreParams].mail_name)

    def start(self) -> None:
        self.store = Queue.open(os.path.join(self.snapshot[CoreParams].queue_directory, "queue"), readonly=True)

    @staticmethod
    def no_id() -> str:
        """Ids come with the requests: this process reserves none."""
        raise LookupError("bounce(8) mints no queue ids")

    def serve(self, conn: Connection) -> None:
        records.serve(conn, Hello("bounce", window=self.window), (BounceRequest,), self.build)

    def build(self, request: BounceRequest) -> BounceReport:
        """The notifications for one request."""
        envelope = request.envelope
        outcomes = list(zip(request.recipients, request.statuses, strict=True))
        ids = (request.seed + " ").split(" ")
        now = self.clock.now()

        def read() -> Iterator[bytes]:
            return self.store.chunks(envelope.queue_id)

        if self.rules.discards(envelope):
            log.warning(f"{envelope.queue_id}: undeliverable postmaster notification discarded")
            return BounceReport(request.request)
        try:
            notices = self.rules.notices(request.kind, envelope, outcomes, ids, read, now)
        except KeyError:
            # The message is gone: the queue manager will find that out, too.
            return BounceReport(request.request)
        except CorruptRow as exc:
            log.warning(f"{envelope.queue_id}: {exc}: notification without the message")
            notices = self.rules.notices(request.kind, envelope, outcomes, ids, lambda: iter(()), now)
        except StoreUnavailable as exc:
            log.warning(f"{envelope.queue_id}: {exc}")
            return BounceReport(request.request, failed=True)
        children = [self.message(notice, now) for notice in notices]
        if None in children:
            return BounceReport(request.request, failed=True)
        for notice in notices:
            log.emit(event.Notified(envelope.queue_id, notice.logged, notice.queue_id).line())
        return BounceReport(request.request, tuple(c for c in children if c is not None))

    def message(self, notice: Notice, now: float) -> NewMessage | None:
        """A notice through the cleanup pipeline; None when a table is ill: later."""
        tx = self.cleanup.internal(Origin(), queue_id=notice.queue_id)
        tx.sender(notice.sender, encoding="8bit" if notice.eight_bit else "7bit")
        tx.recipient(Recipient(notice.recipient))
        trace = received.internal(*self.names, notice.queue_id, now)
        tx.head(trace)
        for block in notice.blocks:
            tx.write(block)
        done = tx.finish()
        if isinstance(done, Accepted) and done.message is not None:
            return done.message
        if not isinstance(done, Accepted) and done.code < 500:
            return None
        # Whatever the pipeline has against it, the sender is told.
        blocks = (trace, *notice.blocks)
        size = sum(len(block) for block in blocks)
        flags = SMTPUTF8 if notice.utf8 else 0
        people = (Recipient(notice.recipient),)
        envelope = Envelope(notice.queue_id, now, notice.sender, people, size, Origin(), flags=flags, context="local")
        return NewMessage(envelope, blocks)

    def stop(self) -> None:
        self.tables.close()
        if hasattr(self, "store"):
            self.store.close()


if __name__ == "__main__":
    run(Bounce)
