"""The mail store's contract, against the model and the stores on disk alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pymaster.proto.message.digest import SUBJECT
from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.mboxaccount import MboxAccount
from pymaster.store.mailbox.memory import MemoryAccount
from pymaster.store.mailbox.state import MAX_KEYWORDS
from tests.mailboxes import append, flags_of, maildir_account, mbox_account, message, shown

STORES: dict[str, Callable[[Path], Any]] = {
    "memory": lambda root: MemoryAccount(),
    "maildir": maildir_account,
    "slash": lambda root: maildir_account(root, separator="/"),
    "mbox": mbox_account,
    "mbox-dot": lambda root: mbox_account(root, separator=".", index=str(root / "index")),
    "apart": lambda root: maildir_account(root, index=str(root / "index")),
}


@pytest.fixture(params=sorted(STORES))
def account(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    made = STORES[request.param](tmp_path)
    yield made
    made.close()


@pytest.fixture
def inbox(account: Any) -> Any:
    return account.open("INBOX")


def kept(account: Any, data: bytes) -> bytes:
    """What becomes of a message: an mbox has whole lines, and an end of the header."""
    if isinstance(account, MboxAccount):
        data += b"" if data.endswith(b"\r\n") else b"\r\n"
        data += b"" if b"\r\n\r\n" in data or data.startswith(b"\r\n") else b"\r\n"
    return data


@pytest.fixture(params=sorted(name for name in STORES if not name.startswith("mbox")))
def family(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Where a mailbox with messages may have children: not where it is a file."""
    made = STORES[request.param](tmp_path)
    yield made
    made.close()


def refused(code: str) -> Any:
    return pytest.raises(MailboxError, check=lambda exc: exc.code == code)


def test_an_empty_mailbox(inbox: Any) -> None:
    assert len(inbox.refresh()) == 0
    assert inbox.uidvalidity > 0 and inbox.mailbox_id
    assert inbox.state.highest >= 1 and inbox.state.uidnext == 1
    assert inbox.claim_recent() == set() and inbox.expunge() == [] and inbox.remove([7]) == []


def test_append_and_read(inbox: Any) -> None:
    before = inbox.state.highest
    assert append(inbox, message(1), flags=[b"\\Seen", b"$Junk"], date=1_000_000_000) == [1]
    assert append(inbox, message(2)) == [2]
    state = inbox.state
    assert list(state.uids) == [1, 2] and state.uidnext == 3 and state.highest == before + 2
    assert list(state.sizes) == [len(message(1)), len(message(2))]
    assert state.dates[0] == 1_000_000_000 and abs(state.saved[0] - state.dates[1]) < 60
    assert inbox.read(1) == message(1) and inbox.read(2) == message(2) and inbox.read(3) is None
    assert flags_of(inbox, 1) == {b"\\Seen", b"$Junk"} and flags_of(inbox, 2) == set()
    assert list(state.modseqs) == [before + 1, before + 2]


@pytest.mark.parametrize(
    "data",
    [b"\r\n", b"x", b"a\nb\r\nc", b"a\rb\r\n", b"a\r\r\nb\r\n\r\r\r\n", b"\0\xff\r\n" * 3, b"a\r", b"\r\r\r"],
    ids=repr,
)
def test_bytes_come_back_in_wire_form(account: Any, inbox: Any, data: bytes) -> None:
    for size in (1, 2, len(data)):
        draft = inbox.draft()
        for at in range(0, len(data), size):
            draft.write(data[at : at + size])
        draft.finish()
        (uid,) = inbox.append([(draft, [])])
        expected = kept(account, data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        assert inbox.read(uid) == expected
        assert inbox.state.sizes[inbox.state.position(uid)] == len(expected)


def test_several_at_once_are_one_commit(inbox: Any) -> None:
    before = inbox.state.highest
    assert append(inbox, *[message(n) for n in range(5)]) == [1, 2, 3, 4, 5]
    assert inbox.state.highest == before + 1


def test_recent_is_given_once(inbox: Any) -> None:
    append(inbox, message(1), message(2), message(3))
    assert inbox.recent_count() == 3
    inbox.remove([2])
    assert inbox.recent_count() == 2
    assert inbox.claim_recent() == {1, 3} and inbox.claim_recent() == set() and inbox.recent_count() == 0
    append(inbox, message(4))
    assert inbox.claim_recent() == {4}
    assert inbox.read(4) == message(4)


def test_store(inbox: Any) -> None:
    append(inbox, message(1), message(2))
    before = inbox.state
    found = inbox.store([1, 2, 9], "+", [b"\\seen", b"$Label"])
    assert found.changed == [1, 2] and found.state is inbox.state
    assert flags_of(inbox, 1) == {b"\\Seen", b"$Label"}
    assert list(before.flags) == [0, 0], "a state never changes"
    assert list(inbox.state.modseqs) == [before.highest + 1] * 2
    same = inbox.state
    assert inbox.store([1], "+", [b"\\Seen"]).changed == [1]
    assert inbox.state.highest == same.highest
    inbox.store([1], "-", [b"\\Seen"])
    inbox.store([2], "=", [b"\\Flagged", b"$LABEL"])
    assert flags_of(inbox, 1) == {b"$Label"} and flags_of(inbox, 2) == {b"\\Flagged", b"$Label"}
    found = inbox.store([1, 2], "+", [b"\\Draft"], unchanged_since=inbox.state.highest - 1)
    assert found.changed == [1] and found.modified == [2]


def test_keywords_have_limits(inbox: Any) -> None:
    append(inbox, message(1))
    with refused("LIMIT"):
        inbox.store([1], "+", [b"x" * 51])
    with refused("LIMIT"):
        inbox.store([1], "+", [b"k%d" % n for n in range(MAX_KEYWORDS + 1)])


def test_forty_keywords(inbox: Any) -> None:
    append(inbox, message(1))
    words = [b"Word%d" % n for n in range(40)]
    inbox.store([1], "+", words)
    assert flags_of(inbox, 1) == set(words)
    inbox.store([1], "-", words[:20])
    inbox.refresh()
    assert flags_of(inbox, 1) == set(words[20:])


def test_expunge(inbox: Any) -> None:
    append(inbox, *[message(n) for n in range(1, 7)])
    inbox.store([2, 3, 5], "+", [b"\\Deleted"])
    before = inbox.state.highest
    assert inbox.expunge([3, 4]) == [3]
    assert inbox.expunge() == [2, 5]
    assert list(inbox.state.uids) == [1, 4, 6] and inbox.state.highest == before + 2
    assert inbox.read(3) is None and inbox.read(4) == message(4)
    assert inbox.vanished(before) == [(2, 3), (5, 5)] and inbox.vanished(before + 1) == [(2, 2), (5, 5)]
    assert inbox.vanished(inbox.state.highest) == []
    assert inbox.remove([6, 6, 1]) == [1, 6]
    assert append(inbox, message(9)) == [7], "UIDs are never used again"


def test_copy(account: Any, inbox: Any) -> None:
    account.create("Other")
    other = account.open("Other")
    append(inbox, message(1), message(2), date=1_234_567_890)
    inbox.store([2], "+", [b"\\Seen", b"$Thing"])
    other.store([], "+", [b"$First"])
    assert inbox.copy([2, 1, 7], other) == [(2, 1), (1, 2)]
    assert other.read(1) == message(2) and other.read(2) == message(1)
    assert flags_of(other, 1) == {b"\\Seen", b"$Thing"} and other.state.dates[0] == 1_234_567_890
    assert list(inbox.state.uids) == [1, 2]
    assert inbox.copy([1], inbox) == [(1, 3)] and inbox.read(3) == message(1)
    assert inbox.content_id(1) == other.content_id(2) == inbox.content_id(3) != inbox.content_id(2)
    assert inbox.copy([55], other) == []


def test_move(account: Any, inbox: Any) -> None:
    account.create("Other")
    other = account.open("Other")
    append(inbox, message(1), message(2), message(3), flags=[b"\\Answered"])
    before = inbox.state.highest
    assert inbox.copy([1, 3], other, move=True) == [(1, 1), (3, 2)]
    assert list(inbox.state.uids) == [2] and inbox.vanished(before) == [(1, 1), (3, 3)]
    assert other.read(2) == message(3) and flags_of(other, 2) == {b"\\Answered"}
    assert inbox.refresh() is inbox.state and list(inbox.state.uids) == [2]
    assert other.copy([1], other, move=True) == [(1, 3)]
    assert list(other.state.uids) == [2, 3] and other.read(3) == message(1)


def test_counts(account: Any, inbox: Any) -> None:
    append(inbox, message(1), message(2), flags=[b"\\Seen"])
    append(inbox, message(3), flags=[b"\\Deleted"])
    inbox.claim_recent()
    append(inbox, message(4))
    for counts in (inbox.counts(), account.counts("INBOX")):
        assert (counts.messages, counts.recent, counts.unseen, counts.deleted) == (4, 1, 2, 1)
        assert counts.size == 4 * len(message(1)) and counts.deleted_size == len(message(3))
        assert counts.uidnext == 5 and counts.highest == inbox.state.highest
        assert counts.uidvalidity == inbox.uidvalidity and counts.mailbox_id == inbox.mailbox_id
    inbox.store([3], "-", [b"\\Deleted"])
    inbox.remove([1])
    counts = inbox.counts()
    assert (counts.messages, counts.unseen, counts.deleted, counts.deleted_size) == (3, 2, 0, 0)


def test_uidl_and_digest(inbox: Any) -> None:
    append(inbox, message(1))
    assert inbox.uidl(1) == b"%08x%08x" % (1, inbox.uidvalidity)
    inbox.prepare([1, 2])
    digest = inbox.digest(1)
    assert digest.size == len(message(1)) and digest[SUBJECT].lower() == b"message 1"
    assert inbox.digest(2) is None
    append(inbox, message(3))
    found = inbox.digests_of([3, 2, 1])
    assert [each and each[SUBJECT].lower() for each in found] == [None, b"message 3", b"message 1"]


def test_quota(account: Any, inbox: Any) -> None:
    account.create("Other")
    append(account.open("Other"), message(1))
    append(inbox, message(2))
    size = len(message(1))
    used = account.usage()
    assert (used.storage, used.messages, used.storage_limit) == (2 * size, 2, 0)
    account.set_quota(3 * size, 0)
    append(inbox, message(3))
    with refused("OVERQUOTA"):
        append(inbox, message(4))
    with refused("OVERQUOTA"):
        inbox.copy([1], account.open("Other"))
    inbox.copy([1], account.open("Other"), move=True)
    account.set_quota(0, 3)
    with refused("OVERQUOTA"):
        append(inbox, message(4))
    account.set_quota(0, 0)
    append(inbox, message(4))


def test_names(account: Any) -> None:
    mark = account.separator
    account.create(f"A{mark}B{mark}C")
    account.create("Äöü & Co")
    account.create("Trash", [r"\Trash"])
    entries = {entry.name: entry for entry in account.entries()}
    assert list(entries) == ["INBOX", "A", f"A{mark}B", f"A{mark}B{mark}C", "Trash", "Äöü & Co"]
    assert not entries["A"].selectable and entries["A"].children and entries[f"A{mark}B{mark}C"].selectable
    assert entries["Trash"].special == (r"\Trash",) and not entries["Trash"].children
    with refused("ALREADYEXISTS"):
        account.create("Trash")
    with refused("ALREADYEXISTS"):
        account.create("INBOX")
    with refused("USEATTR"):
        account.create("Trash2", [r"\Trash"])
    with refused("CANNOT"):
        account.create(f"a{mark}{mark}b")
    with refused("NONEXISTENT"):
        account.open("Nothing")
    with refused("NONEXISTENT"):
        account.open("A")


def test_delete(family: Any) -> None:
    account = family
    mark = account.separator
    account.create("A")
    account.create(f"A{mark}B")
    held = account.open("A")
    validity = held.uidvalidity
    account.delete("A")
    with refused("NONEXISTENT"):
        held.refresh()
    entries = {entry.name: entry for entry in account.entries()}
    assert not entries["A"].selectable and entries["A"].children and entries[f"A{mark}B"].selectable
    with refused("CANNOT"):
        account.delete("INBOX")
    with refused("NONEXISTENT"):
        account.delete("Nothing")
    account.create("A")
    assert account.open("A").uidvalidity > validity


def test_rename(family: Any) -> None:
    account = family
    mark = account.separator
    account.create("A")
    account.create(f"A{mark}B", [r"\Sent"])
    held = account.open("A")
    append(held, message(1))
    identity, validity = held.mailbox_id, held.uidvalidity
    account.rename("A", "Z")
    assert [entry.name for entry in account.entries()] == ["INBOX", "Z", f"Z{mark}B"]
    assert account.entries()[2].special == (r"\Sent",)
    assert account.open("Z") is held and held.name == "Z"
    held.refresh()
    assert append(held, message(2)) == [2] and held.read(1) == message(1)
    assert (held.mailbox_id, held.uidvalidity) == (identity, validity)
    with refused("NONEXISTENT"):
        account.rename("A", "Y")
    with refused("ALREADYEXISTS"):
        account.rename("Z", "INBOX")
    account.create("Other")
    with refused("ALREADYEXISTS"):
        account.rename("Z", "Other")


def test_rename_below_itself(family: Any) -> None:
    account = family
    mark = account.separator
    account.create("A")
    account.create(f"A{mark}A")
    append(account.open("A"), message(1))
    if isinstance(account, MemoryAccount):
        return
    account.rename("A", f"A{mark}B")
    assert [entry.name for entry in account.entries()] == ["INBOX", "A", f"A{mark}B", f"A{mark}B{mark}A"]
    assert account.open(f"A{mark}B").read(1) == message(1)


def test_rename_inbox_moves_its_messages(account: Any, inbox: Any) -> None:
    append(inbox, message(1), message(2))
    validity = inbox.uidvalidity
    account.rename("INBOX", "Old")
    assert len(inbox.state) == 0 and inbox.uidvalidity == validity
    old = account.open("Old")
    assert [old.read(uid) for uid in old.state.uids] == [message(1), message(2)]
    assert append(inbox, message(3)) == [3]


def test_subscriptions_outlive_mailboxes(account: Any) -> None:
    mark = account.separator
    account.create("A")
    for name in ("A", f"Ünicode{mark}B", "A"):
        account.subscribe(name)
    assert sorted(account.subscriptions()) == ["A", f"Ünicode{mark}B"]
    account.delete("A")
    account.subscribe(f"Ünicode{mark}B", on=False)
    account.subscribe("Never", on=False)
    assert account.subscriptions() == ["A"]


def test_annotations_and_rights(account: Any) -> None:
    account.create("A")
    account.set_metadata("A", {"/private/comment": b"x\0\xff", "/shared/comment": b"y"})
    account.set_metadata("", {"/shared/admin": b"mailto:x"})
    account.set_metadata("A", {"/shared/comment": None})
    assert account.metadata("A") == {"/private/comment": b"x\0\xff"}
    assert account.metadata("") == {"/shared/admin": b"mailto:x"} and account.metadata("INBOX") == {}
    assert set(account.acl("A")) == {"user"}
    account.set_acl("A", "other", "lr")
    account.set_acl("A", "-anyone", "w")
    account.set_acl("A", "$staff", "lrs")
    assert account.acl("A") == {"user": "lrswipkxtea", "other": "lr", "-anyone": "w", "$staff": "lrs"}
    account.set_acl("A", "other", None)
    account.rename("A", "B")
    assert set(account.acl("B")) == {"user", "-anyone", "$staff"} or isinstance(account, MemoryAccount)
    assert account.metadata("B") == {"/private/comment": b"x\0\xff"} or isinstance(account, MemoryAccount)


def test_everything_is_there_again(account: Any, inbox: Any, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if isinstance(account, MemoryAccount):
        return
    append(inbox, *[message(n) for n in range(5)], flags=[b"$Junk"], date=1_111_111_111)
    inbox.store([2], "=", [b"\\Seen"])
    inbox.remove([3])
    inbox.claim_recent()
    before, floor = shown(inbox), inbox.state.highest - 1
    again = STORES[request.node.callspec.params["account"]](tmp_path)
    other = again.open("INBOX")
    assert shown(other) == before and other.state == inbox.state
    assert other.vanished(floor) == [(3, 3)] and other.recent_count() == 0
    assert (other.uidvalidity, other.mailbox_id) == (inbox.uidvalidity, inbox.mailbox_id)
    again.close()
