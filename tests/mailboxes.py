"""Accounts for tests: the model and the stores on disk."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pymaster.model.mailplace import MailPlace
from pymaster.store.mailbox.account import MaildirAccount
from pymaster.store.mailbox.mboxaccount import MboxAccount
from pymaster.util.clock import SYSTEM, Clock


def maildir_place(root: Path, **more: Any) -> MailPlace:
    return MailPlace("user", 0, 0, str(root), "maildir", str(root / "Maildir"), str(root / "Maildir"), **more)


def maildir_account(root: Path, clock: Clock = SYSTEM, **more: Any) -> MaildirAccount:
    return MaildirAccount(maildir_place(root, **more), clock)


def mbox_place(root: Path, separator: str = "/", **more: Any) -> MailPlace:
    spool = root / "spool"
    spool.mkdir(exist_ok=True)
    return MailPlace(
        "user", 0, 0, str(root), "mbox", str(spool / "user"), str(root / "mail"), separator=separator, **more
    )


def mbox_account(root: Path, clock: Clock = SYSTEM, **more: Any) -> MboxAccount:
    return MboxAccount(mbox_place(root, **more), clock)


def message(n: int = 1, extra: bytes = b"") -> bytes:
    return b"From: a@example.org\r\nTo: b@example.org\r\nSubject: message %d\r\n\r\nbody %d\r\n%s" % (n, n, extra)


def append(mailbox: Any, *messages: bytes, flags: Iterable[bytes] = (), date: int | None = None) -> list[int]:
    drafts = []
    for data in messages:
        draft = mailbox.draft(date)
        draft.write(data)
        draft.finish()
        drafts.append((draft, list(flags)))
    return list(mailbox.append(drafts))


def shown(mailbox: Any) -> dict[int, tuple[frozenset[bytes], bytes | None, int]]:
    """What a mailbox holds: (flags, bytes, internal date) by UID."""
    state = mailbox.state
    return {
        uid: (mailbox.flags.sets[state.flags[row]], mailbox.read(uid), state.dates[row])
        for row, uid in enumerate(state.uids)
    }


def flags_of(mailbox: Any, uid: int) -> set[bytes]:
    state = mailbox.state
    return set(mailbox.flags.sets[state.flags[state.position(uid)]])
