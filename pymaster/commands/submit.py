"""submit - how sendmail hands a message over: to pickup's socket, or into the maildrop folder when nobody listens.

The socket tells pickup who we are (peer credentials), so no set-gid program is needed; its answer comes after the
message is safe in the queue. The folder is for the time when the mail system is down, and for those who may write there
(root, the members of setgid_group): the file appears under its name only when it is whole and on disk.
"""

import _socket
import os
import time

from pymaster.proto.submission import BadSubmission

EX_OK, EX_USAGE, EX_DATAERR, EX_UNAVAILABLE, EX_SOFTWARE, EX_OSERR, EX_IOERR, EX_TEMPFAIL, EX_CONFIG = (
    0, 64, 65, 69, 70, 71, 74, 75, 78,
)  # fmt: skip
# Seconds: to reach pickup, and to hear that the message is committed.
CONNECT, ANSWER = 5.0, 120.0
MAX_ANSWER = 4096
# sun_path has 108 bytes.
MAX_PATH = 100


class Refused(Exception):
    """The message was not taken; `status` is the exit status, the text is for the user."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class SocketDrop:
    """A submission through the running mail system. Raises OSError from the constructor when nobody listens."""

    def __init__(self, queue_directory: str) -> None:
        path = os.path.join(queue_directory, "public", "pickup")
        self._dir = -1
        if len(os.fsencode(path)) > MAX_PATH:
            self._dir = os.open(os.path.dirname(path), os.O_PATH | os.O_CLOEXEC)
            path = f"/proc/self/fd/{self._dir}/pickup"
        self._sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        self._sock.settimeout(CONNECT)
        try:
            self._sock.connect(path)
        except OSError:
            self.abandon()
            raise
        self._sock.settimeout(ANSWER)

    def write(self, data: bytes) -> None:
        """Send bytes; raises OSError."""
        self._sock.sendall(data)

    def finish(self) -> str:
        """Wait for the answer; the queue id. Raises Refused, OSError."""
        answer = b""
        while not answer.endswith(b"\n") and len(answer) < MAX_ANSWER:
            piece = self._sock.recv(MAX_ANSWER)
            if not piece:
                raise Refused("the mail system went away before it answered", EX_TEMPFAIL)
            answer += piece
        text = answer.decode("utf-8", "replace").strip("\n")
        code, _, rest = text.partition(" ")
        if code == "250":
            return rest
        raise Refused(rest, _status(code, rest))

    def abandon(self) -> None:
        """Give up; what was sent is nothing without its end."""
        self._sock.close()
        if self._dir >= 0:
            os.close(self._dir)
            self._dir = -1


def _status(code: str, text: str) -> int:
    if code.startswith("4"):
        return EX_TEMPFAIL
    return EX_UNAVAILABLE if text.startswith("5.7.") else EX_DATAERR


class FolderDrop:
    """A submission that waits in maildrop/ until pickup starts. Raises OSError."""

    def __init__(self, queue_directory: str) -> None:
        self._folder = os.path.join(queue_directory, "maildrop")
        self._name = f"{time.time_ns():X}{os.getpid():X}"
        self._temp = os.path.join(self._folder, f".{self._name}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        # Readable by pickup, which is not our user; the folder itself keeps everybody else out.
        self._fd = os.open(self._temp, flags, 0o600)
        os.fchmod(self._fd, 0o644)

    def write(self, data: bytes) -> None:
        """Write bytes; raises OSError."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]

    def finish(self) -> str:
        """Make it durable, then visible. Raises OSError."""
        os.fsync(self._fd)
        os.rename(self._temp, os.path.join(self._folder, self._name))
        os.close(self._fd)
        self._fd = -1
        try:
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except PermissionError:
            return self._name  # a set-gid folder may be written but not read: its owner syncs it
        os.fsync(folder)
        os.close(folder)
        return self._name

    def abandon(self) -> None:
        """Take the file away again, unless it is there for good."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            os.unlink(self._temp)


def begin(queue_directory: str) -> SocketDrop | FolderDrop:
    """A way into the mail system; raises Refused."""
    try:
        return SocketDrop(queue_directory)
    except OSError as exc:
        reason = exc.strerror or str(exc)
    try:
        return FolderDrop(queue_directory)
    except OSError as exc:
        raise Refused(
            f"the mail system is down ({reason}), and maildrop cannot be written ({exc.strerror})", EX_TEMPFAIL
        ) from exc


__all__ = ["BadSubmission", "FolderDrop", "Refused", "SocketDrop", "begin"]
