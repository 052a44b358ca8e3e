"""Eight clients on shared mailboxes, mail workers killed every 200 ms, for two minutes (mbox: half a minute): no UID ever
names two contents, nothing answered OK is lost, nothing is torn (I4, I5, I6).

PYMASTER_STRESS_SECONDS makes it longer or shorter, PYMASTER_STRESS_SEED repeats a run's choices.
"""

import contextlib
import imaplib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from harness import ROOT

from tests.fault.mailclients import BOXES, digest, whole
from tests.system.reading import Reading

SECONDS = float(os.environ.get("PYMASTER_STRESS_SECONDS", "120"))
CLIENTS, PAUSE = 8, 0.2
Name = tuple[str, int, int]


class Auditor:
    """What all ledgers say together."""

    def __init__(self, paths: list[Path]) -> None:
        self.content: dict[Name, set[str]] = defaultdict(set)
        self.put: dict[Name, str] = {}
        self.gone: set[Name] = set()
        self.torn: list[dict[str, Any]] = []
        self.tried: set[str] = set()
        self.counts: dict[str, int] = defaultdict(int)
        copies = []
        for path in paths:
            for line in path.read_text().split("\n"):
                if line.endswith("}"):
                    copies += self.take(json.loads(line))
        # A copy names the same bytes as its source; sources may be known only after another client's fetch.
        for source, target in copies:
            self.content[target] |= self.content[source]
            self.put.setdefault(target, next(iter(self.content[source]), ""))

    def take(self, fact: dict[str, Any]) -> list[tuple[Name, Name]]:
        """One line."""
        kind = fact["kind"]
        self.counts[kind] += 1
        if kind == "try":
            self.tried.add(fact["digest"])
        if kind in ("lost", "try"):
            return []
        name = (fact["box"], fact["validity"], fact["uid"])
        if kind in ("put", "saw"):
            self.content[name].add(fact["digest"])
        if kind == "put":
            assert name not in self.put, f"a UID was given twice: {name}"
            self.put[name] = fact["digest"]
        if kind == "saw" and not fact["whole"]:
            self.torn.append(fact)
        if kind in ("gone", "moving"):
            self.gone.add(name)
        if kind == "moved":
            return [(name, (fact["target"], fact["target_validity"], fact["target_uid"]))]
        return []


def kill_workers(mail: Reading, seconds: float, chance: random.Random) -> int:
    """Kill a mail worker, now and then the spawner, every 200 ms; how many."""
    until, killed = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        time.sleep(PAUSE)
        name = "mailboxd" if chance.random() < 0.05 else "mailbox"
        pids = mail.workers(name)
        if pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(pids), signal.SIGKILL)
                killed += 1
    return killed


def inventory(mail: Reading) -> dict[Name, str]:
    """Everything that is there at the end, by name."""
    found: dict[Name, str] = {}
    client = imaplib.IMAP4("127.0.0.1", mail.imap, timeout=60)
    client.login("user@localhost", Reading.PASSWORD)
    for box in BOXES:
        if client.select(box)[0] != "OK":
            continue
        validity = int((client.response("UIDVALIDITY")[1][0] or b"0").decode())
        for item in client.uid("FETCH", "1:*", "(UID BODY.PEEK[])")[1]:
            if isinstance(item, tuple):
                uid = int(item[0].split(b"UID ")[1].split()[0])
                assert whole(item[1]), f"torn at the end: {box} {uid}"
                found[box, validity, uid] = digest(item[1])
    client.logout()
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "share"), [("maildir", 1.0), ("mbox", 0.25)])
def test_eight_clients_while_workers_are_killed(tmp_path: Path, kind: str, share: float) -> None:
    seconds = SECONDS * share
    seed = int(os.environ.get("PYMASTER_STRESS_SEED", "0")) or random.randrange(1, 1 << 30)
    print(f"seed {seed}: PYMASTER_STRESS_SEED={seed} repeats its choices")
    users = {"users": ("user",)} if kind == "maildir" else {"users": (), "mbox": ("user",)}
    with Reading(main={"imapd_max_user_sessions": "0"}, **users) as mail:
        ledgers = [tmp_path / f"ledger{number}" for number in range(CLIENTS)]
        clients = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.fault.mailclients", str(mail.imap), "user@localhost", Reading.PASSWORD,
                 str(seed + number), str(seconds), str(path)],
                cwd=ROOT, stderr=subprocess.PIPE,
            )
            for number, path in enumerate(ledgers)
        ]  # fmt: skip
        killed = kill_workers(mail, seconds, random.Random(seed))
        for client in clients:
            _, errors = client.communicate(timeout=120)
            assert client.returncode == 0, errors.decode()
        audit, there = Auditor(ledgers), inventory(mail)
        log = mail.log_text()
    assert "Traceback" not in log, log[-5000:]
    print(f"{killed} kills, {dict(audit.counts)}, {len(there)} messages at the end")
    twofold = {name: kinds for name, kinds in audit.content.items() if len(kinds) > 1}
    assert not twofold, f"a UID named two contents: {twofold}"
    wrong = {name for name, value in there.items() if (audit.content.get(name) or {value}) != {value}}
    assert not wrong, f"a UID names other bytes at the end: {wrong}"
    assert not audit.torn, f"torn messages were seen: {audit.torn[:5]}"
    assert set(there.values()) <= audit.tried, "a message that nobody sent"
    lost = [name for name in audit.put if name not in there and name not in audit.gone]
    assert not lost, f"answered OK and gone: {lost[:10]} of {len(audit.put)}"
    assert audit.counts["put"] > seconds and killed > seconds, log[-6000:]
