"""I4, I5, I6 on an mbox: our process is killed at random while others deliver, flag and delete in the same file.

The child works through the store and says what is done on a pipe, one line each, after the call has returned. What it has
said must hold when the file is opened again, for ever, and no UID may ever name two messages.
"""

from __future__ import annotations

import contextlib
import mailbox
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pymaster.store import mbox
from pymaster.store.mboxjournal import Journal
from pymaster.store.mboxlock import Locking
from tests.conftest import ROOT
from tests.mailboxes import mbox_account, message

WORK = """
import os, random, sys
from pathlib import Path
from pymaster.store.mailbox.contract import MailboxError
from tests.mailboxes import append, mbox_account, message
root, seed = Path(sys.argv[1]), int(sys.argv[2])
rng = random.Random(seed)
box = mbox_account(root).open("INBOX")
def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())
say("open", box.uidvalidity)
while True:
    try:
        uids = list(box.refresh().uids)
        action = rng.random()
        if action < 0.5 or not uids:
            number = rng.randrange(1 << 40)
            count = rng.choice((1, 1, 3))
            made = append(box, *[message(number + n, b"x\\r\\n" * rng.choice((1, 3000))) for n in range(count)])
            for n, uid in enumerate(made):
                say("add", uid, number + n)
        elif action < 0.75:
            box.store(rng.sample(uids, min(3, len(uids))), rng.choice("+-="), rng.choice(([b"\\\\Seen"], [b"Work", b"\\\\Flagged"])))
        else:
            going = rng.sample(uids, min(rng.choice((1, 2, 50)), len(uids)))
            say("going", *going)
            say("gone", *box.remove(going))
    except MailboxError as exc:
        if exc.code != "INUSE":
            raise
"""


class Truth:
    """What was said so far: UID -> number of the message, and which were to go or went."""

    def __init__(self) -> None:
        self.validity, self.names = 0, {}
        self.going: set[int] = set()
        self.gone: set[int] = set()
        self.shown: dict[int, bytes] = {}

    def hear(self, lines: list[str]) -> None:
        for line in lines:
            word, *rest = line.split(" ")
            numbers = [int(each) for each in rest]
            if word == "open":
                assert self.validity in (0, numbers[0]), "UIDVALIDITY changed"
                self.validity = numbers[0]
            elif word == "add":
                assert numbers[0] not in self.names, "a UID was given twice"
                self.names[numbers[0]] = numbers[1]
            else:
                (self.going if word == "going" else self.gone).update(numbers)

    def check(self, root: Path) -> None:
        account = mbox_account(root)
        box = account.open("INBOX")
        assert box.uidvalidity == self.validity
        present = {uid: box.read(uid) for uid in box.state.uids}
        account.close()
        assert None not in present.values()
        for uid, data in present.items():
            assert self.shown.setdefault(uid, data) == data, "a UID names other bytes"
            assert data.endswith(b"\r\n") and data.count(b"Subject: ") == 1, "torn"
            if uid in self.names:
                assert f"Subject: message {self.names[uid]}\r\n".encode() in data
        assert not present.keys() & self.gone, "what was removed is back"
        missing = self.names.keys() - present.keys() - self.going
        assert not missing, "what was stored is gone"


def child(root: Path, seed: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WORK, str(root), str(seed)], stdout=subprocess.PIPE, cwd=ROOT)


def whole_lines(data: bytes) -> list[str]:
    return data.decode().split("\n")[:-1]


def run_and_kill(root: Path, truth: Truth, seed: int, seconds: float) -> None:
    process = child(root, seed)
    first = process.stdout.readline().decode()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read()
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()
    truth.hear([first.rstrip("\n"), *whole_lines(rest)])


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_killed_at_random(tmp_path: Path, seed: int) -> None:
    rng, truth = random.Random(seed), Truth()
    for turn in range(6 if seed == 1 else 40):
        run_and_kill(tmp_path, truth, seed * 1000 + turn, rng.uniform(0.02, 0.4))
        if rng.random() < 0.3:
            # The index is disposable.
            for path in (tmp_path / "mail" / ".imap" / "INBOX").glob("pymaster.*"):
                if path.name in ("pymaster.index", "pymaster.log", "pymaster.cache"):
                    path.unlink()
        truth.check(tmp_path)
    assert len(truth.names) > 10


def deliver(root: Path, journal: Journal, number: int) -> None:
    """As local does."""
    text = b"From a@b  Mon Jan  1 00:00:00 2024\n" + message(number).replace(b"\r\n", b"\n") + b"\n"
    place = mbox.Mailbox(str(root / "spool" / "user"), Locking(attempts=400, delay=0.01, stale=3.0))
    assert mbox.append(place, f"K{number}", [text], journal)


def flag_as_others_do(root: Path, rng: random.Random) -> None:
    """As a program that rewrites the file: Status changed, one message deleted perhaps."""
    box = mailbox.mbox(str(root / "spool" / "user"), create=False)
    # It renames, and then wants the lock of the new file, too, which one of us may just be trying.
    with contextlib.closing(box), contextlib.suppress(mailbox.ExternalClashError):
        box.lock()
        for key in list(box.keys())[:: rng.choice((2, 5))]:
            found = box[key]
            if b"INTERNAL" not in bytes(found):
                found.set_flags(rng.choice(("RO", "FO", "")))
                box[key] = found
        with contextlib.ExitStack() as stack:
            stack.callback(box.unlock)
            box.flush()


def test_killed_while_others_work_on_the_same_file(tmp_path: Path) -> None:
    rng, truth = random.Random(7), Truth()
    journal = Journal(str(tmp_path / "notes"))
    delivered = []
    mbox_account(tmp_path).close()
    for turn in range(5):
        process = child(tmp_path, 7000 + turn)
        first = process.stdout.readline().decode()
        until = time.monotonic() + rng.uniform(0.1, 0.4)
        while time.monotonic() < until:
            delivered.append((1 << 41) + len(delivered))
            deliver(tmp_path, journal, delivered[-1])
            if rng.random() < 0.1:
                flag_as_others_do(tmp_path, rng)
        process.send_signal(signal.SIGKILL)
        truth.hear([first.rstrip("\n"), *whole_lines(process.stdout.read())])
        process.wait()
        process.stdout.close()
        truth.check(tmp_path)
    journal.close()
    texts = b"".join(truth.shown.values())
    never = [number for number in delivered if b"Subject: message %d\r\n" % number not in texts]
    # Removed by the child before anybody else looked.
    assert len(never) <= len(truth.going)
