"""clients - who listens where: the one place that knows the names of our sockets (relative to queue_directory).

Each client connects when it is needed, reconnects when its service was replaced, and never holds up its caller for
longer than it says.
"""

import time
from collections.abc import Sequence
from typing import Any

import gevent
import gevent.event

from pymaster.model.envelope import Envelope, Recipient
from pymaster.model.messages import Arrived, BounceReport, BounceRequest, Changed, Flush
from pymaster.model.status import Status
from pymaster.runtime.agentpool import AgentPool, PoolEvents
from pymaster.runtime.ipc import Channel
from pymaster.util.record import Record

QMGR = "public/qmgr"
PRIVATE = "private/"
# Frames that wait while the queue manager is away; more are dropped, its scan finds the mail.
MAX_HINTS = 10_000
# An envelope that is larger does not ride along with its hint.
MAX_RIDING = 20
CONNECT_TIMEOUT, FIRST_RETRY, MAX_RETRY = 10.0, 0.05, 1.0


class QmgrHints:
    """Hints to the queue manager. Lossy, batched, never blocks: a lost hint costs time, never mail."""

    def __init__(self, path: str = QMGR) -> None:
        self._path = path
        self._channel: Channel | None = None
        self._retry_at = 0.0
        self._pause = FIRST_RETRY
        self._retrying = False
        self._waiting: list[Record] = []

    def arrived(self, queue_id: str, envelope: Envelope | None = None) -> None:
        """A message was committed. Not for mail that is on hold."""
        if envelope is not None and len(envelope.recipients) > MAX_RIDING:
            envelope = None
        self._send(Arrived(queue_id, envelope))

    def changed(self, queue_ids: Sequence[str]) -> None:
        """An administrator changed these messages."""
        for start in range(0, len(queue_ids), 1000):
            self._send(Changed(tuple(queue_ids[start : start + 1000])))

    def flush(self, site: str = "", queue_id: str = "") -> None:
        """Try deferred mail now: all, one site's, or one message."""
        self._send(Flush(site, queue_id))

    def _send(self, hint: Record) -> None:
        channel = self._channel
        if channel is not None and channel.is_open:
            channel.send(hint)
            return
        if len(self._waiting) < MAX_HINTS:
            self._waiting.append(hint)
        if channel is None and not self._retrying:
            self._retrying = True
            gevent.spawn_later(max(0.0, self._retry_at - time.monotonic()), self._connect)

    def _connect(self) -> None:
        self._retrying = False
        self._channel = Channel(self._path, "queue", (), self._ignore, self._ended, self._opened)
        self._channel.start(time.monotonic() + CONNECT_TIMEOUT)

    def _opened(self, channel: Channel) -> None:
        self._pause = FIRST_RETRY
        waiting, self._waiting = self._waiting, []
        for hint in waiting:
            channel.send(hint)

    def _ignore(self, channel: Channel, records: list[Record]) -> None:
        """The queue manager has nothing to say to a hint."""

    def _ended(self, channel: Channel, reason: str) -> None:
        self._channel = None
        self._retry_at = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, MAX_RETRY)
        if self._waiting:
            self._retrying = True
            gevent.spawn_later(self._retry_at - time.monotonic(), self._connect)

    def close(self) -> None:
        """Give the connection back."""
        if self._channel is not None:
            self._channel.close()


class BounceClient:
    """Asks the bounce service to build notifications; a greenlet waits for each."""

    def __init__(self, service: str = "bounce", directory: str = PRIVATE) -> None:
        self._path = directory + service
        self._channel: Channel | None = None
        self._next = 0
        self._open: dict[int, Any] = {}

    def build(
        self,
        kind: str,
        envelope: Envelope,
        outcomes: Sequence[tuple[Recipient, Status]],
        seed: str,
        timeout: float = 60.0,
    ) -> BounceReport:
        """The notifications of `kind` for these outcomes; `failed` is set when the service does not answer in time."""
        self._next += 1
        number = self._next
        answer = self._open[number] = gevent.event.AsyncResult()
        recipients, statuses = tuple(r for r, _ in outcomes), tuple(s for _, s in outcomes)
        if self._channel is None:
            self._channel = Channel(self._path, "bounce", (BounceReport,), self._take, self._ended)
            self._channel.start(time.monotonic() + CONNECT_TIMEOUT)
        self._channel.send(BounceRequest(number, kind, envelope, recipients, statuses, seed))
        try:
            report: BounceReport = answer.get(timeout=timeout) or BounceReport(number, failed=True)
        except gevent.Timeout:
            report = BounceReport(number, failed=True)
        finally:
            self._open.pop(number, None)
        return report

    def _take(self, channel: Channel, records: list[Record]) -> None:
        for record in records:
            if isinstance(record, BounceReport):
                answer = self._open.pop(record.request, None)
                if answer is not None:
                    answer.set(record)

    def _ended(self, channel: Channel, reason: str) -> None:
        self._channel = None
        waiting, self._open = self._open, {}
        for number, answer in waiting.items():
            answer.set(BounceReport(number, failed=True))

    def close(self) -> None:
        """Give the connection back."""
        if self._channel is not None:
            self._channel.close()


def agents(transport: str, events: PoolEvents, directory: str = PRIVATE, **limits: Any) -> AgentPool:
    """The delivery agents of a transport (a service name of master.cf)."""
    return AgentPool(directory + transport, transport, events, **limits)
