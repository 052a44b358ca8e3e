"""NAME
    anvil - counts connections and requests of clients

DESCRIPTION
    Keeps, for each client of each service, the number of open connections and the numbers of connections, messages,
    recipients, new TLS sessions and authentications in the running unit of time (anvil_rate_time_unit). Servers ask only
    when a limit is set. Everything is in memory: a restart forgets, and mail flows on.

PROTOCOL
    `anvil`: Count in, Rates out. A connection that was counted and is not taken back is taken back when the server that
    reported it goes away.

DIAGNOSTICS
    Every anvil_status_update_time and at the end, the highest rates and counts are logged with the client's name.

SEE ALSO
    smtpd(8), postconf(5), Postfix's anvil(8)
"""

from collections import Counter
from collections.abc import Callable

from pymaster.config.params.core import CoreParams
from pymaster.config.params.process import ProcessParams
from pymaster.model.anvil import CONNECT, DISCONNECT, EVENTS, Count, Rates
from pymaster.model.messages import Hello
from pymaster.server import records, rehearsal
from pymaster.server.service import Connection, Multi, run
from pymaster.util import log

# Clients remembered at once; beyond, the oldest are forgotten: an attack from everywhere must not eat the memory.
MAX_CLIENTS = 100_000
MAX_IDENT = 300
NAMES = {
    "connect": "connection rate",
    "message": "message rate",
    "recipient": "recipient rate",
    "newtls": "newtls rate",
    "auth": "auth rate",
    "count": "connection count",
}


class Client:
    """One ident: open connections, and counts since `began` (monotonic seconds)."""

    __slots__ = ("began", "counts", "open")

    def __init__(self, now: float) -> None:
        self.began, self.open = now, 0
        self.counts = dict.fromkeys(EVENTS, 0)


class Anvil(Multi):
    """The counting service."""

    name = "anvil"
    params = (CoreParams, ProcessParams)
    window = 1000
    jail = True

    def warm(self) -> None:
        self.start()
        rehearsal.converse(self.serve, lambda number: Count(number, "smtp:192.0.2.1", CONNECT))

    def start(self) -> None:
        self.unit = self.snapshot[ProcessParams].anvil_rate_time_unit
        self.clients: dict[str, Client] = {}
        self.highest: dict[str, tuple[int, str]] = {}

    def serve(self, conn: Connection) -> None:
        opened: Counter[str] = Counter()
        try:
            hello = Hello("anvil", window=self.window)
            records.serve(conn, hello, (Count,), lambda request: self.count(request, opened), inline=True)
        finally:
            for ident, number in opened.items():
                self.disconnect(ident, number)

    def count(self, request: Count, opened: "Counter[str]") -> Rates:
        """One event."""
        ident = request.ident[:MAX_IDENT]
        client = self.client(ident)
        event = request.event
        if event == CONNECT:
            client.open += 1
            opened[ident] += 1
            self.note("count", client.open, ident)
        elif event == DISCONNECT and opened[ident] > 0:
            opened[ident] -= 1
            self.disconnect(ident, 1)
        if event in client.counts:
            client.counts[event] += 1
            self.note(event, client.counts[event], ident)
        return Rates(request.request, client.open, *client.counts.values())

    def client(self, ident: str) -> Client:
        """The client's counts; they begin afresh with each unit of time."""
        now = self.clock.monotonic()
        client = self.clients.get(ident)
        if client is None:
            if len(self.clients) >= MAX_CLIENTS:
                del self.clients[next(iter(self.clients))]
            client = self.clients[ident] = Client(now)
        elif now - client.began >= self.unit:
            client.began = now
            client.counts = dict.fromkeys(EVENTS, 0)
        return client

    def disconnect(self, ident: str, number: int) -> None:
        """Connections of a client are over."""
        client = self.clients.get(ident)
        if client is not None:
            client.open = max(client.open - number, 0)

    def note(self, what: str, value: int, ident: str) -> None:
        """Keep the highest value for the report."""
        if value > self.highest.get(what, (0, ""))[0]:
            self.highest[what] = (value, ident)

    def forget(self) -> None:
        """Drop clients that are gone and whose unit of time is over."""
        now = self.clock.monotonic()
        for ident, client in list(self.clients.items()):
            if not client.open and now - client.began >= self.unit:
                del self.clients[ident]

    def report(self) -> None:
        """Log the highest values since the last report."""
        for what, (value, ident) in self.highest.items():
            rate = "" if what == "count" else f"/{self.unit:.0f}s"
            log.info(f"statistics: max {NAMES[what]} {value}{rate} for ({ident})")
        self.highest = {}

    def every(self) -> dict[float, Callable[[], None]]:
        return {self.snapshot[ProcessParams].anvil_status_update_time: self.report, self.unit + 0.5: self.forget}

    def stop(self) -> None:
        self.report()


if __name__ == "__main__":
    run(Anvil)
