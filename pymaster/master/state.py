"""state - the supervisor's decisions as a pure machine: events in, actions out, no clock, no fork, no descriptor.

Every service has workers that are starting, idle (accept clients), busy (full) or leaving (drain). After each event
the machine brings a service to rest: as many kept workers as its class wants, somebody who watches the listener when
no worker accepts, nothing at all while it is throttled. Source of the manner: master(8); design.md section 3.
"""

import signal
from dataclasses import dataclass, field

STARTING, IDLE, BUSY, LEAVING = "starting", "idle", "busy", "leaving"
# Abnormal ends of a service's ready workers in ten seconds, above which it counts as one that cannot run.
DEATHS, DEATHS_WINDOW = 50, 10.0
# Starts in a row that a signal ended before the worker was ready.
KILLED_STARTS = 3
LIMIT_WARNING_INTERVAL = 600.0
KILL_AFTER_TERM = 2.0
DRAIN_ALONE = 10.0
RETRY_PAUSE = 0.05


@dataclass(slots=True)
class Spec:
    """What master.cf and the program's class say of a service.

    `min_procs` workers are kept; at most `max_procs` run (0: no bound), each for `clients` clients (0: no bound).
    `wakeup` is in seconds, 0 never; a lazy one waits for the first use.
    """

    key: str
    label: str
    program: str
    min_procs: int = 0
    max_procs: int = 1
    clients: int = 1
    maxproc: int = 1
    wakeup: float = 0.0
    wakeup_lazy: bool = False
    listens: bool = True


@dataclass(slots=True)
class Worker:
    """One process of a service; `deadline` is when a leaving one is made to go (0: never)."""

    number: int
    key: str
    state: str = STARTING
    pid: int = 0
    served: bool = False
    deadline: float = 0.0
    termed: bool = False


@dataclass(slots=True)
class Service:
    """The changing part of a service."""

    spec: Spec
    workers: dict[int, Worker] = field(default_factory=dict)
    throttled_until: float = 0.0
    killed_starts: int = 0
    deaths: list[float] = field(default_factory=list)
    watched: bool = False
    used: bool = False
    wake_at: float = 0.0
    limit_warned: float = -LIMIT_WARNING_INTERVAL
    restarts: int = 0
    last_exit: str = ""

    def count(self, *states: str) -> int:
        """How many workers are in one of the states."""
        return sum(worker.state in states for worker in self.workers.values())


@dataclass(slots=True, frozen=True)
class Action:
    """What the supervisor is to do: `spawn` (key, worker), `watch`, `unwatch`, `wake` (key), `drain` (worker),
    `kill` (worker, signal), `warn` (text)."""

    verb: str
    key: str = ""
    worker: int = 0
    signal: int = 0
    text: str = ""


class Machine:
    """All services. Every event method returns the actions to carry out, in order."""

    def __init__(self, throttle_time: float = 60.0) -> None:
        self.services: dict[str, Service] = {}
        self.workers: dict[int, Worker] = {}
        self.throttle_time = throttle_time
        self.stopping = False
        self.stop_deadline = 0.0
        self.out: list[Action] = []
        self.last_number = 0

    # Events.

    def add(self, spec: Spec, now: float) -> list[Action]:
        """A service begins."""
        self.begin(spec, now)
        return self.take()

    def readable(self, key: str, now: float) -> list[Action]:
        """A client waits at a listener that we watch."""
        service = self.services.get(key)
        if service is None or not self.may_spawn(service, now):
            return []
        limit = service.spec.max_procs
        if limit and len(service.workers) >= limit:
            return self.rest(service, now)
        self.spawn(service, now)
        return self.rest(service, now)

    def spawned(self, number: int, pid: int) -> list[Action]:
        """The nursery forked a worker."""
        worker = self.workers.get(number)
        if worker is not None:
            worker.pid = pid
        return []

    def ready(self, number: int, now: float) -> list[Action]:
        """A worker serves."""
        worker = self.workers.get(number)
        if worker is None:
            return []
        service = self.services[worker.key]
        service.killed_starts = 0
        if worker.state == STARTING:
            worker.state = IDLE
        return self.rest(service, now)

    def busy(self, number: int, now: float) -> list[Action]:
        """A worker takes no more clients."""
        return self.turned(number, BUSY, now)

    def idle(self, number: int, now: float) -> list[Action]:
        """A worker takes clients again."""
        return self.turned(number, IDLE, now)

    def turned(self, number: int, state: str, now: float) -> list[Action]:
        """A worker changed between busy and idle."""
        worker = self.workers.get(number)
        if worker is None:
            return []
        worker.served = True
        if worker.state in (IDLE, BUSY):
            worker.state = state
        service = self.services[worker.key]
        if state == BUSY:
            self.warn_limit(service, now)
        return self.rest(service, now)

    def used_up(self, number: int, now: float) -> list[Action]:
        """A worker leaves by itself (max_use, max_idle)."""
        worker = self.workers.get(number)
        if worker is None:
            return []
        self.leave(worker, now)
        return self.rest(self.services[worker.key], now)

    def exited(self, number: int, status: int, now: float, served: bool = False) -> list[Action]:
        """A worker is gone; `status` as of wait(2), `served` whether it ever had a client."""
        worker = self.workers.pop(number, None)
        if worker is None:
            return []
        service = self.services[worker.key]
        del service.workers[number]
        service.last_exit = describe(status)
        if status and not (worker.termed or self.stopping):
            self.failed(service, worker, status, now, served)
        if not service.spec.listens and not service.workers:
            # A reload took it out of master.cf, and this was the last of it.
            del self.services[worker.key]
        return self.rest(service, now)

    def spawn_failed(self, number: int, text: str, now: float) -> list[Action]:
        """There is no such worker: no program, no nursery, no fork. `text` is the reason, "" if it is known already."""
        worker = self.workers.pop(number, None)
        if worker is None:
            return []
        service = self.services[worker.key]
        del service.workers[number]
        if text:
            self.out.append(Action("warn", text=f"{text} -- throttling"))
        self.throttle(service, now)
        return self.rest(service, now)

    def not_now(self, number: int, now: float) -> list[Action]:
        """The nursery is being restarted: no fault of the service, ask again in a moment."""
        worker = self.workers.pop(number, None)
        if worker is None:
            return []
        service = self.services[worker.key]
        del service.workers[number]
        service.throttled_until = max(service.throttled_until, now + RETRY_PAUSE)
        return self.rest(service, now)

    def reload(self, specs: list[Spec], now: float) -> list[Action]:
        """A new configuration: mark and sweep. Workers of what stays are drained and replaced, of what is gone ended."""
        wanted = {spec.key: spec for spec in specs}
        for key, service in list(self.services.items()):
            spec = wanted.pop(key, None)
            if spec is None:
                service.spec = Spec(key, service.spec.label, service.spec.program, max_procs=0, listens=False)
                service.wake_at = 0.0
                for worker in service.workers.values():
                    self.kill(worker, signal.SIGTERM, now)
            else:
                service.spec, service.throttled_until, service.killed_starts = spec, 0.0, 0
                service.wake_at = now if spec.wakeup and (service.used or not spec.wakeup_lazy) else 0.0
                for worker in list(service.workers.values()):
                    if worker.state != LEAVING:
                        self.leave(worker, now)
                        self.out.append(Action("drain", key, worker.number))
            self.rest(service, now, keep=True)
        for spec in wanted.values():
            self.begin(spec, now)
        return self.take()

    def stop(self, grace: float, now: float) -> list[Action]:
        """Let everybody finish for `grace` seconds, then make them."""
        self.stopping, self.stop_deadline = True, now + grace
        for service in self.services.values():
            for worker in service.workers.values():
                worker.deadline = self.stop_deadline
                if worker.state != LEAVING:
                    worker.state = LEAVING
                    self.out.append(Action("drain", worker.key, worker.number))
            self.rest(service, now, keep=True)
        return self.take()

    def abort(self, now: float) -> list[Action]:
        """End everybody at once."""
        self.stopping = True
        for service in self.services.values():
            for worker in service.workers.values():
                self.kill(worker, signal.SIGTERM, now)
            self.rest(service, now, keep=True)
        return self.take()

    def tick(self, now: float) -> list[Action]:
        """Timers: the end of a throttle, wakeups, deadlines of those who leave."""
        for service in self.services.values():
            if service.wake_at and service.wake_at <= now and not self.stopping:
                service.wake_at = now + service.spec.wakeup
                self.out.append(Action("wake", service.spec.key))
            for worker in service.workers.values():
                if worker.deadline and worker.deadline <= now:
                    self.kill(worker, signal.SIGKILL if worker.termed else signal.SIGTERM, now)
            if service.throttled_until and service.throttled_until <= now:
                service.throttled_until = 0.0
                self.rest(service, now, keep=True)
        return self.take()

    def due(self) -> float | None:
        """When the next timer is; None if there is none."""
        times = [worker.deadline for worker in self.workers.values() if worker.deadline]
        for service in self.services.values():
            if not self.stopping:
                times += [at for at in (service.wake_at, service.throttled_until) if at]
        return min(times, default=None)

    @property
    def empty(self) -> bool:
        """Whether every worker is gone."""
        return not self.workers

    # Decisions.

    def begin(self, spec: Spec, now: float) -> None:
        """A service that was not there."""
        service = self.services[spec.key] = Service(spec)
        if spec.wakeup and not spec.wakeup_lazy:
            service.wake_at = now
        self.rest(service, now, keep=True)

    def rest(self, service: Service, now: float, *, keep: bool = False) -> list[Action]:
        """Bring a service to rest; with `keep` the actions stay in `out`."""
        spec = service.spec
        if self.may_spawn(service, now):
            while service.count(STARTING, IDLE, BUSY) < self.kept(spec) and self.room(service):
                self.spawn(service, now)
        accepting = service.count(STARTING, IDLE)
        watch = spec.listens and not accepting and self.may_spawn(service, now) and self.room(service)
        if watch != service.watched:
            service.watched = watch
            self.out.append(Action("watch" if watch else "unwatch", spec.key))
        return [] if keep else self.take()

    def take(self) -> list[Action]:
        """What is to be done, once."""
        actions, self.out = self.out, []
        return actions

    def kept(self, spec: Spec) -> int:
        """How many workers the service is to have without any client."""
        return min(spec.min_procs, spec.max_procs) if spec.max_procs else spec.min_procs

    def room(self, service: Service) -> bool:
        """Whether one more worker may run. A service of exactly one waits until the old one is gone."""
        limit = service.spec.max_procs
        if limit == 1:
            return not service.workers
        return not limit or service.count(STARTING, IDLE, BUSY) < limit

    def may_spawn(self, service: Service, now: float) -> bool:
        """Whether the service may have new workers at all."""
        return not self.stopping and service.throttled_until <= now and service.spec.listens

    def spawn(self, service: Service, now: float) -> None:
        """One more worker."""
        self.last_number += 1
        worker = Worker(self.last_number, service.spec.key)
        service.workers[worker.number] = self.workers[worker.number] = worker
        if not service.used:
            service.used = True
            if service.spec.wakeup and not service.wake_at:
                service.wake_at = now + service.spec.wakeup
        self.out.append(Action("spawn", service.spec.key, worker.number))

    def leave(self, worker: Worker, now: float) -> None:
        """A worker takes nothing new; where only one may run, it does not get for ever."""
        worker.state = LEAVING
        if self.services[worker.key].spec.max_procs == 1:
            worker.deadline = now + DRAIN_ALONE

    def kill(self, worker: Worker, number: int, now: float) -> None:
        """Send a signal; a TERM is followed by a KILL."""
        worker.state, worker.termed = LEAVING, True
        worker.deadline = now + KILL_AFTER_TERM
        self.out.append(Action("kill", worker.key, worker.number, int(number)))

    def failed(self, service: Service, worker: Worker, status: int, now: float, served: bool) -> None:
        """A worker ended in a way it should not have."""
        service.restarts += 1
        self.out.append(Action("warn", text=f"process {service.spec.program} pid {worker.pid} {describe(status)}"))
        by_signal = bool(status & 0x7F)
        if worker.state == STARTING:
            service.killed_starts += 1
            if by_signal and service.killed_starts < KILLED_STARTS:
                return
        elif served or worker.served or by_signal:
            service.deaths = [at for at in service.deaths if at > now - DEATHS_WINDOW] + [now]
            if len(service.deaths) <= DEATHS:
                return
        service.deaths = []
        self.out.append(Action("warn", text=f"{service.spec.program}: bad command startup -- throttling"))
        self.throttle(service, now)

    def throttle(self, service: Service, now: float) -> None:
        """No new worker for a while; clients wait in the backlog."""
        service.throttled_until = now + self.throttle_time
        service.killed_starts = 0

    def warn_limit(self, service: Service, now: float) -> None:
        """Tell the administrator that every worker the service may have is full."""
        spec = service.spec
        full = spec.max_procs and service.count(BUSY) >= spec.max_procs and spec.max_procs > 1
        if not full or now - service.limit_warned < LIMIT_WARNING_INTERVAL:
            return
        service.limit_warned = now
        for text in (
            f'service {spec.label} has reached its process limit "{spec.maxproc}": '
            "new clients may experience noticeable delays",
            "to avoid this condition, increase the process count in master.cf or reduce the service time per client",
        ):
            self.out.append(Action("warn", text=text))


def describe(status: int) -> str:
    """A wait(2) status in Postfix's words."""
    if status & 0x7F:
        return f"killed by signal {status & 0x7F}"
    return f"exit status {status >> 8}"
