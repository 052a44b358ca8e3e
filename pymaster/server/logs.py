"""logs - where a worker's log lines go, from its configuration.

With `maillog_file` the lines go to the descriptor that master opened and handed down (append mode, so that several
processes may share it); else to syslog. The tag is `syslog_name/program`.
"""

import os

from pymaster.config.params.logging import LoggingParams
from pymaster.config.snapshot import Snapshot
from pymaster.util import log


def setup(snapshot: Snapshot, program: str, fd: int = -1, verbose: int = 0) -> None:
    """Begin to log as `program`, to the file behind `fd`, or to syslog if that is -1."""
    params = snapshot[LoggingParams]
    tag = f"{params.syslog_name}/{program}"
    sink: log.Sink
    if fd >= 0:
        sink = log.FileSink(fd, tag)
    else:
        sink = log.SyslogSink(tag, log.facility(params.syslog_facility))
        # Now, for there may be no /dev/log in a jail.
        sink.connect()
    log.setup(sink, tag, os.getpid(), verbose)
