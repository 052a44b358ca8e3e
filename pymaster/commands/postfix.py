"""postfix - control of the mail system.

NAME
    postfix - start, stop and check the mail system

SYNOPSIS
    postfix [-Dv] [-c config_dir] command

DESCRIPTION
    start start-fg stop abort reload flush status check set-permissions upgrade-configuration logrotate: as in postfix(1).
    `stop` lets workers finish for worker_stop_time, `abort` does not. `upgrade-configuration` has nothing to do: the
    configuration of older versions is understood as it is.

DIAGNOSTICS
    Lines `postfix/postfix-script: text` on standard error and in the log; the exit status is 0, or 1 after a fatal one.

SEE ALSO
    postfix(1), pymaster setup, master(8)
"""

import getopt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pymaster
from pymaster.commands import cmdlog, rotate, setup
from pymaster.config import compat
from pymaster.config.params.core import CoreParams
from pymaster.config.params.logging import LoggingParams
from pymaster.config.params.pymaster import PymasterParams
from pymaster.config.snapshot import DEFAULT_DIRECTORY, Snapshot
from pymaster.master import lock, plan
from pymaster.model.frame import encode
from pymaster.model.messages import Flush
from pymaster.util import log
from pymaster.util.errors import ConfigError, Fatal

START_PATIENCE = 30.0
POLL = 0.05


class Control:
    """One command line."""

    def __init__(self, snapshot: Snapshot, verbose: int = 0, words: list[str] | None = None) -> None:
        self.snapshot, self.verbose, self.words = snapshot, verbose, words or []
        self.core = snapshot[CoreParams]

    @property
    def pid(self) -> int:
        """Master's pid; 0 when none runs."""
        return lock.holder(self.core.queue_directory)

    def running(self) -> int:
        """Master's pid; raises Fatal when none runs."""
        pid = self.pid
        if not pid:
            raise Fatal("the Postfix mail system is not running")
        return pid

    def master(self, *flags: str) -> list[str]:
        """The command line of master."""
        verbose = ["-v"] if self.verbose else []
        directory = self.snapshot.config_directory
        return [sys.executable, "-P", "-m", "pymaster.master.main", "-c", directory, *verbose, *flags]

    def environment(self) -> dict[str, str]:
        """Master's environment: ours, and where the code is."""
        root = os.path.dirname(os.path.dirname(os.path.abspath(pymaster.__file__)))
        return {**os.environ, "PYTHONPATH": root}

    def prepare(self) -> None:
        """What start and start-fg have in common; raises Fatal."""
        if self.pid:
            raise Fatal("the Postfix mail system is already running")
        for text in setup.complaints(self.snapshot):
            log.warning(text)
        self.tell_old_defaults()
        log.info("starting the Postfix mail system")

    def tell_old_defaults(self) -> None:
        """Say that compatibility_level is low, under the name that Postfix says it."""
        for text in compat.start_notice(self.snapshot):
            log.emit(text, 0, self.snapshot[LoggingParams].syslog_name)

    def start(self) -> int:
        """Start master in the background and wait until it serves."""
        self.prepare()
        reader, writer = os.pipe()
        with open(os.devnull, "r+b") as null:
            process = subprocess.Popen(
                self.master("-w", str(writer)),
                pass_fds=[writer],
                env=self.environment(),
                cwd="/",
                stdin=null,
                stdout=null,
                stderr=null,
                start_new_session=True,
            )
        os.close(writer)
        said = _read(reader, START_PATIENCE)
        if said != b"ok":
            text = said.decode("utf-8", "replace") or f"exit status {process.poll()}"
            log.fatal(f"mail system startup failed: {text}")
            return 1
        process.returncode = 0  # it lives on without us
        return 0

    def start_fg(self) -> int:
        """Become master."""
        self.prepare()
        log.flush()
        flag = "-i" if os.getpid() == 1 else "-d"
        os.execve(sys.executable, self.master(flag), self.environment())

    def stop(self) -> int:
        """Let workers finish, then end."""
        pid = self.running()
        log.info("stopping the Postfix mail system")
        os.kill(pid, signal.SIGTERM)
        return self.wait(self.snapshot[PymasterParams].worker_stop_time + 5)

    def abort(self) -> int:
        """End everything at once."""
        pid = self.running()
        log.info("aborting the Postfix mail system")
        os.kill(pid, signal.SIGQUIT)
        return self.wait(5.0)

    def wait(self, patience: float) -> int:
        """Wait until master is gone; in the end kill it."""
        began = time.monotonic()
        told = False
        while pid := self.pid:
            waited = time.monotonic() - began
            if waited > 1 and not told:
                log.info("waiting for the Postfix mail system to terminate")
                told = True
            if waited > patience:
                log.info("terminating the Postfix mail system")
                os.kill(pid, signal.SIGKILL)
                patience += 5
            time.sleep(POLL)
        return 0

    def reload(self) -> int:
        """Have master read its configuration again; a broken one is told here and goes no further."""
        pid = self.running()
        plan.load(self.snapshot.config_directory)
        self.tell_old_defaults()
        log.info("refreshing the Postfix mail system")
        os.kill(pid, signal.SIGHUP)
        return 0

    def flush(self) -> int:
        """Have deferred mail tried now."""
        self.running()
        import socket

        path = os.path.join(self.core.queue_directory, "public", "qmgr")
        try:
            with socket.socket(socket.AF_UNIX) as sock:
                sock.settimeout(10)
                sock.connect(path)
                sock.recv(4096)
                sock.sendall(encode(Flush()))
                sock.shutdown(socket.SHUT_WR)
        except OSError as exc:
            raise Fatal(f"queue manager {path}: {exc.strerror or exc}") from exc
        return 0

    def status(self) -> int:
        """Tell whether it runs."""
        pid = self.pid
        if pid:
            log.info(f"the Postfix mail system is running: PID: {pid}")
            return 0
        log.info("the Postfix mail system is not running")
        return 1

    def check(self) -> int:
        """Read the whole configuration, look at folders and rights."""
        plan.load(self.snapshot.config_directory)
        self.tell_old_defaults()
        complaints = setup.complaints(self.snapshot)
        for text in complaints:
            log.warning(text)
        return 0

    def set_permissions(self) -> int:
        """Owners and rights of the spool and data folders."""
        setup.folders(self.snapshot, log.info, fix=True)
        return 0

    def upgrade_configuration(self) -> int:
        """Nothing: older configurations are understood."""
        log.info("upgrade-configuration: nothing to do, the configuration is used as it is")
        return 0

    def logrotate(self) -> int:
        """Rename the log file, have everybody write a new one, compress the old."""
        rotate.rotate(self.snapshot, self.pid)
        return 0


COMMANDS: dict[str, Callable[[Control], int]] = {
    "start": Control.start,
    "start-fg": Control.start_fg,
    "stop": Control.stop,
    "quick-stop": Control.stop,
    "drain": Control.stop,
    "abort": Control.abort,
    "reload": Control.reload,
    "flush": Control.flush,
    "status": Control.status,
    "check": Control.check,
    "set-permissions": Control.set_permissions,
    "upgrade-configuration": Control.upgrade_configuration,
    "logrotate": Control.logrotate,
}


def _read(fd: int, patience: float) -> bytes:
    """What master says of its start, or b"" after `patience` seconds or at its death."""
    import select

    try:
        if not select.select([fd], [], [], patience)[0]:
            return b"it is not ready yet"
        return os.read(fd, 4096)
    finally:
        os.close(fd)


def reserved(snapshot: Snapshot) -> None:
    """Raise Fatal when this is the mail system of somebody else, whom an ordinary user can ask nothing."""
    try:
        owner = os.stat(snapshot[CoreParams].queue_directory).st_uid
    except OSError:
        return  # none is set up: whatever the command finds missing it will say
    if os.geteuid() not in (0, owner):
        raise Fatal("the postfix command is reserved for the superuser")


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    log.setup(log.StderrSink("postfix"), "postfix")
    try:
        options, words = getopt.getopt(sys.argv[1:] if argv is None else argv, "c:vD")
    except getopt.GetoptError as exc:
        log.fatal(str(exc))
        return 1
    flags = dict(options)
    if not words or words[0] not in COMMANDS:
        log.fatal(
            f"usage: postfix [-c config_dir] [-vD] {'|'.join(COMMANDS)}"
            if not words
            else f"unknown command: {words[0]}"
        )
        return 1
    directory = flags.get("-c") or os.environ.get("MAIL_CONFIG") or DEFAULT_DIRECTORY
    try:
        snapshot = Snapshot.load(os.path.abspath(directory), process_name="postfix-script")
        cmdlog.setup(snapshot, "postfix-script")
        reserved(snapshot)
        return COMMANDS[words[0]](Control(snapshot, sum(flag == "-v" for flag, _ in options), words[1:]))
    except (Fatal, ConfigError) as exc:
        log.fatal(str(exc))
    except PermissionError as exc:
        log.fatal(f"{exc.filename or 'master'}: {exc.strerror}")
    return 1
