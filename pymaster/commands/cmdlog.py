"""cmdlog - where a command's log lines go: standard error for the person, and the mail log for the record.

With maillog_file a command writes to the file itself if it may, else through public/postlog; without, to syslog.
"""

import contextlib
import os
import socket
import sys

from pymaster.config.params.core import CoreParams
from pymaster.config.params.logging import LoggingParams
from pymaster.config.snapshot import Snapshot
from pymaster.util import log


class PostlogSink:
    """Datagrams to the postlogd service; a line is lost where nobody listens."""

    def __init__(self, path: str, tag: str) -> None:
        self.path, self.tag = path, tag

    def write(self, lines: list[log.Line]) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            for number, text, tag in lines:
                try:
                    sock.sendto(f"{tag or self.tag}[{number}]: {text}".encode("utf-8", "replace"), self.path)
                except OSError:
                    return  # the mail system is down, or may not be reached by this user


class Tee:
    """The same lines to several places."""

    def __init__(self, *sinks: log.Sink) -> None:
        self.sinks = sinks

    def write(self, lines: list[log.Line]) -> None:
        for sink in self.sinks:
            sink.write(lines)


def setup(snapshot: Snapshot, name: str, *, stderr: bool = True, tag: str = "", verbose: int = 0) -> None:
    """Begin to log as command `name`; `stderr` shows the lines to whoever runs it."""
    tag = tag or f"{snapshot[LoggingParams].syslog_name}/{name}"
    record = sink(snapshot, tag)
    log.setup(Tee(log.StderrSink(shown(tag, name)), record) if stderr else record, tag, verbose=verbose)


def shown(tag: str, name: str) -> str:
    """The name before a line on standard error: `postfix/postfix-script` for a script, `postlog` for a program."""
    return tag if "-script" in name else name


def sink(snapshot: Snapshot, tag: str) -> log.Sink:
    """The mail log as this user can reach it."""
    params = snapshot[LoggingParams]
    path = params.maillog_file
    if not path:
        return log.SyslogSink(tag, log.facility(params.syslog_facility))
    # The foreground's output (/dev/stdout) is master's, which lends it to postlogd.
    if not path.startswith("/dev/"):
        with contextlib.suppress(OSError):
            return log.FileSink(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW), tag)
    return PostlogSink(os.path.join(snapshot[CoreParams].queue_directory, "public", "postlog"), tag)


def on_terminal() -> bool:
    """Whether a person sees standard error."""
    return sys.stderr.isatty()
