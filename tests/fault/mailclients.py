"""mailclients - what a client of the mailbox stress test does, in a process of its own, and the ledger it writes.

    python -m tests.fault.mailclients PORT USER PASSWORD SEED SECONDS LEDGER

Every line of the ledger is JSON. `put`: an APPEND was answered OK with this UID; `saw`: a FETCH gave these bytes for a UID;
`gone`: this UID was told to be expunged, by us (an answer came, or the connection broke while one was awaited); `moved`:
copied or moved, from UID to UID. The parent checks that a (mailbox, UIDVALIDITY, UID) names one content for ever.
"""

import contextlib
import hashlib
import imaplib
import json
import random
import re
import sys
import time
from pathlib import Path
from typing import Any

BOXES = ("INBOX", "Work", "Archive")
_BODY = re.compile(rb"UID ([0-9]+)")
# An operation on a server that is killed under it takes no longer.
TIMEOUT = 20.0
TROUBLE = (imaplib.IMAP4.error, imaplib.IMAP4.abort, OSError)


class Client:
    """One client with its random choices."""

    def __init__(self, port: int, user: str, password: str, seed: int, path: str) -> None:
        self.port, self.user, self.password = port, user, password
        self.chance, self.seed, self.serial = random.Random(seed), seed, 0
        self.ledger = Path(path).open("a", buffering=1)  # noqa: SIM115 - for the process's life
        self.imap: imaplib.IMAP4 | None = None
        self.box, self.validity = "", 0

    def note(self, kind: str, **facts: Any) -> None:
        """A line of the ledger."""
        self.ledger.write(json.dumps({"kind": kind, **facts}) + "\n")

    def run(self, seconds: float) -> None:
        """Work until the time is over; a broken connection is made anew."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                self.connect()
                while time.monotonic() < until:
                    self.chance.choice(
                        (
                            self.append,
                            self.append,
                            self.fetch,
                            self.fetch,
                            self.store,
                            self.expunge,
                            self.copy,
                            self.move,
                            self.select,
                        )
                    )()
                self.imap.logout() if self.imap else None
            except TROUBLE:
                self.note("lost")
                time.sleep(0.02)
            finally:
                with contextlib.suppress(*TROUBLE):
                    if self.imap is not None:
                        self.imap.shutdown()
                self.imap = None

    def connect(self) -> None:
        """Log in and select."""
        self.imap = imaplib.IMAP4("127.0.0.1", self.port, timeout=TIMEOUT)
        self.imap.login(self.user, self.password)
        self.select()

    def say(self, *command: str) -> list[Any]:
        """A command that must be answered OK; a NO is no error here (somebody else was faster)."""
        assert self.imap is not None
        status, data = getattr(self.imap, command[0])(*command[1:])
        return data if status == "OK" else []

    def select(self) -> None:
        """Another mailbox."""
        assert self.imap is not None
        self.box = self.chance.choice(BOXES)
        status, _ = self.imap.select(self.box)
        if status != "OK":
            self.imap.create(self.box)
            self.imap.select(self.box)
        self.validity = int(self.imap.response("UIDVALIDITY")[1][0])

    def uids(self) -> list[int]:
        """What is there."""
        data = self.say("uid", "SEARCH", "ALL")
        return [int(item) for item in data[0].split()] if data and data[0] else []

    def append(self) -> None:
        """A message that proves itself: its name, and a hash of its body."""
        assert self.imap is not None
        self.serial += 1
        body = (f"line {self.chance.random()}\r\n" * self.chance.randrange(1, 400)).encode()
        name = f"{self.seed}.{self.serial}"
        text = f"Subject: {name}\r\nX-Body: {hashlib.sha256(body).hexdigest()}\r\n\r\n".encode() + body
        box = self.chance.choice(BOXES)
        self.note("try", name=name, digest=digest(text))
        status, data = self.imap.append(box, "", imaplib.Time2Internaldate(time.time()), text)
        if status == "OK":
            found = re.search(rb"APPENDUID ([0-9]+) ([0-9]+)", data[0])
            assert found is not None, data
            self.note("put", box=box, validity=int(found[1]), uid=int(found[2]), digest=digest(text), name=name)

    def fetch(self) -> None:
        """Read some messages whole."""
        uids = self.uids()
        if not uids:
            return
        wanted = ",".join(str(uid) for uid in self.chance.sample(uids, min(len(uids), 5)))
        for item in self.say("uid", "FETCH", wanted, "(UID BODY.PEEK[])"):
            if isinstance(item, tuple):
                found = _BODY.search(item[0])
                assert found is not None, item[0]
                self.note(
                    "saw",
                    box=self.box,
                    validity=self.validity,
                    uid=int(found[1]),
                    digest=digest(item[1]),
                    whole=whole(item[1]),
                )

    def store(self) -> None:
        """Flags of some messages."""
        uids = self.uids()
        if uids:
            flag = self.chance.choice(("\\Seen", "\\Flagged", "$Work", "\\Answered"))
            self.say(
                "uid", "STORE", str(self.chance.choice(uids)), self.chance.choice(("+FLAGS", "-FLAGS")), f"({flag})"
            )

    def expunge(self) -> None:
        """Remove one message."""
        uids = self.uids()
        if len(uids) > 15:
            uid = self.chance.choice(uids)
            self.note("gone", box=self.box, validity=self.validity, uid=uid)
            self.say("uid", "STORE", str(uid), "+FLAGS.SILENT", "(\\Deleted)")
            self.say("uid", "EXPUNGE", str(uid))

    def copy(self) -> None:
        """Copy one message to another mailbox."""
        self.transfer("COPY")

    def move(self) -> None:
        """Move one."""
        self.transfer("MOVE")

    def transfer(self, verb: str) -> None:
        """COPY or MOVE, with the answer's UIDs."""
        assert self.imap is not None
        uids = self.uids()
        if not uids or len(uids) > 60:
            return
        uid, target = self.chance.choice(uids), self.chance.choice([box for box in BOXES if box != self.box])
        if verb == "MOVE":
            self.note("moving", box=self.box, validity=self.validity, uid=uid)
        self.imap.untagged_responses.pop("COPYUID", None)
        status, _ = self.imap.uid(verb, str(uid), target)
        found = self.imap.response("COPYUID")[1]
        if status == "OK" and found and found[0]:
            validity, source, there = found[0].split()
            self.note("moved", verb=verb, box=self.box, validity=self.validity, uid=int(source), target=target,
                      target_validity=int(validity), target_uid=int(there))  # fmt: skip


def digest(text: bytes) -> str:
    """A message's name for the ledger."""
    return hashlib.sha256(text).hexdigest()


def whole(text: bytes) -> bool:
    """Whether a message's body is what its header says."""
    head, _, body = text.partition(b"\r\n\r\n")
    found = re.search(rb"^X-Body: ([0-9a-f]+)", head, re.MULTILINE)
    return found is not None and hashlib.sha256(body).hexdigest().encode() == found[1]


if __name__ == "__main__":
    port, user, password, seed, seconds, path = sys.argv[1:]
    Client(int(port), user, password, int(seed), path).run(float(seconds))
