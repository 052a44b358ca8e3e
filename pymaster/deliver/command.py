"""command - running an external command with a message on its standard input.

The command gets the whole message or does not start: it reads a private file that was written before, so that nobody
ever sees half a message as if it were one, whatever happens to us. It runs in a session of its own, with one user's uid
and gid and no other group, in an environment made from nothing, and the whole process group is killed when the time is
up. No shell stands between unless the command needs one. Sources: local(8) and pipe(8) EXTERNAL COMMAND DELIVERY,
sysexits(3).
"""

import os
import re
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from pymaster.deliver import rights, sysexits
from pymaster.deliver.guard import GUARD
from pymaster.deliver.rights import Rights
from pymaster.model.status import Status, deferred
from pymaster.util.text import printable

# Where commands are looked for, whatever our own environment says.
PATH = "/usr/bin:/bin"
SHELL = "/bin/sh"
UMASK = 0o077
# Output kept for the log and the notification (bytes); the rest is read and dropped.
MAX_OUTPUT = 4096
# A message up to this size (bytes) waits in memory, a larger one in an unnamed temporary file.
MEMORY = 1 << 20
# Reads of 64 KB after its end, of what is still in the pipe.
LAST_READS = 16
_PLAIN = re.compile(rb"[1234567890!@%_=+:,./a-zA-Z \t-]*")

# Enters a chroot: the interpreter does it, for nothing may run between fork and exec in our own process.
_JAILER = (
    "import os,sys;a=sys.argv;os.chroot(a[1]);os.chdir(a[2] or '/');"
    "os.setgroups([int(a[4])]);os.setresgid(*[int(a[4])]*3);os.setresuid(*[int(a[3])]*3);os.umask(0o77);"
    "os.execve(a[5],a[5:],os.environ)"
)


@dataclass(slots=True)
class Command:
    """What to run. `argv` is final; `shown` is the text for log and notifications.

    `limit` is the greatest file it may write (bytes, 0: none); `seconds` its time; `directory` where it starts ("": where
    we are); `voice` begins the message when it cannot be started.
    """

    argv: Sequence[bytes]
    shown: str
    rights: Rights
    seconds: float
    environment: dict[bytes, bytes] = field(default_factory=dict)
    directory: str = ""
    chroot: str = ""
    limit: int = 0
    voice: str = "local: fatal"


@dataclass(slots=True)
class Ended:
    """How a command ended. `code` is its exit status, negative for a signal; `late` when its time was up."""

    code: int
    output: bytes = b""
    late: bool = False


def argv_of(command: bytes, shell: str = "") -> list[bytes]:
    """The words to execute for a command line: itself if it is plain, else a shell with the line as one argument.

    `shell` (local_command_shell) is always used when given. A plain word that is no program is left to the shell, which
    may know it as a builtin (`exit 67`).
    """
    if shell:
        return [*shell.encode().split(), command]
    if _PLAIN.fullmatch(command):
        words = [word for word in command.replace(b"\t", b" ").split(b" ") if word]
        if words and (b"/" in words[0] or shutil.which(os.fsdecode(words[0]), path=PATH)):
            return words
    return [SHELL.encode(), b"-c", command]


def run(command: Command, blocks: Iterable[bytes]) -> Status | Ended:
    """Run it to its end, or for its time; a Status when it could not be started."""
    with _spooled(blocks) as message:
        try:
            process = _start(command, message)
        except rights.NotPermitted as error:
            return deferred(str(error))
        except OSError as error:
            return _not_started(command, error)
        try:
            GUARD.watch(process.pid)
            return _watch(process, command)
        finally:
            _end(process)
            GUARD.watch(0)


def status(command: Command, ended: Ended, done: str) -> Status:
    """The fate that an exit status and the output mean; `done` is the reason of success."""
    if ended.code == 0 and not ended.late:
        return Status(1, "2.0.0", done)
    return sysexits.failure(command.shown, ended.code, ended.output, late=ended.late)


def output_text(ended: Ended) -> str:
    """What the command printed, as one line of safe text."""
    return sysexits.shown(ended.output)


def _not_started(command: Command, error: OSError) -> Status:
    if error.filename and error.filename in (command.directory, f"{command.directory}/."):
        told = f"chdir {command.directory}: {error.strerror}"
    else:
        told = f"execvp {printable(command.argv[0])}: {error.strerror}"
    return deferred(f"temporary failure. Command output: {command.voice}: {told}", "4.3.0")


@contextmanager
def _spooled(blocks: Iterable[bytes]) -> Iterator[int]:
    """A descriptor, at offset 0, of a file that holds all blocks and has no name."""
    fd = os.memfd_create("message", os.MFD_CLOEXEC)
    try:
        size = 0
        for block in blocks:
            size += len(block)
            if size > MEMORY:
                fd = _moved(fd)
                size = -(1 << 62)  # moved once, never again
            view = memoryview(block)
            while view:
                view = view[os.write(fd, view) :]
        os.lseek(fd, 0, os.SEEK_SET)
        yield fd
    finally:
        os.close(fd)


def _moved(fd: int) -> int:
    """The content of a file in memory, in a file on disk."""
    with tempfile.TemporaryFile() as file:
        os.lseek(fd, 0, os.SEEK_SET)
        while block := os.read(fd, 1 << 18):
            file.write(block)
        file.flush()
        made = os.dup(file.fileno())
    os.close(fd)
    return made


def _start(command: Command, message: int) -> "subprocess.Popen[bytes]":
    who = command.rights
    argv: list[str | bytes] = list(command.argv)
    switching = os.geteuid() == 0
    if not switching and who.uid != os.geteuid():
        raise rights.NotPermitted(f"delivery with uid {who.uid} needs a mail system that was started by root")
    if command.chroot:
        jail = [command.chroot, command.directory, str(who.uid), str(who.gid)]
        argv = [sys.executable, "-I", "-S", "-c", _JAILER, *jail, *argv]
        switching = False
    elif command.directory and switching:
        # Whether the user may go there is the user's affair; the real chdir happens before the rights are given up.
        with rights.acting(who.uid, who.gid):
            os.close(os.open(command.directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC))
            os.stat(f"{command.directory}/.")
    with _file_limit(command.limit):
        process: subprocess.Popen[bytes] = subprocess.Popen(
            argv,
            stdin=message,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            close_fds=True,
            cwd=None if command.chroot else command.directory or None,
            env=command.environment,
            start_new_session=True,
            umask=UMASK,
            user=who.uid if switching else None,
            group=who.gid if switching else None,
            extra_groups=[] if switching else None,
        )
    if command.limit:
        _pin_limit(process.pid, command.limit)
    return process


@contextmanager
def _file_limit(limit: int) -> Iterator[None]:
    """A soft limit on the size of files for the child to inherit: we write none meanwhile."""
    if not limit:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    wanted = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(resource.RLIMIT_FSIZE, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _pin_limit(pid: int, limit: int) -> None:
    """Take the child's right to raise its soft limit again."""
    try:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, limit))
    except (ProcessLookupError, PermissionError, ValueError):
        return  # already gone, or the limit was lower still


def _watch(process: "subprocess.Popen[bytes]", command: Command) -> Ended:
    """Collect output until the command has exited or its time is up."""
    assert process.stdout is not None
    out, exited = process.stdout.fileno(), os.pidfd_open(process.pid)
    os.set_blocking(out, False)
    deadline = time.monotonic() + command.seconds
    output = bytearray()
    try:
        poll = select.poll()
        poll.register(out, select.POLLIN)
        poll.register(exited, select.POLLIN)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return Ended(-signal.SIGKILL, bytes(output), late=True)
            ready = dict(poll.poll(left * 1000))
            if out in ready and not _read(out, output):
                poll.unregister(out)
            # Children that it left behind may hold the pipe open: its own end is what counts.
            if exited in ready:
                for _ in range(LAST_READS):
                    if not _read(out, output, once=True):
                        break
                return Ended(process.wait(), bytes(output))
    finally:
        os.close(exited)


def _read(fd: int, output: bytearray, *, once: bool = False) -> bool:
    """Take what is there; False at the end of the stream (with `once`: or when nothing is there now)."""
    try:
        data = os.read(fd, 1 << 16)
    except BlockingIOError:
        return not once
    if len(output) < MAX_OUTPUT:
        output += data[: MAX_OUTPUT - len(output)]
    return bool(data)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill the whole group if its leader still runs, and reap it."""
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
