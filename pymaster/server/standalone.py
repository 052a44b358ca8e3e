"""standalone - a service run by hand: `services/NAME.py -S`, one session on standard input and output.

Flags as for Postfix's daemons: -c config_directory, -o name=value, -n service_name, -v, -S, -d (log to stderr even
without a terminal); what follows is the command's arguments. Golden tests are text files through this.
"""

import _socket
import getopt
import os
import socket
import stat
import sys

# Bound before gevent can replace them: the pumps are threads of the system, whatever the service is.
from _thread import allocate_lock, start_new_thread
from collections.abc import Callable
from typing import Any

from pymaster.server.skeleton import Connection, Multi, Service, Single, Trigger
from pymaster.util import log
from pymaster.util.errors import Fatal

DEFAULT_CONFIG = "/etc/postfix"
BLOCK = 65536


def main(cls: type[Service], argv: list[str]) -> int:
    """Run one session of `cls`; returns the exit status, raises Fatal or ConfigError."""
    if cls.green:
        _patch()
    name = os.path.basename(sys.argv[0]).removesuffix(".py")
    log.setup(log.StderrSink(name), name)
    options, rest = _options(argv)
    from pymaster.server import boot

    if "-S" not in options:
        raise Fatal("started by hand, a service needs -S (one session on standard input and output)")
    log.LOG.verbose = int(options.get("-v", "0"))
    directory = options.get("-c") or os.environ.get("MAIL_CONFIG") or DEFAULT_CONFIG
    overrides = dict(item.split("=", 1) for item in options.get("-o", "").split("\n") if item)
    service = boot.prepare(cls, directory, overrides, options.get("-n", name), name)
    service.args = rest
    service.before_jail()
    service.start()
    try:
        session(service)
    finally:
        service.stop()
        log.flush()
    return 0


def session(service: Service) -> None:
    """One session on descriptors 0 and 1."""
    if isinstance(service, Trigger):
        service.trigger(os.read(0, BLOCK) or b"W")
        return
    assert isinstance(service, Multi | Single)
    near, finish = _ends()
    try:
        service.serve(Connection(near, ("127.0.0.1", 0), ("127.0.0.1", 0), os.getpid(), _spawner(service.green)))
    finally:
        near.close()
        finish()


def _patch() -> None:
    import warnings

    from gevent import monkey

    # The modules are imported already; one session needs no more than sockets, sleep and threads.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        monkey.patch_all()


def _spawner(green: bool) -> Callable[..., Any] | None:
    if not green:
        return None
    import gevent

    spawn: Callable[..., Any] = gevent.spawn
    return spawn


def _ends() -> tuple[socket.socket, Callable[[], None]]:
    """The session's socket, and what to call when it is closed: waits until all output is written."""
    if stat.S_ISSOCK(os.fstat(0).st_mode):
        return socket.socket(fileno=os.dup(0)), lambda: None
    ours, theirs = _socket.socketpair()
    done = allocate_lock()
    done.acquire()
    start_new_thread(_pump_in, (theirs,))
    start_new_thread(_pump_out, (theirs, done))
    return socket.socket(fileno=ours.detach()), lambda: _wait(done)


def _wait(lock: Any) -> None:
    lock.acquire()


def _pump_in(sock: Any) -> None:
    try:
        while data := os.read(0, BLOCK):
            sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
    except OSError:
        return  # the session ended before its input did


def _pump_out(sock: Any, done: Any) -> None:
    try:
        while data := sock.recv(BLOCK):
            view = memoryview(data)
            while view:
                view = view[os.write(1, view) :]
    except OSError as exc:
        sys.stderr.write(f"output: {exc.strerror}\n")
    finally:
        done.release()


def _options(argv: list[str]) -> tuple[dict[str, str], list[str]]:
    try:
        pairs, rest = getopt.getopt(argv, "c:o:n:vSdDlum:i:s:t:")
    except getopt.GetoptError as exc:
        raise Fatal(str(exc)) from exc
    options: dict[str, str] = {}
    for flag, value in pairs:
        if flag == "-o":
            if "=" not in value:
                raise Fatal(f"-o {value}: expected name=value")
            options["-o"] = options.get("-o", "") + value + "\n"
        elif flag == "-v":
            options["-v"] = str(int(options.get("-v", "0")) + 1)
        else:
            options[flag] = value
    return options, rest
