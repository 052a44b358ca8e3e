"""penalty - how long a client waits that guesses passwords: before it is answered, and before the next guess is looked at.

A failure is told after auth_failure_delay; each further one of the same network within a minute doubles a wait before
anybody is asked, to 15 s. The same wrong password again (a mail program with an old one) does not count. Networks are /32
and /64, for an IPv6 site has all of a /64. Trusted networks never wait.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from pymaster.util.clock import SYSTEM, Clock
from pymaster.util.network import parse_address

MAX_WAIT = 15.0
# Seconds without a failure after which a network is forgotten.
MEMORY = 60.0
MAX_NETWORKS = 100_000
# Fingerprints of failures that are remembered of a network.
REMEMBERED = 10


@dataclass(slots=True)
class _Network:
    wait: float
    last: float
    seen: deque[bytes] = field(default_factory=lambda: deque(maxlen=REMEMBERED))


class Penalty:
    """One process's memory of failures."""

    def __init__(self, delay: float, trusted: Callable[[str], bool], clock: Clock = SYSTEM) -> None:
        self._delay, self._trusted, self._clock = delay, trusted, clock
        self._networks: dict[tuple[int, int], _Network] = {}

    def before(self, address: str) -> float:
        """Seconds to wait before a password of this client is looked at."""
        network = _network(address)
        if network is None:
            return 0.0
        known = self._networks.get(network)
        if known is None or self._clock.monotonic() - known.last >= MEMORY or self._trusted(address):
            return 0.0
        return known.wait

    def failed(self, address: str, fingerprint: bytes) -> float:
        """Note a failure; seconds to wait before it is told. `fingerprint` stands for user and password."""
        network = _network(address)
        if network is None or not self._delay or self._trusted(address):
            return 0.0
        now = self._clock.monotonic()
        known = self._networks.pop(network, None)
        if known is None or now - known.last >= MEMORY:
            known = _Network(self._delay, now)
        elif fingerprint not in known.seen:
            known.wait = min(known.wait * 2, MAX_WAIT)
        if fingerprint not in known.seen:
            known.seen.append(fingerprint)
        known.last = now
        # Last in the order of the dict: the first is the one to forget.
        self._networks[network] = known
        if len(self._networks) > MAX_NETWORKS:
            del self._networks[next(iter(self._networks))]
        return self._delay

    def sweep(self) -> None:
        """Forget what is over."""
        now = self._clock.monotonic()
        for network in [item for item, known in self._networks.items() if now - known.last >= MEMORY]:
            del self._networks[network]


def _network(address: str) -> tuple[int, int] | None:
    found = parse_address(address)
    if found is None:
        return None
    value, width = found
    return (value, 32) if width == 32 else (value >> 64, 64)
