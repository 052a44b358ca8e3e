"""nursery - the fork server: imports every program once, then forks a worker on each word from master.

Two of them run: `green` (gevent, patched before anything else is imported) and `plain` (for services that block and
change uid). A nursery never starts a hub, never opens the queue, and holds no client: its death costs no mail, master
starts another. It tells master who was forked and who exited.
"""

import _socket
import os
import posix
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from pymaster.model import control
from pymaster.server import boot, programs, rehearsal
from pymaster.server.skeleton import Service
from pymaster.util import log, memory
from pymaster.util.fds import recv_fds

MAX_FDS = 64


class Nursery:
    """One fork server. `set_signal` is signal.signal as the system has it, not gevent's."""

    def __init__(self, fd: int, set_signal: Callable[..., Any]) -> None:
        # _socket and posix are what gevent does not patch: waiting here must never start a hub.
        self.sock: Any = _socket.socket(fileno=fd)
        self.set_signal = set_signal
        self.classes: dict[str, type[Service]] = {}
        self.orders: list[tuple[control.Order, list[int]]] = []

    def run(self) -> None:
        """Serve master until it is gone."""
        for name in ("SIGINT", "SIGHUP", "SIGTERM", "SIGQUIT", "SIGUSR1"):
            # A terminal's Ctrl-C is for master alone, who ends everybody in order.
            self.set_signal(getattr(signal, name), signal.SIG_IGN)
        self.set_signal(signal.SIGCHLD, self.on_child)
        while True:
            data, fds = recv_fds(self.sock, control.MAX_MESSAGE, MAX_FDS)
            if not data:
                return
            message = control.unpack(data)
            if message["op"] == "load":
                self.load(message["paths"])
            elif message["op"] == "spawn":
                self.spawn(control.Order(**message["order"]), fds)
            for each in fds:
                os.close(each)

    def load(self, paths: list[str]) -> None:
        """Import programs and tell what they are."""
        reports = {}
        for path in paths:
            try:
                cls = self.classes[path] = programs.load(path)
            except Exception as exc:
                error = exc if isinstance(exc, programs.BadProgram) else _where(exc)
                reports[path] = asdict(control.ProgramReport(error=str(error)))
                continue
            shape = next(base.__name__ for base in programs.SHAPES if issubclass(cls, base))
            remark = rehearsal.rehearse(cls)
            reports[path] = asdict(control.ProgramReport(shape, cls.min_procs, cls.jail, "", remark, cls.solitary))
        memory.settle()
        self.send(control.pack("ready", programs=reports))

    def spawn(self, order: control.Order, fds: list[int]) -> None:
        """Fork one worker."""
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        try:
            pid = posix.fork()
        except OSError as exc:
            self.send(control.pack("failed", worker=order.worker, error=exc.strerror))
            pid = -1
        if pid == 0:
            self.child(order, fds)
        if pid > 0:
            self.send(control.pack("forked", worker=order.worker, pid=pid))
        # Only now may its exit be reported.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})

    def child(self, order: control.Order, fds: list[int]) -> None:
        """The worker's side of the fork; does not return."""
        status = 1
        try:
            self.sock.close()
            for name in ("SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1"):
                self.set_signal(getattr(signal, name), signal.SIG_IGN)
            for name in ("SIGCHLD", "SIGTERM"):
                self.set_signal(getattr(signal, name), signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            _set_name(os.path.basename(order.program).removesuffix(".py"))
            cls = self.classes.get(order.program) or programs.load(order.program)
            status = boot.work(cls, order, fds)
        except BaseException:
            traceback.print_exc()
        finally:
            log.flush()
            os._exit(status)

    def on_child(self, *_: Any) -> None:
        """Reap and tell."""
        while True:
            try:
                pid, status = posix.waitpid(-1, posix.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.send(control.pack("exited", pid=pid, status=status))

    def send(self, data: bytes) -> None:
        """Tell master; if it is gone, so are we."""
        try:
            self.sock.send(data)
        except OSError:
            os._exit(0)


def _where(exc: Exception) -> str:
    """One line for an exception of somebody's program: what, file, line."""
    frames = traceback.extract_tb(exc.__traceback__)
    place = f"{frames[-1].filename}, line {frames[-1].lineno}: " if frames else ""
    return f"{place}{type(exc).__name__}: {exc}"


def _set_name(name: str) -> None:
    with open("/proc/self/comm", "w") as comm:
        comm.write(name[:15])


def main(set_signal: Callable[..., Any]) -> None:
    """The main of both kinds: the descriptor's number is the first argument."""
    _set_name("nursery")
    Nursery(int(sys.argv[1]), set_signal).run()
