"""guard - kills a running command's process group when the agent itself is killed.

A command that outlives its agent would go on delivering while the queue manager has the mail delivered again. So an
agent that runs commands keeps one helper: a shell that reads process group numbers from a pipe and, when the pipe's only
writer is gone, kills the group read last. An orderly agent writes an empty line when its command has ended.
"""

import os
import subprocess

_SCRIPT = 'trap "" HUP INT TERM; while read -r p; do g=$p; done; test -z "$g" || kill -9 "-$g"'


class Guard:
    """The helper of one agent process, started with its first command."""

    __slots__ = ("_pid", "_pipe", "_process")

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe = -1
        self._pid = 0

    def watch(self, group: int) -> None:
        """From now on `group` dies with us; 0: nothing does."""
        if self._process is None or self._pid != os.getpid() or self._process.poll() is not None:
            if not group:
                return
            self._start()
        try:
            os.write(self._pipe, b"%d\n" % group if group else b"\n")
        except BrokenPipeError:
            self._process = None  # somebody killed the helper; the next command gets a new one

    def _start(self) -> None:
        if self._process is not None and self._pid == os.getpid():
            os.close(self._pipe)
        reading, self._pipe = os.pipe()
        self._pid = os.getpid()
        # In a session of its own, so that whatever ends ours does not end it first.
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT],
            stdin=reading,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=True,
            start_new_session=True,
            env={},
        )
        os.close(reading)

    def close(self) -> None:
        """End the helper in peace."""
        if self._process is not None and self._pid == os.getpid():
            self.watch(0)
            os.close(self._pipe)
            self._process.wait()
            self._process = None


GUARD = Guard()
