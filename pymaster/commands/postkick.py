"""postkick - send a request to a service.

NAME
    postkick - kick a service

SYNOPSIS
    postkick [-c config_dir] [-v] class service request

DESCRIPTION
    Connects to class/service (public or private) in the queue directory and sends the request, a few letters: `W` wakes a
    service up. A service that does not run is started for it.

DIAGNOSTICS
    Exit status 1 and a line on standard error when nobody takes it.

SEE ALSO
    postkick(1), qmgr(8), pickup(8)
"""

import getopt
import os
import socket
import stat
import sys

from pymaster.config.params.core import CoreParams
from pymaster.config.params.process import ProcessParams
from pymaster.config.snapshot import DEFAULT_DIRECTORY, Snapshot
from pymaster.util import log
from pymaster.util.errors import ConfigError, Fatal


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    log.setup(log.StderrSink("postkick"), "postkick")
    try:
        pairs, words = getopt.getopt(sys.argv[1:] if argv is None else argv, "c:v")
        if len(words) != 3:
            raise Fatal("usage: postkick [-c config_dir] [-v] class service request")
        directory = dict(pairs).get("-c") or os.environ.get("MAIL_CONFIG") or DEFAULT_DIRECTORY
        kick(Snapshot.load(os.path.abspath(directory)), words[0], words[1], words[2].encode())
    except (getopt.GetoptError, ConfigError, Fatal) as exc:
        log.fatal(str(exc))
        return 1
    return 0


def kick(snapshot: Snapshot, kind: str, service: str, request: bytes) -> None:
    """Send a request to `kind`/`service`; raises Fatal when it cannot be sent."""
    if kind not in ("public", "private"):
        raise Fatal(f"unknown class: {kind}")
    path = os.path.join(snapshot[CoreParams].queue_directory, kind, service)
    try:
        if stat.S_ISFIFO(os.stat(path).st_mode):
            fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            try:
                os.write(fd, request)
            finally:
                os.close(fd)
            return
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(snapshot[ProcessParams].trigger_timeout)
            sock.connect(path)
            sock.sendall(request)
    except OSError as exc:
        log.warning(f"unable to trigger {kind}/{service}: {exc.strerror or exc}")
        raise Fatal(f"Cannot contact class {kind} service {service} - perhaps the mail system is down") from exc
