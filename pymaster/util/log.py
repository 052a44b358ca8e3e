"""log - one process-wide log: Postfix's line forms to syslog, a file, standard error or a test.

Typed lines come from `model.event`; free text goes through `info`, `warning`, `error`, `fatal`, `panic`. Lines are kept
until `flush()`: a greenlet service writes all lines of one loop turn in one write (it registers `on_first` to learn that
there is something to flush); everyone else flushes after each line. Log loss never blocks mail.

A line is `Mon DD HH:MM:SS host tag[N]: text`; N is a number per session where there is one, for tools pair lines by it.
"""

import os
import socket
import sys
import time
from collections.abc import Callable
from typing import Protocol

from pymaster.util.text import printable

# Number, text, and the tag of another program in whose name it is said ("": the process's own).
Line = tuple[int, str, str]


class Sink(Protocol):
    """Where lines go; a write is never retried and never blocks for long."""

    def write(self, lines: list[Line]) -> None:
        """Write lines; their text has no newline."""


class Log:
    """The state of this process's log."""

    __slots__ = ("lines", "number", "on_first", "sink", "tag", "verbose")

    def __init__(self) -> None:
        self.tag = "pymaster"
        self.number = os.getpid()
        self.sink: Sink = StderrSink(os.path.basename(sys.argv[0]) or "pymaster")
        self.lines: list[Line] = []
        self.on_first: Callable[[], None] | None = None
        self.verbose = 0


class StderrSink:
    """`name: text` on standard error, as Postfix's commands do when a person runs them."""

    def __init__(self, name: str) -> None:
        self.name = name

    def write(self, lines: list[Line]) -> None:
        sys.stderr.write("".join(f"{tag or self.name}: {text}\n" for _, text, tag in lines))
        sys.stderr.flush()


class FileSink:
    """Appends to an open descriptor, one write for all lines; the format of syslog's files."""

    def __init__(self, fd: int, tag: str, host: str = "") -> None:
        self.fd, self.tag = fd, tag
        self.host = (host or socket.gethostname()).split(".")[0]
        self._second, self._stamp = 0, ""

    def write(self, lines: list[Line]) -> None:
        second = int(time.time())
        if second != self._second:
            local = time.localtime(second)
            self._second = second
            self._stamp = (
                f"{time.strftime('%b', local)} {local.tm_mday:2d} {time.strftime('%H:%M:%S', local)} {self.host} "
            )
        stamp, own = self._stamp, self.tag
        data = "".join([f"{stamp}{tag or own}[{number}]: {text}\n" for number, text, tag in lines])
        try:
            os.write(self.fd, data.encode("utf-8", "replace"))
        except OSError:
            return  # a full disk under the log must not stop the mail; the queue has its own guard


class SyslogSink:
    """Datagrams to syslogd in the form of RFC 3164; reconnects when syslogd was restarted."""

    def __init__(self, tag: str, facility: int = 2, path: str = "/dev/log") -> None:
        self.tag, self.path = tag, path
        self.base = facility * 8
        self.sock: socket.socket | None = None

    def write(self, lines: list[Line]) -> None:
        for number, text, tag in lines:
            priority = self.base + severity(text)
            stamp = time.strftime("%b %e %H:%M:%S")
            self._send(f"<{priority}>{stamp} {tag or self.tag}[{number}]: {text}".encode("utf-8", "replace")[:8000])

    def connect(self) -> bool:
        """Connect to syslogd; False when it is not there (every line tries again)."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        sock.setblocking(False)
        try:
            sock.connect(self.path)
        except OSError:
            sock.close()
            return False
        self.sock = sock
        return True

    def _send(self, data: bytes) -> None:
        for _ in range(2):
            if self.sock is None and not self.connect():
                return
            try:
                assert self.sock is not None
                self.sock.send(data)
                return
            except BlockingIOError:
                return  # syslogd is slow: the line is lost, the mail is not
            except OSError:
                assert self.sock is not None
                self.sock.close()
                self.sock = None


class MemorySink:
    """Keeps lines for a test, and beside them the tags."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, str]] = []
        self.tags: list[str] = []

    def write(self, lines: list[Line]) -> None:
        self.lines += [(number, text) for number, text, _ in lines]
        self.tags += [tag for _, _, tag in lines]

    @property
    def text(self) -> str:
        return "".join(f"{text}\n" for _, text in self.lines)


def severity(text: str) -> int:
    """Syslog severity (0-7) of a line, from the word it begins with."""
    for word, level in (("panic:", 2), ("fatal:", 2), ("error:", 3), ("warning:", 4)):
        if text.startswith(word):
            return level
    return 6


_FACILITIES = ["kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"]


def facility(name: str) -> int:
    """The number of a syslog facility (syslog.h); an unknown name is `mail`."""
    if len(name) == 6 and name.startswith("local") and name[5] in "01234567":
        return 16 + int(name[5])
    return _FACILITIES.index(name) if name in _FACILITIES else 2


LOG = Log()


def setup(sink: Sink, tag: str, number: int = 0, verbose: int = 0) -> None:
    """Begin to log through `sink`; `number` stands in the place of the pid (0: the pid)."""
    LOG.sink, LOG.tag, LOG.number, LOG.verbose = sink, tag, number or os.getpid(), verbose


def emit(text: str, number: int = 0, tag: str = "") -> None:
    """One line of text that is already safe (a typed event's), under a session number (0: the process's).

    `tag` says it in the name of another program: what cleanup would log is looked for under `postfix/cleanup`.
    """
    log = LOG
    log.lines.append((number or log.number, text, tag))
    if log.on_first is None:
        flush()
    elif len(log.lines) == 1:
        log.on_first()


def flush() -> None:
    """Write what waits."""
    lines, LOG.lines = LOG.lines, []
    if lines:
        LOG.sink.write(lines)


def info(text: str, number: int = 0) -> None:
    """One line of free text."""
    emit(printable(text, 2000), number)


def debug(text: str, number: int = 0) -> None:
    """A line that only -v shows."""
    if LOG.verbose:
        emit(printable(text, 2000), number)


def warning(text: str, number: int = 0, tag: str = "") -> None:
    """A line for something an administrator should see."""
    emit("warning: " + printable(text, 2000), number, tag)


def error(text: str, number: int = 0) -> None:
    """A line for a failure that the program survives."""
    emit("error: " + printable(text, 2000), number)


def fatal(text: str) -> None:
    """The last line of a program that cannot go on; the caller raises Fatal or exits."""
    emit("fatal: " + printable(text, 2000))
    flush()


def panic(text: str) -> None:
    """The last line of a program that has a bug."""
    emit("panic: " + printable(text, 4000))
    flush()
