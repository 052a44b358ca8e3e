"""logs - master's own log, and the log file that it opens for everybody.

With `maillog_file`, master (who may be root) opens the file for appending and hands the descriptor to every worker;
`postfix logrotate` renames the file and has master open a new one. Without it, syslog.
"""

import os

from pymaster.config.params.logging import LoggingParams
from pymaster.config.words import split_list
from pymaster.util import log
from pymaster.util.errors import Fatal

TAG = "master"
STDOUT = "/dev/stdout"


class LogFile:
    """The open log; `fd` is -1 when the lines go to syslog."""

    def __init__(self, params: LoggingParams, foreground: bool) -> None:
        self.params, self.foreground = params, foreground
        self.fd = -1

    def open(self) -> int:
        """Open (again) and begin to log there; returns the descriptor. Raises Fatal."""
        tag = f"{self.params.syslog_name}/{TAG}"
        path = self.params.maillog_file
        if not path:
            log.setup(log.SyslogSink(tag, log.facility(self.params.syslog_facility)), tag)
            return -1
        fd = self._open(path)
        if self.fd >= 0 and fd != self.fd:
            # The number stays: sinks and workers know it.
            os.dup2(fd, self.fd, inheritable=False)
            os.close(fd)
        else:
            self.fd = fd
        log.setup(log.FileSink(self.fd, tag), tag)
        return self.fd

    def _open(self, path: str) -> int:
        if not any(path.startswith(prefix) for prefix in split_list(self.params.maillog_file_prefixes)):
            raise Fatal(f"maillog_file {path}: does not begin with any of maillog_file_prefixes")
        if path == STDOUT:
            if not self.foreground:
                raise Fatal("maillog_file /dev/stdout needs `postfix start-fg`")
            return self.fd if self.fd >= 0 else os.dup(1)
        try:
            return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        except OSError as exc:
            raise Fatal(f"open maillog_file {path}: {exc.strerror}") from exc
