"""NAME
    qmgr - the queue manager

SYNOPSIS
    qmgr [generic daemon options]

DESCRIPTION
    Takes up mail that has arrived and deferred mail that is due, decides over which transport and in which order it is
    delivered, hands it to delivery agents, and settles what they report: removal, another attempt later, notification.
    It owns the delivery state of the queue; a second one is refused by the queue itself.

    At most qmgr_message_active_limit messages are active at a time; new and deferred mail enter in turn. Within a
    transport, mail with few recipients may go in front of mail with many, at a bounded cost to the latter. Each
    destination has a concurrency window that grows with success and shrinks with failure to connect; a destination
    that keeps failing is suspended for minimal_backoff_time.

    Deferred mail is tried again after as long as it is old, at least minimal_backoff_time, at most
    maximal_backoff_time; each message has its exact time. Mail older than maximal_queue_lifetime (mail from the null
    sender: bounce_queue_lifetime) is returned.

PROTOCOL
    public/qmgr: `queue`: model.messages.Arrived, Changed, Flush; model.queuelist.ActiveQuery; or letters: I and D (look
    for mail), A and F (deferred mail now, whatever its time; forget dead destinations), W (wake up).
    private/TRANSPORT: `delivery`. private/bounce: `bounce`.

DIAGNOSTICS
    One line when a message becomes active and one when it is removed. A delivery whose agent died is made again at once.

SEE ALSO
    bounce(8), error(8), smtp(8), local(8), postqueue(1), postsuper(1), postconf(5)
"""

import os
from collections.abc import Callable
from typing import Any

import gevent

from pymaster.config.params.bounce import BounceParams
from pymaster.config.params.core import CoreParams
from pymaster.config.params.qmgr import QmgrParams
from pymaster.config.params.schedule import ScheduleParams
from pymaster.dialog.authorized import FLUSH, AuthorizedUsers, name_of
from pymaster.model.messages import Arrived, Hello
from pymaster.rules.destinations import Destinations
from pymaster.rules.resolve import Resolver
from pymaster.rules.schedule import limits, retry
from pymaster.runtime.clients import BounceClient
from pymaster.runtime.committer import Committer
from pymaster.runtime.offload import offload
from pymaster.runtime.queuedriver import QueueDriver, QueueParts
from pymaster.runtime.queuerequests import ACCEPTED, PUBLIC, QueueRequests
from pymaster.runtime.queuewatch import QueueWatch
from pymaster.runtime.takeover import MARGIN, PATIENCE, Takeover
from pymaster.server import records, rehearsal
from pymaster.server.service import Connection, Multi, run
from pymaster.store.queue import Queue
from pymaster.tables.tableset import TableSet
from pymaster.util import log
from pymaster.util.errors import Fatal

TIDY, COLLECT = 5.0, 3600.0


class Qmgr(Multi):
    """qmgr(8)."""

    name = "qmgr"
    params = (CoreParams, QmgrParams, ScheduleParams, BounceParams)
    min_procs = 1
    lasting = True

    def warm(self) -> None:
        self.before_jail()
        # The driver itself belongs to a hub.
        limits.read(self.snapshot)
        retry.read(self.snapshot)
        rehearsal.converse(
            lambda conn: records.serve(conn, Hello("queue", window=1000), ACCEPTED, lambda arrived: None, inline=True),
            lambda number: Arrived(rehearsal.ENVELOPE.queue_id, rehearsal.ENVELOPE),
        )
        rehearsal.rounds(lambda number: self.destinations.plan(rehearsal.ENVELOPE, [0]))

    def before_jail(self) -> None:
        self.tables = TableSet(self.snapshot, offload=offload, renewing=True)
        self.flushers = AuthorizedUsers(self.snapshot, self.tables.open, FLUSH)
        self.resolver = Resolver(self.snapshot, self.tables.open)
        self.destinations = Destinations(self.snapshot, self.resolver.resolve)

    def start(self) -> None:
        snapshot = self.snapshot
        path = os.path.join(snapshot[CoreParams].queue_directory, "queue")
        self.store = Queue.open(path, create=True)
        self.committer = Committer(self.store, long_ids=snapshot[QmgrParams].enable_long_queue_ids)
        parts = QueueParts(
            self.store,
            self.committer,
            self.destinations,
            limits.read(snapshot),
            retry.read(snapshot),
            snapshot.text("recipient_delimiter"),
            snapshot[ScheduleParams].transport_retry_time,
        )
        self.driver = QueueDriver(parts, bounces=BounceClient(snapshot[BounceParams].bounce_service_name))
        self.driver.intake.run_delay = snapshot[QmgrParams].queue_run_delay
        self.driver.stopped = self.ended
        self.requests = QueueRequests(self.driver)
        self.watch = QueueWatch(self.driver, snapshot[QmgrParams].qmgr_clog_warn_time)
        self.takeover = Takeover(os.path.join(path, "qmgr.lock"), self.clock)
        gevent.spawn(self.begin).link_exception(self.failed)

    def begin(self) -> None:
        """Deliver, once the predecessor (before a reload) has settled what its agents had."""
        self.takeover.wait()
        if not self.draining:
            self.driver.start(f"{self.snapshot[CoreParams].myhostname}/{os.getpid()}")

    def drain(self) -> None:
        self.driver.drain()

    def failed(self, greenlet: Any) -> None:
        """A bug in `begin`."""
        self.ended(greenlet.exception)

    def ended(self, exc: Exception) -> None:
        """The driver cannot go on: only a new process may."""
        if self.draining:
            # The successor lost patience and claimed the queue; what it does not find settled it delivers again.
            log.warning(f"leaving with deliveries under way: {exc}")
            log.flush()
            os._exit(0)
        log.fatal(str(exc) if isinstance(exc, Fatal) else f"{type(exc).__name__}: {exc}")
        os._exit(1)

    def every(self) -> dict[float, Callable[[], None]]:
        return {TIDY: self.tidy, COLLECT: self.collect}

    def tidy(self) -> None:
        """Connections without work; destinations that fill the active queue."""
        self.driver.tidy()
        self.watch.look()

    def collect(self) -> None:
        """What receivers left behind."""
        self.driver.collect()

    def serve(self, conn: Connection) -> None:
        handle, letters = self.requests.handle, self.requests.letters
        # The socket is open to everybody, for flushes: receivers and postsuper are the mail owner or root.
        uid = conn.peercred()[1]
        accepted = ACCEPTED if uid in (0, os.geteuid()) else PUBLIC
        if accepted is PUBLIC and not self.flushers.allowed(uid):
            log.warning(f"user {name_of(uid)}({uid}) is not allowed to flush the mail queue")
            return
        records.serve(conn, Hello("queue", window=1000), accepted, handle, on_trigger=letters, inline=True)

    def stop(self) -> None:
        if hasattr(self, "driver"):
            self.driver.finish(PATIENCE - MARGIN if self.draining else MARGIN)
            self.driver.stop()
            self.committer.close()
            self.store.close()
        self.tables.close()


if __name__ == "__main__":
    run(Qmgr)
