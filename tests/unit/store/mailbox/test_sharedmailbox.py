"""Somebody else's mailbox: rights at each call, \\Seen of one's own, and the owner at work beside."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.sharedmailbox import SharedMailbox
from pymaster.store.mailbox.state import MAX_KEYWORDS
from tests.mailboxes import append, flags_of, message
from tests.sharing import House

ALL = "lrwstipekx"


@pytest.fixture(params=["maildir", "mbox"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, format=request.param)
    yield made
    made.close()


def refused(code: str) -> Any:
    return pytest.raises(MailboxError, check=lambda exc: exc.code == code)


def shared(house: House, rights: str, *messages: bytes) -> tuple[Any, Any]:
    """(ann's INBOX, the same as bob sees it)."""
    ann, bob = house.user("ann"), house.user("bob")
    inbox = ann.open("INBOX")
    append(inbox, *messages)
    ann.set_acl("INBOX", "bob", rights)
    theirs = bob.open("shared.ann.INBOX") if "r" in rights else bob.open_for("shared.ann.INBOX", "i")
    assert isinstance(theirs, SharedMailbox)
    return inbox, theirs


def test_seen_is_the_viewers_own(house: House) -> None:
    inbox, theirs = shared(house, ALL, message(1), message(2))
    inbox.store([1], "+", [b"\\Seen", b"$Work"])
    theirs.refresh()
    assert flags_of(theirs, 1) == {b"$Work"} and theirs.counts().unseen == 2
    before = theirs.state
    done = theirs.store([2], "+", [b"\\Seen", b"\\Flagged"])
    assert done.changed == [2] and done.state is theirs.state and flags_of(theirs, 2) == {b"\\Seen", b"\\Flagged"}
    assert theirs.state.modseqs[1] > before.highest and theirs.counts().unseen == 1
    inbox.refresh()
    assert flags_of(inbox, 2) == {b"\\Flagged"} and inbox.counts().unseen == 1
    again = house.user("bob").open("shared.ann.INBOX")
    assert flags_of(again, 2) == {b"\\Seen", b"\\Flagged"} and again.state.modseqs == theirs.state.modseqs
    eve = house.user("eve")
    house.user("ann").set_acl("INBOX", "eve", "lr")
    assert flags_of(eve.open("shared.ann.INBOX"), 2) == {b"\\Flagged"}


def test_another_session_learns_of_seen_by_the_modseq(house: House) -> None:
    _, theirs = shared(house, "lrs", message(1))
    other = house.user("bob").open("shared.ann.INBOX")
    before = other.refresh()
    theirs.store([1], "+", [b"\\Seen"])
    after = other.refresh()
    assert after is not before and after.modseqs[0] > before.modseqs[0] and flags_of(other, 1) == {b"\\Seen"}
    theirs.store([1], "-", [b"\\Seen"])
    other.refresh()
    assert flags_of(other, 1) == set() and other.refresh() is other.state


def test_nothing_new_is_the_same_state(house: House) -> None:
    inbox, theirs = shared(house, ALL, message(1))
    state = theirs.refresh()
    assert theirs.refresh() is state and not theirs.stale()
    theirs.store([1], "-", [b"\\Seen"])
    assert theirs.refresh() is state
    append(inbox, message(2))
    assert len(theirs.refresh()) == 2


@pytest.mark.parametrize(
    ("rights", "flag", "allowed"),
    [
        ("lrs", b"\\Seen", True), ("lrs", b"\\Deleted", False), ("lrs", b"\\Flagged", False), ("lrs", b"$Work", False),
        ("lrt", b"\\Seen", False), ("lrt", b"\\deleted", True), ("lrt", b"\\Draft", False),
        ("lrw", b"\\seen", False), ("lrw", b"\\Deleted", False), ("lrw", b"\\Answered", True), ("lrw", b"$Work", True),
    ],
)  # fmt: skip
def test_which_right_for_which_flag(house: House, rights: str, flag: bytes, allowed: bool) -> None:
    _, theirs = shared(house, rights, message(1))
    for operation in "+-=":
        if allowed:
            theirs.store([1], operation, [flag])
        else:
            with refused("NOPERM"):
                theirs.store([1], operation, [flag])
    assert flags_of(theirs, 1) == ({theirs.flags.known(flag)} if allowed else set())


def test_replacing_leaves_what_may_not_be_changed(house: House) -> None:
    inbox, theirs = shared(house, "lrw", message(1))
    inbox.store([1], "+", [b"\\Seen", b"\\Deleted", b"\\Answered", b"$Old"])
    theirs.store([1], "=", [b"\\Flagged", b"\\Deleted", b"$New"])
    inbox.refresh()
    assert flags_of(inbox, 1) == {b"\\Seen", b"\\Deleted", b"\\Flagged", b"$New"}
    theirs.store([1], "=", [])
    inbox.refresh()
    assert flags_of(inbox, 1) == {b"\\Seen", b"\\Deleted"}


def test_unchangedsince_holds_for_ones_own_seen_too(house: House) -> None:
    inbox, theirs = shared(house, "lrs", message(1), message(2))
    since = theirs.state.highest
    inbox.store([1], "+", [b"\\Flagged"])
    done = theirs.store([1, 2], "+", [b"\\Seen"], since)
    assert done.modified == [1] and done.changed == [2]
    assert flags_of(theirs, 1) == {b"\\Flagged"} and flags_of(theirs, 2) == {b"\\Seen"}


def test_what_it_takes_to_remove(house: House) -> None:
    inbox, theirs = shared(house, "lrt", message(1), message(2))
    theirs.store([1], "+", [b"\\Deleted"])
    for call in (theirs.expunge, lambda: theirs.remove([2]), lambda: theirs.copy([1], theirs, move=True)):
        with refused("NOPERM"):
            call()
    house.user("ann").set_acl("INBOX", "bob", "lre")
    assert theirs.expunge() == [1] and list(theirs.state.uids) == [2]
    with refused("NOPERM"):
        theirs.remove([2])
    house.user("ann").set_acl("INBOX", "bob", "lrte")
    assert theirs.remove([2]) == [2] and len(inbox.refresh()) == 0
    assert theirs.vanished(theirs.state.highest) == []


def test_who_may_only_put_in(house: House) -> None:
    inbox, theirs = shared(house, "li")
    assert append(theirs, message(1), flags=[b"\\Seen", b"\\Flagged", b"$Work"]) == [1]
    inbox.refresh()
    assert flags_of(inbox, 1) == set() and not theirs.read_only
    house.user("ann").set_acl("INBOX", "bob", "l")
    with refused("NOPERM"):
        theirs.draft()
    with refused("NOPERM"):
        theirs.append([])


def test_flags_of_what_is_put_in(house: House) -> None:
    inbox, theirs = shared(house, "lriswt")
    append(theirs, message(1), flags=[b"\\seen", b"\\Deleted", b"$Work"])
    assert flags_of(theirs, 1) == {b"\\Seen", b"\\Deleted", b"$Work"}
    inbox.refresh()
    assert flags_of(inbox, 1) == {b"\\Deleted", b"$Work"} and inbox.counts().recent == theirs.inner.recent_count()


def test_recent_stays_the_owners(house: House) -> None:
    inbox, theirs = shared(house, ALL, message(1))
    theirs.refresh()
    assert theirs.claim_recent() == set() and theirs.recent_count() == 0 and theirs.counts().recent == 0
    assert inbox.claim_recent() == {1}


def test_a_mailbox_that_is_only_read(house: House) -> None:
    _, theirs = shared(house, "lr", message(1))
    assert theirs.read_only and theirs.read(1) == house.user("ann").open("INBOX").read(1)
    assert theirs.uidvalidity and theirs.mailbox_id and theirs.watched() and theirs.uidl(1)
    assert theirs.digest(1).size == theirs.state.sizes[0] and len(theirs.digests_of([1, 2])) == 2
    with refused("NOPERM"):
        theirs.copy([1], theirs)


def test_too_many_keywords_are_refused(house: House) -> None:
    _, theirs = shared(house, "lrw", message(1))
    for number in range(MAX_KEYWORDS):
        theirs.flags.known(b"$k%d" % number)
    with refused("LIMIT"):
        theirs.store([1], "+", [b"$more"])


def test_owner_and_viewers_at_once(house: House) -> None:
    """Threads of one process, each with accounts of its own: what a mail worker does for users of one uid."""
    inbox, _ = shared(house, ALL, *[message(number) for number in range(1, 21)])
    accounts = [house.user("ann"), house.user("bob"), house.user("bob")]
    errors: list[BaseException] = []

    def work(number: int) -> None:
        name = "INBOX" if number == 0 else "shared.ann.INBOX"
        try:
            mailbox = accounts[number].open(name)
            for uid in range(1, 21):
                mailbox.refresh()
                mailbox.store([uid], "+", [b"$from%d" % number, b"\\Seen"])
                append(mailbox, message(100 * number + uid))
            mailbox.close()
        except BaseException as exc:
            errors.append(exc)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    state = inbox.refresh()
    assert list(state.uids) == list(range(1, 81))
    assert all(flags_of(inbox, uid) == {b"$from0", b"$from1", b"$from2", b"\\Seen"} for uid in range(1, 21))
    theirs = accounts[1].open("shared.ann.INBOX")
    theirs.refresh()
    assert {uid for uid in theirs.state.uids if b"\\Seen" in flags_of(theirs, uid)} == set(range(1, 21))
