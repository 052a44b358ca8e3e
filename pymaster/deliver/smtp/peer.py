"""peer - who a session talks to, and what the client is handed to reach the world."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pymaster.model.dns import Dns
from pymaster.model.status import Status
from pymaster.proto.smtp.response import Response
from pymaster.util.text import printable


@dataclass(slots=True, frozen=True)
class Peer:
    """One address to try: host name, IP address (or a unix socket's path), port (0 for unix), MX preference."""

    host: str
    address: str
    port: int
    preference: int = 0

    @property
    def unix(self) -> bool:
        """Whether `address` is the path of a unix-domain socket."""
        return self.port == 0

    @property
    def named(self) -> str:
        """`host[address]`, as replies are quoted in the log."""
        return f"{self.host}[{self.address}]"

    @property
    def relay(self) -> str:
        """`host[address]:port`, the log's relay=."""
        return self.named if self.unix else f"{self.named}:{self.port}"


class Wire(Protocol):
    """A connection with deadlines. Timeouts are seconds; raises DeadlineExceeded or ConnectionLost."""

    def send(self, data: bytes, timeout: float) -> None: ...

    def receive(self, timeout: float) -> bytes:
        """Some bytes, at least one."""

    def alive(self) -> bool:
        """Whether an idle connection is still open and silent."""

    def close(self) -> None: ...


class Network(Protocol):
    """How a client reaches the world; `runtime` provides it."""

    def connect(self, peer: Peer, timeout: float) -> Wire:
        """Open a connection; raises OSError or DeadlineExceeded."""

    @property
    def dns(self) -> Dns:
        """The resolver."""

    def native(self, host: str) -> Sequence[str]:
        """IP addresses by the system's own rules (hosts file, NSS). Raises LookupFailed."""

    def own_addresses(self) -> frozenset[str]:
        """This mail system's own IP addresses (inet_interfaces, proxy_interfaces)."""


class SessionFailed(Exception):
    """A session cannot go on. `status` is the fate of the recipients that have none yet.

    `handshake` says that it failed before a session was established: negative feedback for the scheduler.
    """

    def __init__(self, status: Status, handshake: bool = False) -> None:
        super().__init__(status.reason)
        self.status, self.handshake = status, handshake


def refused(peer: Peer, response: Response, command: str, verb: str = "said") -> Status:
    """The Status a negative reply earns: 5xx bounces, anything else defers."""
    text = f"host {peer.named} {verb}: {response.text}"
    if command:
        text += f" (in reply to {command})"
    code = response.status_code()
    permanent = response.permanent
    if not permanent and not code.startswith("4"):
        code = "4" + code[1:] if code[0] in "245" else "4.0.0"
    outcome = 3 if permanent else 2
    host = printable(peer.host)
    return Status(outcome, code, text, peer.relay, "", "smtp", response.text, f"dns; {host}")
