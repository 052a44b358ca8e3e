"""boot - the one main of every service: from flags to exit, in Postfix's order, once.

flags -> Snapshot -> log -> inherited descriptors -> before_jail() -> chroot, setuid -> start() -> ready -> loop ->
drain -> stop() -> exit. A worker comes here forked from a nursery (`work`), a person by running the file (`run`).
"""

import _socket
import faulthandler
import importlib
import os
import resource
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from typing import Any

from pymaster.config.snapshot import Snapshot
from pymaster.model import control
from pymaster.server import jail, logs, standalone
from pymaster.server.accept import adopt
from pymaster.server.skeleton import Service, Trigger
from pymaster.util import log
from pymaster.util.errors import ConfigError, Fatal
from pymaster.util.fds import set_cloexec

# Descriptors that a worker may have, where the hard limit allows it.
FILES = 65536


def run(cls: type[Service]) -> None:
    """The last line of a program in services/: run it by hand (`-S`: one session on standard input and output)."""
    sys.exit(guarded(lambda: standalone.main(cls, sys.argv[1:])))


def guarded(main: Callable[[], int]) -> int:
    """The exit status of `main`, whatever it raises: Fatal and ConfigError are one line, anything else is a bug."""
    try:
        return main()
    except (Fatal, ConfigError) as exc:
        log.fatal(str(exc))
    except SystemExit as exc:
        return exc.code if isinstance(exc.code, int) else 1
    except MemoryError:
        log.fatal("out of memory")
    except Exception as exc:
        for line in traceback.format_exc().split("\n"):
            log.warning(line)
        log.panic(f"{type(exc).__name__}: {exc}")
    return 1


def work(cls: type[Service], order: control.Order, fds: list[int]) -> int:
    """A worker's life, in a fresh child of a nursery; returns the exit status."""
    return guarded(lambda: _work(cls, order, fds))


def _work(cls: type[Service], order: control.Order, fds: list[int]) -> int:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard > soft:
        # A descriptor per client; the usual soft limit of 1024 is for programs that use select(2).
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, FILES) if hard > 0 else FILES), hard))
    os.umask(0o077)
    for fd in fds:
        set_cloexec(fd)
    status_fd, board_fd, *rest = fds
    log_fd = rest.pop(0) if order.log_file else -1
    faulthandler.enable(log_fd if log_fd >= 0 else 2)
    control.use(control.Scoreboard.attach(board_fd).slot(order.slot))
    control.SLOT.put(control.PID, os.getpid())
    program = os.path.basename(order.program).removesuffix(".py")
    # Until the configuration is read nobody knows the log's name.
    log.setup(log.FileSink(log_fd if log_fd >= 0 else 2, f"postfix/{program}"), f"postfix/{program}")
    service = prepare(cls, order.config_directory, order.overrides, order.name, program)
    logs.setup(service.snapshot, program, log_fd, order.verbose)
    service.args = order.args
    service.before_jail()
    jail.enter(service.snapshot, chroot=order.chroot and cls.jail, unprivileged=order.unprivileged)
    listeners = [_socket.socket(fileno=fd) if cls.hubless else adopt(fd, fifos=issubclass(cls, Trigger)) for fd in rest]
    loop = importlib.import_module(cls.loop)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    status: Any = _socket.socket(fileno=status_fd) if cls.hubless else socket.socket(fileno=status_fd)
    return int(loop.run(service, order, status, listeners))


def prepare(
    cls: type[Service], config_directory: str, overrides: dict[str, str], service_name: str, program: str
) -> Service:
    """A service with its configuration; raises ConfigError where a value it declared to need is bad."""
    snapshot = Snapshot.load(config_directory, overrides, service_name=service_name, process_name=program)
    service = cls()
    service.snapshot, service.service_name, service.args = snapshot, service_name, []
    for params in cls.params:
        snapshot[params]
    return service
