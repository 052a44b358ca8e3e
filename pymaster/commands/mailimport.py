"""mailimport - `pymaster import`: messages of an mbox file or a Maildir into a user's mailboxes, with flags and dates.

The source is read with the rights of the mailbox's owner, so that a link in it leads nowhere else, and never changed; an
mbox that only root may read can be given on standard input (`-`). What is imported stays when the work is broken off.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pymaster.commands.progress import Progress
from pymaster.proto.imap.utf7 import decode_utf7
from pymaster.store.mailbox.contract import Account, Draft, MailboxError
from pymaster.store.mailbox.frames import read_from
from pymaster.store.mailbox.keywords import NAME as KEYWORDS
from pymaster.store.mailbox.keywords import Keywords
from pymaster.store.mailbox.maildirname import NEW, arrival, flags_of, usable
from pymaster.store.mailbox.mboxmessage import look
from pymaster.store.mailbox.mboxscan import from_date, scan
from pymaster.store.safeopen import open_directory
from pymaster.util.errors import Fatal

INBOX = "INBOX"
# Messages and octets that become visible together, in one step of the store.
BATCH, BATCH_OCTETS = 200, 16 << 20
MAX_MESSAGE = 1 << 31


@dataclass(slots=True)
class Item:
    """One message of the source; `date` is seconds since 1970, None where nobody knows."""

    text: bytes
    flags: frozenset[bytes]
    date: int | None


def run(account: Account, source: str, target: str) -> int:
    """Import `source` (a path, or `-`) below `target`; tells what was done."""
    parts = list(mbox_parts(0, target)) if source == "-" else parts_of(account, source, target)
    for name, count, items in parts:
        make(account, name)
        done = add(account, name, count, items)
        print(f"{name}: {done} message{'' if done == 1 else 's'} imported")
    if not parts:
        raise Fatal(f"{source}: no mail there")
    return 0


Part = tuple[str, int, Iterable[Item]]


def parts_of(account: Account, source: str, target: str) -> list[Part]:
    """(mailbox, how many if known, messages) of a source. Raises OSError, Fatal."""
    fd = os.open(source, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    mode = os.fstat(fd).st_mode
    if stat.S_ISREG(mode):
        return mbox_parts(fd, target)
    os.close(fd)
    if not stat.S_ISDIR(mode):
        raise Fatal(f"{source}: neither a file nor a folder")
    return maildir_parts(account, source, target)


def mbox_parts(fd: int, target: str) -> list[Part]:
    """The one mailbox of an mbox file."""
    found = os.fstat(fd)
    if not stat.S_ISREG(found.st_mode):
        raise Fatal("an mbox must be a file: give it with < FILE")
    return [(target, 0, mbox_items(fd, found.st_size))]


def mbox_items(fd: int, size: int) -> Iterator[Item]:
    """The messages of an mbox."""
    try:
        for found in scan(fd, 0, size):
            seen, text = look(found)
            if not seen.meta.pseudo:
                yield Item(text, seen.meta.flags, from_date(found.data[: found.head]))
    except ValueError:
        raise Fatal("not an mbox: it does not begin with `From `") from None
    except OverflowError as exc:
        raise Fatal(f"not an mbox: {exc}") from None


def maildir_parts(account: Account, source: str, target: str) -> list[Part]:
    """The mailboxes of a Maildir, and of its subfolders (Maildir++)."""
    parts: list[Part] = []
    folders = sorted(name for name in os.listdir(source) if name.startswith(".") and name not in (".", ".."))
    for folder in ["", *folders]:
        path = os.path.join(source, folder)
        if os.path.isdir(os.path.join(path, "cur")):
            parts.append((folder_name(account, folder, target), len(listing(path)), maildir_items(path)))
    return parts


def folder_name(account: Account, folder: str, target: str) -> str:
    """The mailbox that a folder `.A.B` of a Maildir goes to."""
    if not folder:
        return target
    try:
        name = decode_utf7(folder[1:].encode("ascii"))
    except ValueError:
        name = folder[1:]
    name = name.replace(".", account.separator)
    return name if target == INBOX else f"{target}{account.separator}{name}"


def maildir_items(path: str) -> Iterator[Item]:
    """The messages of one Maildir, oldest first."""
    held = open_directory(path, follow=True)
    try:
        keywords = Keywords(held)
        if os.path.exists(os.path.join(path, KEYWORDS)):
            keywords.refresh(os.stat(KEYWORDS, dir_fd=held, follow_symlinks=False).st_mtime_ns)
        for name, part in sorted(listing(path), key=lambda pair: (arrival(pair[0]), pair)):
            found = _read(held, f"{part}/{name}")
            if found is not None:
                text, date = found
                flags = flags_of(name, keywords) if part == "cur" else flags_of(NEW + name, keywords)
                yield Item(text, flags, date)
    finally:
        os.close(held)


def listing(path: str) -> list[tuple[str, str]]:
    """(name, `cur` or `new`) of the files that may be messages."""
    return [
        (name, part)
        for part in ("cur", "new")
        if os.path.isdir(os.path.join(path, part))
        for name in os.listdir(os.path.join(path, part))
        if usable(name)
    ]


def _read(folder: int, name: str) -> tuple[bytes, int] | None:
    """A file and its mtime; None for what is no file of mail (any more)."""
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        return None
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_MESSAGE:
            return None
        return read_from(fd, 0, found.st_size), int(found.st_mtime)
    finally:
        os.close(fd)


def make(account: Account, name: str) -> None:
    """See to it that a mailbox is there."""
    try:
        account.create(name)
        account.subscribe(name)
    except MailboxError as exc:
        if exc.code != "ALREADYEXISTS" and name != INBOX:
            raise


def add(account: Account, name: str, count: int, items: Iterable[Item]) -> int:
    """Append the messages, some at a time; how many."""
    mailbox = account.open(name)
    progress = Progress(name, count)
    batch: list[tuple[Draft, Iterable[bytes]]] = []
    octets = 0
    try:
        for item in items:
            draft = mailbox.draft(item.date)
            batch.append((draft, item.flags))
            draft.write(item.text)
            draft.finish()
            octets += len(item.text)
            if len(batch) >= BATCH or octets >= BATCH_OCTETS:
                mailbox.append(batch)
                progress.step(len(batch))
                batch, octets = [], 0
        if batch:
            mailbox.append(batch)
            progress.step(len(batch))
            batch = []
    finally:
        for draft, _ in batch:
            draft.abandon()
        progress.end()
        mailbox.close()
    return progress.done
