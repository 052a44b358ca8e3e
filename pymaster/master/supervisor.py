"""supervisor - the main loop: carries out what the machine decides, and tells it what happened.

One thread, one selector; signal handlers only queue. Nothing here waits: listeners, nurseries and workers are all read
without blocking.
"""

import os
import selectors
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

from pymaster.config import programs
from pymaster.config.params.core import CoreParams
from pymaster.config.params.process import ProcessParams
from pymaster.config.params.pymaster import PymasterParams
from pymaster.master import status, wake
from pymaster.master.listen import Listener
from pymaster.master.monitor import Monitor
from pymaster.master.nurseries import Nurseries
from pymaster.master.plan import Plan, spec
from pymaster.master.queuelocks import LockProbe
from pymaster.master.report import Reporter, picture
from pymaster.master.signals import Signals, forget
from pymaster.master.state import Action, Machine, Spec
from pymaster.master.status import Board, Link, Watchdog
from pymaster.model import control
from pymaster.util import log

TICK = 0.5
# A worker whose channel ended must be reported within this time, else master looks for itself.
EXIT_PATIENCE = 0.5


class Supervisor:
    """The running master."""

    def __init__(self, plan: Plan, listeners: dict[str, Listener], log_fd: int, verbose: int = 0) -> None:
        self.plan, self.listeners, self.log_fd, self.verbose = plan, listeners, log_fd, verbose
        self.selector = selectors.DefaultSelector()
        self.machine = Machine(plan.snapshot[ProcessParams].service_throttle_time)
        self.board = Board()
        self.links: dict[int, Link] = {}
        self.by_pid: dict[int, int] = {}
        self.nurseries = Nurseries(self.selector, self)
        self.signals = Signals(self.selector)
        self.reports: dict[str, control.ProgramReport] = {}
        self.cores = len(os.sched_getaffinity(0))
        limits = plan.snapshot[PymasterParams]
        self.watchdog = Watchdog(limits.worker_ping_interval, limits.worker_silence_limit, limits.worker_write_limit)
        self.probe = LockProbe()
        self.monitor = Monitor(limits.worker_memory_limit)
        self.on_reload: Callable[[], Plan | None] = lambda: None
        self.on_rotate: Callable[[], int] = lambda: log_fd
        self.on_started: Callable[[], None] = lambda: None
        self.started = False

    # The loop.

    def run(self) -> None:
        """Supervise until stopped and every worker is gone."""
        self.nurseries.start(self.plan)
        self.start_services()
        reporter = Reporter(self.selector, self.report)
        while not (self.machine.stopping and self.machine.empty):
            for key, _ in self.selector.select(self.patience()):
                key.data()
            self.handle_signals()
            self.timers()
        reporter.close()
        self.nurseries.end()

    def patience(self) -> float:
        """Seconds until the next timer."""
        now = time.monotonic()
        due = self.machine.due()
        return min(TICK, max(due - now, 0.0)) if due is not None else TICK

    def timers(self) -> None:
        """Everything that depends on time."""
        now = time.monotonic()
        self.act(self.machine.tick(now))
        for link, number, reason in self.watchdog.check(list(self.links.values()), now):
            key = self.machine.workers[link.number].key if link.number in self.machine.workers else "?"
            log.warning(f"process {self.label(key)} pid {link.pid} {reason}: sending signal {int(number)}")
            status.end(link.pid, number)
        for link in self.probe.check(list(self.links.values()), now):
            log.error(f"process pid {link.pid} lost its lock on the queue: sending signal {int(signal.SIGKILL)}")
            status.end(link.pid, signal.SIGKILL)
        for link in list(self.links.values()):
            if link.ended_at and now - link.ended_at > EXIT_PATIENCE and not (link.pid and status.exists(link.pid)):
                self.gone(link.number, signal.SIGKILL)
        for pid in self.monitor.too_large(self.by_pid, now):
            self.act(self.machine.used_up(self.by_pid[pid], now))
            self.links[self.by_pid[pid]].tell(control.DRAIN)
        if not self.machine.stopping:
            self.nurseries.tick(now)

    # Signals.

    def handle_signals(self) -> None:
        """Do what signals asked for."""
        handlers: dict[int, Callable[[], None]] = {
            signal.SIGHUP: self.reload,
            signal.SIGTERM: self.stop,
            signal.SIGINT: self.stop,
            signal.SIGQUIT: self.abort,
            signal.SIGUSR1: self.rotate,
            signal.SIGCHLD: self.reap,
        }
        for number in self.signals.take():
            handlers[number]()

    def stop(self) -> None:
        """Let workers finish; the second request does not wait."""
        if self.machine.stopping:
            self.abort()
            return
        log.info("terminating on signal 15")
        self.act(self.machine.stop(self.plan.snapshot[PymasterParams].worker_stop_time, time.monotonic()))

    def abort(self) -> None:
        """End workers at once."""
        self.act(self.machine.abort(time.monotonic()))

    def rotate(self) -> None:
        """Reopen the log file and hand it to everybody."""
        self.log_fd = self.on_rotate()
        for link in self.links.values():
            if self.log_fd >= 0:
                link.tell(control.LOG, [self.log_fd])

    def reap(self) -> None:
        """Children of our own: nurseries, and workers whose nursery died."""
        while True:
            try:
                pid, result = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            self.nurseries.reaped(pid, result)
            if pid in self.by_pid:
                self.gone(self.by_pid[pid], result)

    # Nurseries.

    def nursery_ready(self, found: dict[str, dict[str, Any]]) -> None:
        """Programs are loaded: their services can run."""
        for path, fields in found.items():
            report = self.reports[path] = control.ProgramReport(**fields)
            if report.error:
                log.warning(f"{report.error} -- throttling")
            if report.remark:
                log.warning(report.remark)
        self.start_services()

    def nursery_gone(self, green: bool) -> None:
        """A nursery died; its workers go on, but orders it had not carried out are given again."""
        for link in list(self.links.values()):
            if not link.pid and self.plan.services[self.machine.workers[link.number].key].green == green:
                self.lost(link.number, "")

    # Services.

    def start_services(self) -> None:
        """Hand the machine every service whose program is known by now."""
        now = time.monotonic()
        for key, item in self.plan.services.items():
            if key not in self.machine.services and (item.path is None or item.path in self.reports):
                if item.path is None:
                    name, program = item.line.name, item.line.program
                    log.warning(f'service "{name}": no program {program} in {self.places()} -- throttling')
                self.act(self.machine.add(self.spec(key), now))
        if not self.started and len(self.machine.services) == len(self.plan.services):
            self.started = True
            self.say_chroot()
            self.on_started()

    def say_chroot(self) -> None:
        """Name the services whose chroot field is without effect, once."""
        asked = [item for item in self.plan.services.values() if item.line.chroot]
        if asked and os.geteuid() != 0:
            log.info("chroot fields of master.cf are without effect: not running as root")
            return
        names = [item.line.name for item in asked if item.path and not self.reports[item.path].jail]
        if names:
            log.info(f"chroot fields of master.cf are without effect for {', '.join(sorted(set(names)))}")

    def spec(self, key: str) -> Spec:
        """A service's limits."""
        item = self.plan.services[key]
        report = self.reports.get(item.path or "", control.ProgramReport())
        made = spec(item, report, self.cores)
        made.program = item.path or item.line.program
        return made

    def places(self) -> str:
        """Where programs are looked for, as text."""
        return ", ".join(programs.directories(self.plan.snapshot[CoreParams].daemon_directory))

    def label(self, key: str) -> str:
        """A service's program, for log lines."""
        service = self.machine.services.get(key)
        return service.spec.program if service else key

    def reload(self) -> None:
        """SIGHUP: a new plan, or none if it is broken."""
        plan = self.on_reload()
        if plan is None or self.machine.stopping:
            return
        gone = [key for key in self.machine.services if key not in plan.services]
        self.plan = plan
        limits = plan.snapshot[PymasterParams]
        self.watchdog = Watchdog(limits.worker_ping_interval, limits.worker_silence_limit, limits.worker_write_limit)
        self.monitor.limit = limits.worker_memory_limit
        self.machine.throttle_time = plan.snapshot[ProcessParams].service_throttle_time
        known = [key for key, item in plan.services.items() if item.path is None or item.path in self.reports]
        self.act(self.machine.reload([self.spec(key) for key in known], time.monotonic()))
        for key in gone:
            self.unwatch(key)
            self.listeners.pop(key).close()
        self.nurseries.start(plan)
        self.start_services()

    def report(self) -> dict[str, Any]:
        """What `pymaster ps` shows."""
        return picture(self.machine, self.links, self.nurseries.pids())

    # Actions.

    def act(self, actions: list[Action]) -> None:
        """Carry out what the machine decided."""
        for action in actions:
            if action.verb == "spawn":
                self.spawn(action)
            elif action.verb == "watch":
                self.watch(action.key)
            elif action.verb == "unwatch":
                self.unwatch(action.key)
            elif action.verb == "wake":
                wake.wake(self.listeners[action.key])
            elif action.verb == "drain" and action.worker in self.links:
                self.links[action.worker].tell(control.DRAIN)
            elif action.verb == "kill":
                self.kill(action)
            elif action.verb == "warn":
                log.warning(action.text)

    def kill(self, action: Action) -> None:
        """Send a worker a signal; one that is not forked yet is told by the end of its channel."""
        link = self.links.get(action.worker)
        if link is not None and link.pid:
            status.end(link.pid, action.signal)
        elif link is not None:
            link.sock.shutdown(socket.SHUT_RDWR)

    def spawn(self, action: Action) -> None:
        """Order a worker."""
        item = self.plan.services[action.key]
        report = self.reports.get(item.path or "")
        if item.path is None or (report is not None and report.error):
            # It was said at start; the administrator's remedy is a reload.
            self.act(self.machine.spawn_failed(action.worker, "", time.monotonic()))
            return
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        index = self.board.take()
        link = Link(action.worker, ours, self.board.board.slot(index), index)
        self.links[action.worker] = link
        self.selector.register(ours, selectors.EVENT_READ, lambda: self.on_link(link))
        order = self.order(action, index)
        fds = [theirs.fileno(), self.board.fd, *([self.log_fd] if self.log_fd >= 0 else [])]
        with theirs:
            try:
                self.nurseries.order(item.green, order, [*fds, *self.listeners[action.key].fds])
            except OSError:
                # No nursery just now; the machine asks again when it is there.
                self.drop(link)
                self.act(self.machine.not_now(action.worker, time.monotonic()))

    def order(self, action: Action, index: int) -> control.Order:
        """The word to the nursery."""
        item = self.plan.services[action.key]
        line, limits = item.line, self.machine.services[action.key].spec
        return control.Order(
            worker=action.worker,
            name=line.name,
            type=line.type,
            program=item.path or "",
            args=line.args,
            overrides=line.overrides,
            config_directory=self.plan.snapshot.config_directory,
            unprivileged=line.unprivileged,
            chroot=line.chroot,
            verbose=max(line.verbose, self.verbose),
            clients=limits.clients,
            kept=bool(limits.min_procs),
            slot=index,
            log_file=self.log_fd >= 0,
        )

    def watch(self, key: str) -> None:
        """Have the loop tell us when a client waits."""
        for fd in self.listeners[key].fds:
            self.selector.register(
                fd, selectors.EVENT_READ, lambda: self.act(self.machine.readable(key, time.monotonic()))
            )

    def unwatch(self, key: str) -> None:
        """A worker accepts, or nobody is to."""
        for fd in self.listeners[key].fds:
            self.forget(fd)

    def forget(self, what: Any) -> None:
        """Take something out of the selector, if it is in."""
        forget(self.selector, what)

    # Workers.

    def forked(self, number: int, pid: int) -> None:
        """A worker exists."""
        link = self.links.get(number)
        if link is not None:
            link.pid, link.started = pid, time.monotonic()
            self.by_pid[pid] = number
            self.act(self.machine.spawned(number, pid))

    def on_link(self, link: Link) -> None:
        """A worker said something."""
        now = time.monotonic()
        for letter in link.letters():
            kind = letter[:1]
            if not letter:
                self.forget(link.sock)
                link.ended_at = now
            elif kind == control.PONG:
                link.silent_since = 0.0
            elif kind == control.READY:
                link.ready = True
                self.act(self.machine.ready(link.number, now))
            elif kind == control.BUSY:
                self.act(self.machine.busy(link.number, now))
            elif kind == control.IDLE:
                self.act(self.machine.idle(link.number, now))
            elif kind == control.USED_UP:
                self.act(self.machine.used_up(link.number, now))

    def gone(self, number: int, result: int) -> None:
        """A worker ended; `result` as of wait(2)."""
        link = self.links.get(number)
        served = link.served if link is not None else False
        if link is not None:
            self.drop(link)
        key = self.machine.workers[number].key if number in self.machine.workers else ""
        self.act(self.machine.exited(number, result, time.monotonic(), served))
        if key in self.plan.services and key not in self.machine.services:
            self.start_services()  # a line whose program changed: the old program's last worker is gone

    def exited(self, pid: int, result: int) -> None:
        """A nursery reaped a child."""
        number = self.by_pid.get(pid)
        if number is not None:
            self.gone(number, result)

    def lost(self, number: int, text: str) -> None:
        """A worker that was ordered does not exist."""
        link = self.links.get(number)
        if link is not None:
            self.drop(link)
        if text:
            self.act(self.machine.spawn_failed(number, text, time.monotonic()))
        else:
            self.act(self.machine.not_now(number, time.monotonic()))

    def drop(self, link: Link) -> None:
        """Forget a worker's channel and slot."""
        self.forget(link.sock)
        link.sock.close()
        self.board.give_back(link.index)
        self.links.pop(link.number, None)
        self.by_pid.pop(link.pid, None)
