"""The Maildir store beside the model, step by step: two accounts on one tree, other programs, lost indexes."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pymaster.store.mailbox.memory import MemoryAccount
from tests.mailboxes import append, maildir_account, message, shown

FLAGS = st.sets(st.sampled_from([b"\\Seen", b"\\Deleted", b"\\Flagged", b"$Junk", b"Work"]), max_size=3)
UIDS = st.sets(st.integers(1, 25), max_size=5).map(sorted)
NAMES = ("INBOX", "Other")
LETTERS = {b"\\Seen": "S", b"\\Deleted": "T", b"\\Flagged": "F"}


class Beside(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.model = MemoryAccount()
        self.stores = [maildir_account(self.root), maildir_account(self.root)]
        self.model.create("Other")
        self.stores[0].create("Other")
        self.count = 0
        self.highest = dict.fromkeys(NAMES, 0)
        self.seen: dict[str, Any] = dict.fromkeys(NAMES)
        self.known: dict[tuple[str, int, int], bytes] = {}

    def teardown(self) -> None:
        for store in self.stores:
            store.close()
        shutil.rmtree(self.root)

    def on(self, name: str, which: int) -> tuple[Any, Any]:
        mailbox = self.stores[which].open(name)
        mailbox.refresh()
        return self.model.open(name), mailbox

    @rule(name=st.sampled_from(NAMES), which=st.integers(0, 1), many=st.integers(1, 3), flags=FLAGS)
    def append(self, name: str, which: int, many: int, flags: set[bytes]) -> None:
        pair = self.on(name, which)
        messages = [message(self.count + n) for n in range(many)]
        self.count += many
        assert append(pair[0], *messages, flags=flags, date=1_000) == append(
            pair[1], *messages, flags=flags, date=1_000
        )

    @rule(name=st.sampled_from(NAMES), which=st.integers(0, 1), uids=UIDS, how=st.sampled_from("+-="), flags=FLAGS)
    def store(self, name: str, which: int, uids: list[int], how: str, flags: set[bytes]) -> None:
        pair = self.on(name, which)
        assert pair[0].store(uids, how, flags).changed == pair[1].store(uids, how, flags).changed

    @rule(name=st.sampled_from(NAMES), which=st.integers(0, 1), uids=st.none() | UIDS)
    def expunge(self, name: str, which: int, uids: list[int] | None) -> None:
        pair = self.on(name, which)
        assert pair[0].expunge(uids) == pair[1].expunge(uids)

    @rule(name=st.sampled_from(NAMES), which=st.integers(0, 1), uids=UIDS)
    def remove(self, name: str, which: int, uids: list[int]) -> None:
        pair = self.on(name, which)
        assert pair[0].remove(uids) == pair[1].remove(uids)

    @rule(
        source=st.sampled_from(NAMES), goal=st.sampled_from(NAMES), which=st.integers(0, 1), uids=UIDS,
        move=st.booleans(),
    )  # fmt: skip
    def copy(self, source: str, goal: str, which: int, uids: list[int], move: bool) -> None:
        model, mailbox = self.on(source, which)
        there, other = self.on(goal, which)
        assert model.copy(uids, there, move=move) == mailbox.copy(uids, other, move=move)

    @rule(name=st.sampled_from(NAMES), which=st.integers(0, 1))
    def claim(self, name: str, which: int) -> None:
        model, mailbox = self.on(name, which)
        assert model.claim_recent() == mailbox.claim_recent()

    @rule(which=st.integers(0, 1))
    def reopen(self, which: int) -> None:
        """A new process; what another process lost it finds out by itself."""
        self.stores[which].close()
        self.stores[which] = maildir_account(self.root)

    @rule(name=st.sampled_from(NAMES), which=st.integers(0, 1))
    def close_one(self, name: str, which: int) -> None:
        self.stores[which].open(name).close()

    @rule(name=st.sampled_from(NAMES), file=st.sampled_from(["index", "log", "cache"]), cut=st.integers(0, 400))
    def damage(self, name: str, file: str, cut: int) -> None:
        """Lose an index. Who had claimed what is lost with it, so it is claimed first."""
        model, mailbox = self.on(name, 0)
        assert model.claim_recent() == mailbox.claim_recent()
        for which in (0, 1):
            self.reopen(which)
        path = self.folder(name) / f"pymaster.{file}"
        if not path.exists():
            return
        if cut < 100:
            path.unlink()
        else:
            # A log that lost only its last records cannot be told from one whose writer died.
            os.truncate(path, cut % 24 if file == "log" else min(cut, path.stat().st_size))

    def folder(self, name: str) -> Path:
        return self.root / "Maildir" / ("" if name == "INBOX" else ".Other")

    @rule(name=st.sampled_from(NAMES), which=st.integers(0, 1), at=st.integers(0, 20), flags=FLAGS)
    def renamed_by_another(self, name: str, which: int, at: int, flags: set[bytes]) -> None:
        model, mailbox = self.on(name, which)
        if at >= len(mailbox.state):
            return
        uid, place = mailbox.state.uids[at], mailbox.view.places[at]
        known = {flag for flag in flags if flag in LETTERS}
        base = place.removeprefix("new/").partition(":")[0]
        source = self.folder(name) / (place if place.startswith("new/") else f"cur/{place}")
        letters = "".join(sorted(LETTERS[flag] for flag in known))
        os.rename(source, self.folder(name) / "cur" / f"{base}:2,{letters}")
        model.store([uid], "=", known)

    @rule(name=st.sampled_from(NAMES), which=st.integers(0, 1), at=st.integers(0, 20))
    def removed_by_another(self, name: str, which: int, at: int) -> None:
        model, mailbox = self.on(name, which)
        if at >= len(mailbox.state):
            return
        uid, place = mailbox.state.uids[at], mailbox.view.places[at]
        os.unlink(self.folder(name) / (place if place.startswith("new/") else f"cur/{place}"))
        model.remove([uid])

    @invariant()
    def same(self) -> None:
        for name in NAMES:
            for which in (0, 1):
                model, mailbox = self.on(name, which)
                assert shown(model) == shown(mailbox), (name, which)
                ours, theirs = mailbox.counts(), model.counts()
                for field in ("messages", "recent", "unseen", "deleted", "size", "deleted_size", "uidnext"):
                    assert getattr(ours, field) == getattr(theirs, field), field
                assert max(mailbox.state.modseqs, default=0) <= mailbox.state.highest
                assert self.highest[name] <= mailbox.state.highest
                now = shown(mailbox)
                assert self.seen[name] is None or now == self.seen[name] or mailbox.state.highest > self.highest[name]
                self.seen[name], self.highest[name] = now, mailbox.state.highest
                for uid, (_, data, _) in now.items():
                    assert self.known.setdefault((name, mailbox.uidvalidity, uid), data or b"") == data, "I5"


Beside.TestCase.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestBeside = Beside.TestCase
