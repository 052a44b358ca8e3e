"""skeleton - the shapes a service can have: Multi, Single, Trigger, and the connection they are handed.

A program in services/ is one subclass with a few hooks; flags, configuration, log, jail, privileges, watchdog, limits
and the exit belong to `boot` and to the loop of each shape (`multi`, `single`, `trigger`). This module imports neither
gevent nor a loop, for a nursery of plain services must stay free of them.
"""

import socket
import struct
from collections.abc import Callable
from typing import Any, ClassVar

from pymaster.config.param import Params
from pymaster.config.snapshot import Snapshot
from pymaster.util.clock import SYSTEM, Clock

# Values of `Service.min_procs`.
ON_DEMAND, PER_CORE = 0, -1


class Connection:
    """One client. `sock` is a gevent socket in Multi and a blocking one elsewhere. `raw` is for who brings waits of his
    own (`runtime.stream`): in Multi the plain socket, for a gevent socket is only made when `sock` is asked for.

    `peer` and `local` are (ip, port), or None for a unix socket; `number` is the session's number for the log.
    `spawn(function, *args)` starts concurrent work (None where a process does one thing at a time). `on_drain`, if
    set, is called when the process should come to an end: it must not block.
    """

    __slots__ = ("local", "number", "on_drain", "peer", "raw", "spawn", "wrap")

    def __init__(
        self,
        sock: Any,
        peer: tuple[str, int] | None = None,
        local: tuple[str, int] | None = None,
        number: int = 0,
        spawn: Callable[..., Any] | None = None,
    ) -> None:
        self.raw, self.peer, self.local, self.number, self.spawn = sock, peer, local, number, spawn
        self.on_drain: Callable[[], None] | None = None
        # Makes of `raw` what services know as `sock`, once.
        self.wrap: Callable[[Any], Any] | None = None

    @property
    def sock(self) -> Any:
        """The socket as services of this shape use it."""
        if self.wrap is not None:
            self.raw, self.wrap = self.wrap(self.raw), None
        return self.raw

    @sock.setter
    def sock(self, sock: Any) -> None:
        self.raw, self.wrap = sock, None

    def peercred(self) -> tuple[int, int, int]:
        """(pid, uid, gid) of whoever connected to our unix socket; raises OSError on another kind of socket."""
        size = struct.calcsize("3i")
        pid, uid, gid = struct.unpack("3i", self.raw.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
        return pid, uid, gid


class Service:
    """What all services share. Attributes of the class declare; attributes of the instance are set by `boot`.

    `params` are the classes of parameters whose values must be right for the service to start; `min_procs` how many
    processes master keeps (0: on demand, -1: one per core); `window` how many requests a record service takes at once; `lasting` says that max_use does not hold:
    the process runs until reload or stop.
    """

    name: ClassVar[str] = ""
    params: ClassVar[tuple[type[Params], ...]] = ()
    min_procs: ClassVar[int] = ON_DEMAND
    window: ClassVar[int] = 1
    lasting: ClassVar[bool] = False
    # Which loop runs it, and whether its nursery has gevent.
    loop: ClassVar[str] = ""
    green: ClassVar[bool] = False
    # Whether exactly one process of it may run, whatever maxproc says: it holds what all share.
    solitary: ClassVar[bool] = False
    # Whether it may have no hub: its sockets are the system's own.
    hubless: ClassVar[bool] = False
    # Whether it can live in a chroot: whatever it opens by an absolute path it opens in before_jail.
    jail: ClassVar[bool] = False

    snapshot: Snapshot
    args: list[str]
    service_name: str
    clock: Clock = SYSTEM
    draining: bool = False

    def warm(self) -> None:
        """In the nursery, once, on an instance that will never serve: use what all workers will use, so that they share
        what first use builds (`server.rehearsal`). No table, queue, socket, thread or hub may be opened here."""

    def before_jail(self) -> None:
        """Still with the rights master gave: open tables, keys, the queue."""

    def start(self) -> None:
        """Privileges are dropped: open what needs none."""

    def every(self) -> dict[float, Callable[[], None]]:
        """Periodic work: seconds -> function (asked once, after start)."""
        return {}

    def outdated(self) -> str:
        """What of this process's start no longer holds (a table that changed), "" when all does. A Multi worker is
        asked before it takes a client, once a second at most; its replacement then takes that client."""
        return ""

    def spare(self) -> bool:
        """Whether a process that was only woken, and found nothing to do, may leave before max_idle is over. A Multi
        worker is asked when its last client has left."""
        return False

    def drain(self) -> None:
        """The process takes no new client from now on and ends when the last one is gone; must not block."""

    def stop(self) -> None:
        """Before the exit, whatever its reason: close, write what is only in memory."""


class Multi(Service):
    """Many clients at once, a greenlet each."""

    loop = "pymaster.server.multi"
    green = True

    def serve(self, conn: Connection) -> None:
        """Handle one connection; return = done. The skeleton closes it."""
        raise NotImplementedError


class Single(Service):
    """One client at a time, no gevent: may change its effective uid, block, and run commands."""

    loop = "pymaster.server.single"

    def serve(self, conn: Connection) -> None:
        """Handle one connection; return = done. The skeleton closes it."""
        raise NotImplementedError


class Trigger(Service):
    """Wakes up on coalesced one-letter requests (a unix socket or a fifo), or takes datagrams one by one."""

    loop = "pymaster.server.trigger"

    def trigger(self, requests: bytes) -> None:
        """Do the work that the letters in `requests` ask for."""
        raise NotImplementedError


class Spawner(Service):
    """Forks workers of its own with the rights of users (`server.spawner`); holds root for that, and nothing else."""

    loop = "pymaster.server.spawner"
    green = True
    solitary = True
    # It forks, so it must never have a hub.
    hubless = True

    def worker(self) -> Multi:
        """The service that a forked worker runs; this process's snapshot is its configuration."""
        raise NotImplementedError
