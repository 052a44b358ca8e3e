"""anvil - asks the anvil service about a client's connections and rates; when it does not answer, nothing is limited."""

import ipaddress
import time
from typing import Any

import gevent
import gevent.event

from pymaster.model.anvil import CONNECT, DISCONNECT, MESSAGE, RECIPIENT, Count, Rates
from pymaster.runtime.ipc import Channel
from pymaster.util import log
from pymaster.util.record import Record

PATH = "private/anvil"
TIMEOUT, RETRY = 2.0, 10.0


class AnvilClient:
    """One process's questions. `service` is the master.cf name; clients are counted by network (prefix lengths)."""

    def __init__(self, service: str, prefixes: tuple[int, int] = (32, 84), path: str = PATH) -> None:
        self._service, self._prefixes, self._path = service, prefixes, path
        self._channel: Channel | None = None
        self._open: dict[int, Any] = {}
        self._next = 0
        self._silent_until = 0.0

    def connect(self, client: str) -> tuple[int, int]:
        """(connections now, connections per time unit), this one included."""
        rates = self._ask(client, CONNECT)
        return rates.connections, rates.connects

    def disconnect(self, client: str) -> None:
        """The client left; nobody waits."""
        if self._channel is not None:
            self._next += 1
            self._channel.send(Count(self._next, self._ident(client), DISCONNECT))

    def message(self, client: str) -> int:
        """Messages per time unit, this one included."""
        return self._ask(client, MESSAGE).messages

    def recipient(self, client: str) -> int:
        """Recipients per time unit, this one included."""
        return self._ask(client, RECIPIENT).recipients

    def _ident(self, client: str) -> str:
        try:
            address = ipaddress.ip_address(client)
        except ValueError:
            return f"{self._service}:{client}"
        bits = self._prefixes[0] if address.version == 4 else self._prefixes[1]
        if bits >= address.max_prefixlen:
            return f"{self._service}:{client}"
        return f"{self._service}:{ipaddress.ip_network((address, bits), strict=False)}"

    def _ask(self, client: str, event: str) -> Rates:
        if time.monotonic() < self._silent_until:
            return Rates(0)
        self._next += 1
        number = self._next
        if self._channel is None:
            self._channel = Channel(self._path, "anvil", (Rates,), self._take, self._ended)
            self._channel.start(time.monotonic() + TIMEOUT)
        answer = self._open[number] = gevent.event.AsyncResult()
        self._channel.send(Count(number, self._ident(client), event))
        try:
            found: Rates | None = answer.get(timeout=TIMEOUT)
        except gevent.Timeout:
            found = None
        finally:
            self._open.pop(number, None)
        if found is None:
            self._silent_until = time.monotonic() + RETRY
            log.warning("anvil does not answer: client limits are not enforced")
            return Rates(number)
        return found

    def _take(self, channel: Channel, records: list[Record]) -> None:
        for record in records:
            if isinstance(record, Rates) and (answer := self._open.get(record.request)) is not None:
                answer.set(record)

    def _ended(self, channel: Channel, reason: str) -> None:
        self._channel = None
        for answer in list(self._open.values()):
            answer.set(None)

    def close(self) -> None:
        """Give the connection back."""
        if self._channel is not None:
            self._channel.close()
