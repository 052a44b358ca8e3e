"""postlock - run a command while a mailbox is locked.

NAME
    postlock - lock a mail folder and execute a command

SYNOPSIS
    postlock [-c config_dir] [-l lock_style] [-v] file command...

DESCRIPTION
    Locks the file as local(8) does (mailbox_delivery_lock, or `-l fcntl,dotlock`), runs the command without a shell, and
    gives the lock back.

DIAGNOSTICS
    The command's exit status; 75 when the lock could not be had.

SEE ALSO
    postlock(1), local(8)
"""

import getopt
import os
import subprocess
import sys

from pymaster.config.params.local import LocalParams
from pymaster.config.snapshot import DEFAULT_DIRECTORY, Snapshot
from pymaster.config.words import split_list
from pymaster.store import mboxlock
from pymaster.util import log
from pymaster.util.errors import ConfigError

EX_TEMPFAIL = 75


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    log.setup(log.StderrSink("postlock"), "postlock")
    try:
        pairs, words = getopt.getopt(sys.argv[1:] if argv is None else argv, "c:l:v")
        options = dict(pairs)
        if len(words) < 2:
            raise getopt.GetoptError("usage: postlock [-c config_dir] [-l lock_style] [-v] folder command...")
        directory = options.get("-c") or os.environ.get("MAIL_CONFIG") or DEFAULT_DIRECTORY
        locking = style(Snapshot.load(os.path.abspath(directory)), options.get("-l", ""))
    except (getopt.GetoptError, ConfigError, ValueError) as exc:
        log.fatal(str(exc))
        return EX_TEMPFAIL
    return locked(words[0], words[1:], locking)


def style(snapshot: Snapshot, methods: str) -> mboxlock.Locking:
    """How to lock; raises ValueError naming an unknown method."""
    params = snapshot[LocalParams]
    return mboxlock.Locking(
        mboxlock.methods(split_list(methods or params.mailbox_delivery_lock)),
        params.deliver_lock_attempts,
        params.deliver_lock_delay,
        params.stale_lock_time,
    )


def locked(path: str, command: list[str], locking: mboxlock.Locking) -> int:
    """Run `command` while `path` is locked; its exit status, or 75."""
    folder, name = os.path.split(os.path.abspath(path))
    try:
        dir_fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600, dir_fd=dir_fd)
        undo = mboxlock.take(fd, dir_fd, name, locking)
    except OSError as exc:
        log.fatal(f"{path}: {exc.strerror}")
        return EX_TEMPFAIL
    except (mboxlock.LockBusy, mboxlock.LockFailed) as exc:
        log.fatal(f"{path}: {exc}")
        return EX_TEMPFAIL
    try:
        status = subprocess.run(command, check=False).returncode
    except OSError as exc:
        log.fatal(f"{command[0]}: {exc.strerror}")
        return EX_TEMPFAIL
    finally:
        undo()
    # A shell's way to tell a signal.
    return status if status >= 0 else 128 - status
