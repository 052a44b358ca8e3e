"""mailowner - doing something with a user's mail as that user: in a child process when root asks, here when the owner does."""

from __future__ import annotations

import codecs
import importlib
import os
import sys
import traceback
from collections.abc import Callable

from pymaster.model.mailplace import MailPlace
from pymaster.store.mailbox.account import open_account
from pymaster.store.mailbox.contract import Account, MailboxError
from pymaster.store.mailrights import become
from pymaster.util import log
from pymaster.util.errors import Fatal

Work = Callable[[Account], int]
# What is imported at first use, and may lie where the mailbox's owner cannot read.
LATER = ("pymaster.store.mailbox.mboxaccount", "zlib")
CODECS = (
    "utf-16-be", "utf-7", "cp1250", "cp1251", "cp1252", "iso8859-2", "iso8859-15", "koi8-r", "gb18030", "big5hkscs",
    "cp932", "iso2022-jp", "euc-jp", "cp949",
)  # fmt: skip


class Quiet:
    """Passes on what an administrator should see: what sessions and indexes tell of themselves is for the log of a server."""

    def __init__(self, inner: log.Sink) -> None:
        self.inner = inner

    def write(self, lines: list[log.Line]) -> None:
        """Warnings and worse."""
        told = [line for line in lines if log.severity(line[1]) < log.severity("")]
        if told:
            self.inner.write(told)


def as_owner(place: MailPlace, privileged_group: str, work: Work) -> int:
    """Open the account and have `work` do its part; its exit status. Raises Fatal for somebody else's mail."""
    if os.geteuid() != 0:
        if place.uid != os.geteuid():
            raise Fatal(f"the mail of {place.user} belongs to uid {place.uid}: only root and that user may touch it")
        return guarded(place, work)
    for name in LATER:
        importlib.import_module(name)
    for name in CODECS:
        codecs.lookup(name)
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        _child(place, privileged_group, work)
    _, status = os.waitpid(pid, 0)
    return abs(os.waitstatus_to_exitcode(status))


def _child(place: MailPlace, privileged_group: str, work: Work) -> None:
    """The owner's side; does not return."""
    status = 1
    try:
        become(place, privileged_group)
        os.chdir("/")
        status = guarded(place, work)
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def guarded(place: MailPlace, work: Work) -> int:
    """Open, work, close; faults become a line on standard error and 1."""
    sink = log.LOG.sink
    log.LOG.sink = Quiet(sink)
    try:
        account = open_account(place)
        try:
            return work(account)
        finally:
            account.close()
    except MailboxError as exc:
        log.fatal(f"{place.user}: {exc.text}")
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing more may be written to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    except OSError as exc:
        log.fatal(f"{place.user}: {exc.filename or 'mailbox'}: {exc.strerror}")
    except Fatal as exc:
        log.fatal(str(exc))
    finally:
        log.LOG.sink = sink
    return 1
