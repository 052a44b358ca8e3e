"""Kill what writes to a Maildir at any instant: a UID never names other bytes (I5), no torn message is seen (I6)."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pymaster.store.mailbox.contract import MailboxError
from tests.mailboxes import append, maildir_account

ROUNDS = 25


def body(tag: str) -> bytes:
    """A message that says by itself whether it is whole."""
    text = b"Subject: %s\r\n\r\n" % tag.encode() + tag.encode() * random.randint(1, 400) + b"\r\n"
    return text + hashlib.md5(text, usedforsecurity=False).hexdigest().encode() + b"\r\n"


def whole(data: bytes) -> bool:
    return hashlib.md5(data[:-34], usedforsecurity=False).hexdigest().encode() == data[-34:-2]


def forked(work: Callable[[], None]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        work()
    finally:
        os._exit(0)


def busy(root: Path, tag: str, pipe: int) -> Callable[[], None]:
    """Appends, flags, copies, moves and removes for ever; says through the pipe which UIDs it was told."""

    def run() -> None:
        random.seed(os.getpid())
        account = maildir_account(root)
        boxes = [account.open("INBOX"), account.open("Other")]
        n = 0
        while True:
            box = random.choice(boxes)
            other = random.choice(boxes)
            box.refresh()
            uids = list(box.state.uids)
            some = random.sample(uids, min(len(uids), 3))
            n += 1
            with contextlib.suppress(MailboxError):
                what = random.random()
                if what < 0.4 or len(uids) < 5:
                    data = body(f"{tag}-{n}")
                    (uid,) = append(box, data, flags=random.sample([b"\\Seen", b"$Junk"], random.randint(0, 2)))
                    told = f"{box.name} {box.uidvalidity} {uid} {hashlib.md5(data).hexdigest()}\n"
                    os.write(pipe, told.encode())
                elif what < 0.6:
                    box.store(some, "+-"[n % 2], [b"\\Flagged", b"Work"])
                elif what < 0.7:
                    box.remove(some[:1])
                elif what < 0.8:
                    box.copy(some, other)
                elif what < 0.9:
                    box.copy(some, other, move=True)
                else:
                    box.claim_recent()

    return run


@pytest.mark.slow
def test_killed_at_any_instant(tmp_path: Path) -> None:
    account = maildir_account(tmp_path)
    account.create("Other")
    known: dict[tuple[str, int, int], bytes] = {}
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    random.seed(7)
    for attempt in range(ROUNDS):
        children = [forked(busy(tmp_path, f"{attempt}.{n}", writer)) for n in range(2)]
        time.sleep(random.uniform(0.02, 0.25))
        for child in children:
            os.kill(child, signal.SIGKILL)
        for child in children:
            os.waitpid(child, 0)
        check(account, known)
        check_told(known, reader)
        if attempt % 5 == 4:
            (tmp_path / "Maildir" / "pymaster.log").unlink(missing_ok=True)
        if attempt % 7 == 6:
            account.close()
            account = maildir_account(tmp_path)
    assert len(known) > 20
    account.close()


def check(account: Any, known: dict[tuple[str, int, int], bytes]) -> None:
    for name in ("INBOX", "Other"):
        box = account.open(name)
        box.refresh()
        assert list(box.state.uids) == sorted(set(box.state.uids))
        for row, uid in enumerate(box.state.uids):
            data = box.read(uid)
            assert data is not None and len(data) == box.state.sizes[row]
            assert whole(data), "I6"
            digest = hashlib.md5(data).digest()
            assert known.setdefault((name, box.uidvalidity, uid), digest) == digest, "I5"
        box.close()


def check_told(known: dict[tuple[str, int, int], bytes], reader: int) -> None:
    """UIDs that a client was told, though the message may be gone by now."""
    data = b""
    with contextlib.suppress(BlockingIOError):
        while block := os.read(reader, 65536):
            data += block
    for line in data.decode().split("\n"):
        if line.count(" ") == 3 and len(line.rpartition(" ")[2]) == 32:
            name, validity, uid, digest = line.split(" ")
            assert known.setdefault((name, int(validity), int(uid)), bytes.fromhex(digest)).hex() == digest, "I5"


@pytest.mark.slow
def test_a_move_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    account = maildir_account(tmp_path)
    account.create("Other")
    inbox, other = account.open("INBOX"), account.open("Other")
    everything = {body(f"m{n}") for n in range(30)}
    append(inbox, *everything)

    def move_for_ever() -> None:
        mine = maildir_account(tmp_path)
        boxes = [mine.open("INBOX"), mine.open("Other")]
        while True:
            for source, target in (boxes, boxes[::-1]):
                source.refresh()
                source.copy(list(source.state.uids), target, move=True)

    for _ in range(15):
        child = forked(move_for_ever)
        time.sleep(random.uniform(0.02, 0.15))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        found = []
        for box in (inbox, other):
            box.refresh()
            found += [box.read(uid) for uid in box.state.uids]
        assert len(found) == len(everything) and set(found) == everything
    account.close()


@pytest.mark.slow
def test_two_processes_at_once(tmp_path: Path) -> None:
    """Dense UIDs, and everybody ends with the same view."""
    account = maildir_account(tmp_path)
    inbox = account.open("INBOX")

    def work(tag: str) -> Callable[[], None]:
        def run() -> None:
            mine = maildir_account(tmp_path).open("INBOX")
            for n in range(40):
                (uid,) = append(mine, body(f"{tag}{n}"))
                mine.store([uid], "+", [b"\\Seen"])
                if n % 4 == 3:
                    mine.remove([uid])

        return run

    before = inbox.state.highest
    children = [forked(work(tag)) for tag in "abc"]
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    inbox.refresh()
    assert inbox.state.uidnext == 121 and len(inbox.state) == 90
    gone = inbox.vanished(before)
    assert gone is not None and sum(high - low + 1 for low, high in gone) == 30
    assert len(set(inbox.state.modseqs)) == 90 and inbox.counts().unseen == 0
    again = maildir_account(tmp_path).open("INBOX")
    assert again.state == inbox.state
    account.close()


@pytest.mark.slow
def test_another_program_renames_all_the_time(tmp_path: Path) -> None:
    """No message is taken for expunged because a listing missed it while mutt set its flags."""
    account = maildir_account(tmp_path)
    inbox = account.open("INBOX")
    count = 200
    append(inbox, *[body(f"m{n}") for n in range(count)])
    box = tmp_path / "Maildir"

    def rename_for_ever() -> None:
        while True:
            for folder in ("new", "cur"):
                for name in os.listdir(box / folder):
                    letters = "".join(random.sample("FRS", random.randint(0, 3)))
                    with contextlib.suppress(FileNotFoundError):
                        os.rename(box / folder / name, box / "cur" / f"{name.partition(':')[0]}:2,{letters}")

    child = forked(rename_for_ever)
    ends = time.monotonic() + 4
    try:
        while time.monotonic() < ends:
            inbox.refresh()
            assert len(inbox.state) == count and inbox.state.uidnext == count + 1
            uid = random.randint(1, count)
            inbox.store([uid], "+", [b"Work"])
            data = inbox.read(uid)
            assert data is None or whole(data)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    inbox.refresh()
    assert list(inbox.state.uids) == list(range(1, count + 1))
    account.close()
