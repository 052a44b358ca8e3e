"""smtpagent - what the smtp and lmtp services share: the network for `deliver.smtp`, and requests turned into reports."""

import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import gevent

from pymaster.config import interfaces
from pymaster.config.params.core import CoreParams
from pymaster.config.params.logging import LoggingParams
from pymaster.config.snapshot import Snapshot
from pymaster.config.words import split_list
from pymaster.deliver.smtp.agent import Agent, Result
from pymaster.deliver.smtp.peer import Peer
from pymaster.deliver.smtp.settings import Settings, load
from pymaster.model import event
from pymaster.model.dns import Dns
from pymaster.model.envelope import VERIFY_ONLY
from pymaster.model.messages import DeliveryReport, DeliveryRequest, Hello
from pymaster.model.status import BOUNCED, DEFERRED, deferred
from pymaster.rules.generic import Generic
from pymaster.runtime import stream
from pymaster.runtime.dns import Resolver, system_servers
from pymaster.runtime.offload import offload
from pymaster.server import records, rehearsal
from pymaster.server.skeleton import Connection, Multi
from pymaster.store.contract import QueueStore
from pymaster.store.queue import Queue
from pymaster.tables.tableset import TableSet
from pymaster.util import log
from pymaster.util.clock import Clock
from pymaster.util.errors import ConnectionLost, LookupFailed


class StreamWire:
    """A `deliver.smtp.peer.Wire` over a runtime stream."""

    def __init__(self, opened: stream.Stream) -> None:
        self._stream = opened

    def send(self, data: bytes, timeout: float) -> None:
        """Send all of it within `timeout` seconds."""
        self._stream.send(data, time.monotonic() + timeout)

    def receive(self, timeout: float) -> bytes:
        """Some bytes within `timeout` seconds; the end of the stream is ConnectionLost."""
        data = self._stream.recv(time.monotonic() + timeout)
        if not data:
            raise ConnectionLost("end of stream")
        return data

    def alive(self) -> bool:
        """Whether the idle connection is open and silent: a peek would block."""
        raw = getattr(self._stream.sock, "_sock", self._stream.sock)
        try:
            raw.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()


class GreenNetwork:
    """The world as a greenlet sees it; `deliver.smtp.peer.Network`."""

    def __init__(self, settings: Settings, resolver: Dns, own: frozenset[str]) -> None:
        self.dns = resolver
        self._settings, self._own = settings, own

    def connect(self, peer: Peer, timeout: float) -> StreamWire:
        """Open a connection within `timeout` seconds; raises OSError, DeadlineExceeded."""
        address = peer.address if peer.unix else (peer.address, peer.port)
        return StreamWire(stream.connect(address, time.monotonic() + timeout, source=self._source(peer)))

    def _source(self, peer: Peer) -> tuple[str, int] | None:
        text = self._settings.bind_address6 if ":" in peer.address else self._settings.bind_address
        return None if peer.unix or not text else (text.strip("[]"), 0)

    def native(self, host: str) -> Sequence[str]:
        """Addresses by the system's rules, asked in a thread: NSS may block. Raises LookupFailed."""
        try:
            with gevent.Timeout(30):
                found = gevent.get_hub().threadpool.apply(
                    socket.getaddrinfo, (host, None, socket.AF_UNSPEC, socket.SOCK_STREAM)
                )
        except socket.gaierror as exc:
            if exc.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)):
                return []
            raise LookupFailed(host) from exc
        except gevent.Timeout as exc:
            raise LookupFailed(host) from exc
        return list(dict.fromkeys(str(item[4][0]) for item in found))

    def own_addresses(self) -> frozenset[str]:
        """Addresses this mail system receives mail on."""
        return self._own


def own_addresses(snapshot: Snapshot) -> frozenset[str]:
    """The addresses of inet_interfaces and proxy_interfaces, as text."""
    core = snapshot[CoreParams]
    words = [word.strip("[]") for word in split_list(f"{core.inet_interfaces} {core.proxy_interfaces}")]
    found = {word for word in words if word not in ("all", "loopback-only")}
    if "all" in words:
        found |= {str(item.ip) for item in interfaces.own()}
    if "loopback-only" in words:
        found |= {"127.0.0.1", "::1"}
    return frozenset(found)


def network(snapshot: Snapshot, settings: Settings) -> GreenNetwork:
    """The network of one worker; resolv.conf is read here, before a chroot."""
    protocols = split_list(snapshot[CoreParams].inet_protocols)
    families = tuple(
        kind for kind, name in (("A", "ipv4"), ("AAAA", "ipv6")) if name in protocols or "all" in protocols
    )
    return GreenNetwork(settings, Resolver(system_servers(), families=families), own_addresses(snapshot))


class Requests:
    """Turns delivery requests into reports, with the log lines of the agent."""

    def __init__(
        self, agent: Agent, store: QueueStore, snapshot: Snapshot, clock: Clock, generic: Generic | None = None
    ) -> None:
        self._agent, self._store, self._clock, self._generic = agent, store, clock, generic
        self._soft_bounce = snapshot.text("soft_bounce") == "yes"
        self._decimals = snapshot[LoggingParams].delay_logging_resolution_limit

    def serve(self, request: DeliveryRequest) -> DeliveryReport:
        """Deliver, log a line for each recipient, and report."""
        envelope = request.envelope

        def chunks() -> Iterator[bytes]:
            return self._store.chunks(envelope.queue_id)

        started = self._clock.now()
        try:
            sent, content = self._generic.message(envelope, chunks) if self._generic else (envelope, chunks)
            result = self._agent.deliver(request.nexthop, sent, content)
        except LookupFailed as exc:
            log.warning(f"{envelope.queue_id}: generic table lookup problem: {exc}")
            result = Result([deferred("generic table lookup problem", "4.3.0")] * len(envelope.recipients))
        except (KeyError, OSError) as exc:
            # The message is gone (deleted meanwhile) or cannot be read now: nothing was completed.
            log.warning(f"{envelope.queue_id}: cannot read the message: {type(exc).__name__}")
            result = Result([deferred("queue file read error", "4.3.0")] * len(envelope.recipients))
        self._log(request, result, started)
        return DeliveryReport(request.request, tuple(result.statuses), (), result.blocked)

    def _log(self, request: DeliveryRequest, result: Result, started: float) -> None:
        envelope = request.envelope
        for text in dict.fromkeys(result.noted):
            log.info(f"{envelope.queue_id}: {text}")
        delays = (
            request.active - envelope.arrival,
            started - request.active,
            result.setup,
            result.transfer,
        )
        probe = bool(envelope.flags & VERIFY_ONLY)
        extra = f", conn_use={result.uses}" if result.uses > 1 else ""
        for recipient, status in zip(envelope.recipients, result.statuses, strict=True):
            if self._soft_bounce and status.outcome == BOUNCED:
                status.outcome, status.dsn = DEFERRED, "4" + status.dsn[1:]
            to, orig = recipient.address, recipient.orig_to
            log.emit(event.Delivered(envelope.queue_id, to, orig, status, delays, extra, probe).line())


def queue_path(snapshot: Snapshot) -> str:
    """Where the queue's environment lies."""
    return os.path.join(snapshot[CoreParams].queue_directory, "queue")


class ClientService(Multi):
    """The service behind smtp(8) and lmtp(8): greenlets that share one pool of sessions."""

    window = 100
    lmtp: ClassVar[bool] = False

    def warm(self) -> None:
        self.settings = load(self.snapshot, self.lmtp)
        server: Any = rehearsal.SmtpServer()
        self.agent = Agent(self.settings, server, self.clock)
        self.requests = Requests(self.agent, rehearsal.committer().store, self.snapshot, self.clock)
        rehearsal.converse(self.serve, lambda number: rehearsal.request(number, "[127.0.0.1]:10025"))

    def before_jail(self) -> None:
        """Read resolv.conf and open the queue while both can be reached."""
        self.settings = load(self.snapshot, self.lmtp)
        self.tables = TableSet(self.snapshot, offload=offload, renewing=True)
        param = "lmtp_generic_maps" if self.lmtp else "smtp_generic_maps"
        maps = self.tables.open(self.snapshot.text(param), param)
        self.generic = Generic(self.snapshot, maps, self.tables.open) if maps else None
        self.network = network(self.snapshot, self.settings)
        self.store = Queue.open(queue_path(self.snapshot), readonly=True)

    def start(self) -> None:
        """Make the agent that all connections share."""
        self.agent = Agent(self.settings, self.network, self.clock)
        self.requests = Requests(self.agent, self.store, self.snapshot, self.clock, self.generic)

    def every(self) -> dict[float, Callable[[], None]]:
        """Idle sessions end when their time is over."""
        return {1.0: self.agent.tidy}

    def serve(self, conn: Connection) -> None:
        """One connection of the queue manager."""
        hello = Hello("delivery", window=self.window)
        records.serve(conn, hello, (DeliveryRequest,), self.requests.serve)

    def stop(self) -> None:
        """End the kept sessions politely."""
        if hasattr(self, "agent"):
            self.agent.close()
        self.store.close()
        self.tables.close()
