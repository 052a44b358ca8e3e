"""fds - small truths about file descriptors: close-on-exec, passing them over a unix socket, private files."""

import array
import fcntl
import os
import socket


def set_cloexec(fd: int, on: bool = True) -> None:
    """Set or clear close-on-exec."""
    flags = fcntl.fcntl(fd, fcntl.F_GETFD)
    fcntl.fcntl(fd, fcntl.F_SETFD, flags | fcntl.FD_CLOEXEC if on else flags & ~fcntl.FD_CLOEXEC)


def send_fds(sock: socket.socket, data: bytes, fds: list[int]) -> None:
    """Send `data` (not empty) and descriptors in one message; raises OSError."""
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    sock.sendmsg([data], rights)


def recv_fds(sock: socket.socket, size: int, max_fds: int = 64) -> tuple[bytes, list[int]]:
    """One message of at most `size` bytes and the descriptors that came with it (close-on-exec set); b"" is the end."""
    fds = array.array("i")
    data, rights, _, _ = sock.recvmsg(size, socket.CMSG_LEN(max_fds * fds.itemsize), socket.MSG_CMSG_CLOEXEC)
    for level, kind, payload in rights:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(payload[: len(payload) - len(payload) % fds.itemsize])
    return data, list(fds)


def write_all(fd: int, data: bytes | memoryview) -> None:
    """Write every byte of `data`; raises OSError (a short write is continued, so ENOSPC shows as itself)."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def fsync_dir(path: str) -> None:
    """Make the names in a directory durable."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
