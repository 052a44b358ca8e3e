"""rotate - `postfix logrotate`: rename maillog_file, have everybody write a new one, compress the old."""

import os
import shlex
import signal
import subprocess
import time

from pymaster.config.params.logging import LoggingParams
from pymaster.config.snapshot import Snapshot
from pymaster.util.errors import Fatal

# Workers get the new file within milliseconds; a stopped one may still write to the old a little later.
SETTLE = 1.0


def rotate(snapshot: Snapshot, master: int) -> str:
    """Rotate the log; returns the new name of the old one. `master` is the pid to tell, 0 for none. Raises Fatal."""
    params = snapshot[LoggingParams]
    path = params.maillog_file
    if not path:
        raise Fatal("maillog_file is not set; nothing to rotate")
    if path.startswith("/dev/"):
        raise Fatal(f"maillog_file is {path}; nothing to rotate")
    old = f"{path}.{time.strftime(params.maillog_file_rotate_suffix)}"
    if os.path.exists(old):
        raise Fatal(f"logfile {old} already exists")
    try:
        os.rename(path, old)
    except OSError as exc:
        raise Fatal(f"cannot rename {path}: {exc.strerror}") from exc
    if master:
        os.kill(master, signal.SIGUSR1)
        _wait_for(path)
        # The file must not change while it is compressed.
        time.sleep(SETTLE)
    command = shlex.split(params.maillog_file_compressor)
    if command and subprocess.run([*command, old], check=False).returncode:
        raise Fatal(f"cannot compress {old}")
    return old


def _wait_for(path: str) -> None:
    deadline = time.monotonic() + 10
    while not os.path.exists(path):
        if time.monotonic() > deadline:
            raise Fatal(f"master did not open a new {path}")
        time.sleep(0.02)
