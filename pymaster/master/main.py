"""main - master's beginning and end: flags, locks, folders, log, listeners; then the supervisor's loop.

    python -m pymaster.master.main [-c config_directory] [-d | -i] [-t] [-v] [-w fd]

-d stays in the foreground (start-fg), -i does so as process 1 of a container, -t only tests whether a master runs
(exit 0: none does), -w tells a starting `postfix` command through a descriptor how it went.
"""

import ctypes
import getopt
import os
import signal
import sys
import traceback

from pymaster.config.params.core import CoreParams
from pymaster.config.params.logging import LoggingParams
from pymaster.master import folders, lock, logs, plan, reload
from pymaster.master.listen import FORMER_FIFOS
from pymaster.master.notify import notify
from pymaster.master.plan import Plan
from pymaster.master.supervisor import Supervisor
from pymaster.util import log, memory
from pymaster.util.errors import ConfigError, Fatal

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def main(argv: list[str]) -> int:
    """Run master; returns the exit status."""
    try:
        options = dict(getopt.getopt(argv, "c:dDite:svw:")[0])
    except getopt.GetoptError as exc:
        sys.stderr.write(f"master: fatal: {exc}\n")
        return 1
    announce = int(options["-w"]) if "-w" in options else -1
    try:
        return _main(options, announce)
    except (Fatal, ConfigError) as exc:
        _told(announce, str(exc))
        log.fatal(str(exc))
    except Exception:
        for line in traceback.format_exc().rstrip("\n").split("\n"):
            log.warning(line)
        _told(announce, "see the log")
        log.panic("master: unexpected exception")
    return 1


def _main(options: dict[str, str], announce: int) -> int:
    os.umask(0o077)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    directory = options.get("-c") or os.environ.get("MAIL_CONFIG") or "/etc/postfix"
    made = plan.load(os.path.abspath(directory))
    core = made.snapshot[CoreParams]
    if "-t" in options:
        pid = lock.holder(core.queue_directory)
        if pid:
            raise Fatal(f"the mail system is already running, process {pid}")
        return 0
    foreground = "-d" in options or "-i" in options
    log_file = logs.LogFile(made.snapshot[LoggingParams], foreground)
    log_file.open()
    owner = folders.prepare(made.snapshot)
    held = lock.acquire(core.queue_directory, core.data_directory)
    os.chdir(core.queue_directory)
    if not foreground:
        _detach()
    listeners = reload.open_all(made, owner, {})
    supervisor = Supervisor(made, listeners, log_file.fd, options.get("-v") is not None)
    supervisor.on_reload = lambda: _reload(supervisor, owner)
    supervisor.on_rotate = log_file.open
    supervisor.on_started = lambda: _started(announce)
    supervisor.nurseries.before_exec = _die_with_master
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    supervisor.signals.catch()
    _greet(made)
    memory.settle()
    try:
        supervisor.run()
    finally:
        notify("STOPPING=1")
        for listener in listeners.values():
            listener.close()
        os.ftruncate(held[1], 0)
    log.flush()
    return 0


def _started(announce: int) -> None:
    """Every service can run."""
    _told(announce, "")
    notify("READY=1")


def _greet(made: Plan) -> None:
    core = made.snapshot[CoreParams]
    version = f"version {core.mail_version}, configuration {made.snapshot.config_directory}"
    log.info(f"daemon started -- {version}")
    if made.library:
        log.info(f"not started as processes, for they are library calls here: {', '.join(sorted(made.library))}")
    former = [
        item.line.name for item in made.services.values() if item.line.type == "fifo" and item.line.name in FORMER_FIFOS
    ]
    if former:
        log.info(f"fifo services that listen on a unix socket here: {', '.join(sorted(former))}")


def _reload(supervisor: Supervisor, owner: tuple[int, int] | None) -> Plan | None:
    made = reload.reload(supervisor.plan, owner, supervisor.listeners)
    if made is not None:
        version = made.snapshot[CoreParams].mail_version
        log.info(f"reload -- version {version}, configuration {made.snapshot.config_directory}")
    return made


def _detach() -> None:
    """Leave the terminal's session, unless whoever started us did that already."""
    if os.getsid(0) != os.getpid():
        os.setsid()


def _told(fd: int, text: str) -> None:
    """Tell the command that started us, once: an empty text is success."""
    if fd < 0:
        return
    try:
        os.write(fd, (text or "ok").encode())
        os.close(fd)
    except OSError:
        return  # it did not wait


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _die_with_master() -> None:
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
