"""agent - one delivery request to its end: hosts in turn, sessions reused, a Status for every recipient.

4xx and broken sessions move the recipients they concern to the next host; the last host's word is the outcome. At most
smtp_mx_session_limit sessions get past the handshake. Connection and handshake failures of every host are reported as
`blocked`, the scheduler's negative feedback.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pymaster.deliver.smtp.nexthop import BadNexthop, Hop, parse, port_number
from pymaster.deliver.smtp.peer import Network, Peer, SessionFailed
from pymaster.deliver.smtp.pool import Pool
from pymaster.deliver.smtp.route import Router
from pymaster.deliver.smtp.session import Session
from pymaster.deliver.smtp.settings import Settings
from pymaster.deliver.smtp.transaction import Chunks, Transaction
from pymaster.model.envelope import Envelope
from pymaster.model.status import DEFERRED, Status, deferred
from pymaster.util import log
from pymaster.util.clock import SYSTEM, Clock
from pymaster.util.errors import ConnectionLost, DeadlineExceeded


@dataclass(slots=True)
class Result:
    """The outcome of a request; `setup` and `transfer` are seconds for `delays=`; `uses` is for conn_use=."""

    statuses: list[Status]
    blocked: Status | None = None
    setup: float = 0.0
    transfer: float = 0.0
    uses: int = 1
    noted: list[str] = field(default_factory=list)


class _Attempt:
    """What is known while a request is under way: the last Status of each recipient and who is still to be tried."""

    def __init__(self, envelope: Envelope) -> None:
        self.envelope = envelope
        self.statuses: list[Status | None] = [None] * len(envelope.recipients)
        self.left = list(range(len(envelope.recipients)))
        self.result = Result([])
        self.sessions = 0
        self.handshaken = False
        self.tried: Peer | None = None

    def take(self, positions: list[int], statuses: list[Status | None], last: bool) -> None:
        """File a session's outcomes; recipients that may still be tried elsewhere stay in `left`."""
        for position, status in zip(positions, statuses, strict=True):
            if status is None:
                continue
            self.statuses[position] = status
            if status.outcome != DEFERRED or last:
                self.left.remove(position)
            else:
                self.result.noted.append(status.reason)

    def fail(self, status: Status) -> None:
        """Remember why the recipients left could not be served by the host just tried."""
        for position in self.left:
            self.statuses[position] = status


class Agent:
    """Delivers over SMTP or LMTP for one worker."""

    def __init__(self, settings: Settings, network: Network, clock: Clock = SYSTEM) -> None:
        self._settings, self._network, self._clock = settings, network, clock
        self._router = Router(settings, network)
        self._default_port = port_number(settings.port)
        self.pool = Pool(settings)

    def deliver(self, nexthop: str, envelope: Envelope, chunks: Chunks) -> Result:
        """Deliver to all of `envelope.recipients` by way of `nexthop`; never raises for what a peer or the DNS does."""
        attempt = _Attempt(envelope)
        started = self._clock.monotonic()
        session = self.pool.take(nexthop, started)
        if session is not None:
            self._use(session, nexthop, attempt, chunks, last=False)
            if attempt.handshaken:
                attempt.tried = session.peer
        if attempt.left:
            self._fresh(nexthop, attempt, chunks)
        result = attempt.result
        result.statuses = [s or deferred("delivery was not attempted", "4.3.0") for s in attempt.statuses]
        result.transfer = max(self._clock.monotonic() - started - result.setup, 0.0)
        return result

    def _fresh(self, nexthop: str, attempt: _Attempt, chunks: Chunks) -> None:
        for peer, last in self._peers(nexthop, attempt):
            if not attempt.left or (self._settings.session_limit and attempt.sessions >= self._settings.session_limit):
                return
            began = self._clock.monotonic()
            session = self._open(peer, attempt)
            attempt.result.setup += self._clock.monotonic() - began
            if session is not None:
                attempt.sessions += 1
                final = last or attempt.sessions == self._settings.session_limit
                self._use(session, nexthop, attempt, chunks, last=final)

    def _peers(self, nexthop: str, attempt: _Attempt) -> Iterator[tuple[Peer, bool]]:
        """The addresses to try with whether each is the last; hops are looked up only when their turn comes."""
        try:
            hops = parse(nexthop, self._default_port, self._settings.lmtp)
            fallback = [h for text in self._settings.fallback_relay for h in parse(text, self._default_port, False)]
        except BadNexthop as exc:
            attempt.fail(deferred(str(exc), "4.3.5"))
            attempt.left.clear()
            return
        hops += fallback
        for index, hop in enumerate(hops):
            peers = self._lookup(hop, attempt)
            last_hop = index == len(hops) - 1
            for n, peer in enumerate(peers):
                if peer == attempt.tried:
                    continue  # its kept session has just answered for these recipients
                yield peer, last_hop and n == len(peers) - 1

    def _lookup(self, hop: Hop, attempt: _Attempt) -> list[Peer]:
        try:
            return self._router.peers(hop)
        except SessionFailed as exc:
            attempt.fail(exc.status)
            if exc.status.outcome == DEFERRED and not attempt.handshaken:
                attempt.result.blocked = exc.status
            return []

    def _open(self, peer: Peer, attempt: _Attempt) -> Session | None:
        try:
            wire = self._network.connect(peer, self._settings.connect_timeout)
        except (OSError, DeadlineExceeded, ConnectionLost) as exc:
            where = peer.named if peer.unix else peer.relay
            why = f"connect to {where}: {_why(exc)}"
            # Each address that did not answer has its line; the recipients' line names only the last.
            log.info(why)
            self._blocked(attempt, deferred(why, "4.4.1"))
            return None
        session = Session(wire, peer, self._settings, self._clock.monotonic())
        try:
            session.greet()
        except SessionFailed as exc:
            session.abandon()
            self._blocked(attempt, exc.status)
            return None
        attempt.handshaken = True
        attempt.result.blocked = None
        return session

    def _blocked(self, attempt: _Attempt, status: Status) -> None:
        attempt.fail(status)
        if not attempt.handshaken and status.outcome == DEFERRED:
            attempt.result.blocked = status

    def _use(self, session: Session, key: str, attempt: _Attempt, chunks: Chunks, last: bool) -> None:
        """Carry the recipients left over this session, then keep or end it."""
        positions = list(attempt.left)
        envelope = attempt.envelope
        if len(positions) != len(envelope.recipients):
            envelope = replace(envelope, recipients=tuple([envelope.recipients[p] for p in positions]))
        reused = session.uses > 0
        session.uses += 1
        transaction = Transaction(session, envelope, chunks)
        try:
            transaction.run()
        except SessionFailed as exc:
            session.abandon()
            if transaction.exposed:
                # Another host must not get a second copy now; a later attempt is the named duplicate window.
                attempt.take(positions, [s or exc.status for s in transaction.statuses], last=True)
                return
            attempt.take(positions, transaction.statuses, last)
            if not reused or transaction.answered:
                attempt.fail(exc.status)
            return
        attempt.take(positions, transaction.statuses, last)
        attempt.handshaken = True
        attempt.result.uses = session.uses
        if not self.pool.give(key, session, self._clock.monotonic()):
            session.quit()

    def tidy(self) -> None:
        """End the idle sessions whose time is over; called every second or so."""
        for session in self.pool.expire(self._clock.monotonic()):
            session.quit()

    def close(self) -> None:
        """End every idle session."""
        for session in self.pool.drain():
            session.quit()


def _why(exc: Exception) -> str:
    """The system's words for a failed connection."""
    if isinstance(exc, DeadlineExceeded):
        return "Connection timed out"
    if isinstance(exc, OSError) and exc.errno:
        return os.strerror(exc.errno)
    return "lost connection"
