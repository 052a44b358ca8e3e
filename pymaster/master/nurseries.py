"""nurseries - the two fork servers over time: started, replaced on reload, started again when they die."""

import contextlib
import os
import selectors
import subprocess
import time
from collections.abc import Callable
from typing import Any, Protocol

from pymaster.config.params.tables import TableParams
from pymaster.config.words import split_list
from pymaster.master.plan import Plan
from pymaster.master.signals import forget
from pymaster.master.spawn import Nursery, environment
from pymaster.model import control
from pymaster.util import log

# Between two attempts to start a nursery that dies before it is ready.
PAUSE = 1.0
# For the end of a killed nursery, when master leaves.
LAST_WAIT = 2.0


class Owner(Protocol):
    """Who is told what nurseries say."""

    def nursery_ready(self, found: dict[str, dict[str, Any]]) -> None: ...

    def nursery_gone(self, green: bool) -> None: ...

    def forked(self, number: int, pid: int) -> None: ...

    def exited(self, pid: int, result: int) -> None: ...

    def lost(self, number: int, text: str) -> None: ...


class Nurseries:
    """At most one of each kind works; another may be loading to take its place."""

    def __init__(self, selector: selectors.BaseSelector, owner: Owner) -> None:
        self.selector, self.owner = selector, owner
        self.working: dict[bool, Nursery] = {}
        self.loading: dict[bool, Nursery] = {}
        self.retry_at: dict[bool, float] = {}
        self.plan: Plan | None = None
        self.before_exec: Callable[[], None] | None = None

    def start(self, plan: Plan) -> None:
        """Load a plan's programs afresh; what works already goes on until the new ones are ready."""
        self.plan = plan
        for green in (True, False):
            older = self.loading.pop(green, None)
            if older is not None:
                self.dismiss(older)
            if plan.paths(green):
                self.start_one(green)

    def start_one(self, green: bool) -> None:
        """Start one kind."""
        assert self.plan is not None
        self.retry_at.pop(green, None)
        allowed = split_list(self.plan.snapshot[TableParams].import_environment)
        nursery = Nursery(green, environment(allowed, dict(os.environ)), self.before_exec)
        self.loading[green] = nursery
        self.selector.register(nursery.sock, selectors.EVENT_READ, lambda: self.on_readable(nursery))
        nursery.load(self.plan.paths(green))

    def on_readable(self, nursery: Nursery) -> None:
        """A nursery said something."""
        try:
            messages = nursery.messages()
        except EOFError:
            forget(self.selector, nursery.sock)
            return  # its exit status follows
        for message in messages:
            op = message["op"]
            if op == "ready":
                self.ready(nursery)
                self.owner.nursery_ready(message["programs"])
            elif op == "forked":
                self.owner.forked(message["worker"], message["pid"])
            elif op == "exited":
                self.owner.exited(message["pid"], message["status"])
            elif op == "failed":
                self.owner.lost(message["worker"], f"fork: {message['error']}")

    def ready(self, nursery: Nursery) -> None:
        """A nursery has loaded its programs and takes the place of an older one."""
        if self.loading.get(nursery.green) is not nursery:
            return
        del self.loading[nursery.green]
        older = self.working.get(nursery.green)
        self.working[nursery.green] = nursery
        if older is not None:
            self.dismiss(older)

    def dismiss(self, nursery: Nursery) -> None:
        """Let a nursery go; its workers become ours."""
        forget(self.selector, nursery.sock)
        nursery.end()

    def order(self, green: bool, order: control.Order, fds: list[int]) -> None:
        """Have a worker forked; raises OSError when that kind of nursery cannot be reached just now."""
        nursery = self.working.get(green)
        if nursery is None:
            raise BrokenPipeError
        nursery.order(order, fds)

    def reaped(self, pid: int, result: int) -> None:
        """A child of master ended; if it was a nursery, another one is started."""
        for table in (self.working, self.loading):
            for green, nursery in list(table.items()):
                if nursery.pid == pid:
                    del table[green]
                    nursery.process.returncode = result
                    self.last_words(nursery)
                    self.dismiss(nursery)
                    log.warning(f"nursery pid {pid} is gone; starting another")
                    self.owner.nursery_gone(green)
                    if green not in self.loading:
                        self.retry_at[green] = time.monotonic() + (PAUSE if table is self.loading else 0.0)

    def last_words(self, nursery: Nursery) -> None:
        """What it said before it died still counts: a worker may have been forked or reaped."""
        self.on_readable(nursery)

    def tick(self, now: float) -> None:
        """Start again what died."""
        for green, at in list(self.retry_at.items()):
            if at <= now:
                self.start_one(green)

    def pids(self) -> dict[str, int]:
        """The running nurseries, by kind."""
        names = {True: "green", False: "plain"}
        return {names[green]: nursery.pid for green, nursery in self.working.items()}

    def end(self) -> None:
        """Master leaves, and nobody is left behind."""
        nurseries = [*self.working.values(), *self.loading.values()]
        for nursery in nurseries:
            nursery.kill()
        for nursery in nurseries:
            # A killed process is gone at once, unless the kernel itself is stuck with it.
            with contextlib.suppress(subprocess.TimeoutExpired):
                nursery.process.wait(LAST_WAIT)
