"""Others' mailboxes in a user's tree: who sees which name, what a name opens, what rights allow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymaster.model.mailplace import MailPlace
from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.sharedaccount import SharedAccount
from pymaster.store.mailbox.shares import Shares
from tests.mailboxes import append, flags_of, message
from tests.sharing import House, place_of


@pytest.fixture(params=["maildir", "mbox"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, format=request.param)
    yield made
    made.close()


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[House]:
    """Maildirs only: in an mbox there is nothing below a mailbox."""
    made = House(tmp_path)
    yield made
    made.close()


def refused(code: str) -> Any:
    return pytest.raises(MailboxError, check=lambda exc: exc.code == code)


def names(account: SharedAccount) -> list[str]:
    return [each.name for each in account.entries()]


def sharing(house: House, rights: str, box: str = "Work") -> tuple[SharedAccount, SharedAccount]:
    """ann, who shares a mailbox with bob."""
    ann, bob = house.user("ann"), house.user("bob")
    if box != "INBOX":
        ann.create(box)
    ann.set_acl(box, "bob", rights)
    return ann, bob


def test_a_shared_mailbox_is_in_the_others_tree(house: House) -> None:
    ann, bob = sharing(house, "lr")
    append(ann.open("Work"), message(1))
    assert names(ann) == ["INBOX", "Work"]
    assert names(bob) == ["INBOX", "shared", "shared.ann", "shared.ann.Work"]
    assert [each.selectable for each in bob.entries()] == [True, False, False, True]
    assert bob.open("shared.ann.Work").read(1) == message(1)
    assert bob.counts("shared.ann.Work").messages == 1
    assert names(house.user("eve")) == ["INBOX"]


def test_what_is_taken_back_is_gone_at_once(house: House) -> None:
    ann, bob = sharing(house, "lr")
    mailbox = bob.open("shared.ann.Work")
    ann.set_acl("Work", "bob", None)
    assert names(bob) == ["INBOX"]
    with refused("NONEXISTENT"):
        mailbox.refresh()
    with refused("NONEXISTENT"):
        bob.open("shared.ann.Work")
    with refused("NONEXISTENT"):
        bob.counts("shared.ann.Work")
    mailbox.close()


def test_a_name_without_l_does_not_exist_but_can_be_read(house: House) -> None:
    _, bob = sharing(house, "r")
    assert names(bob) == ["INBOX"] and bob.open("shared.ann.Work").name == "shared.ann.Work"


def test_with_l_and_without_r_it_is_a_name_only(house: House) -> None:
    _, bob = sharing(house, "l")
    assert "shared.ann.Work" in names(bob)
    for call in (bob.open, bob.counts, bob.metadata, bob.delete, bob.acl):
        with refused("NOPERM"):
            call("shared.ann.Work")  # type: ignore[operator]


def test_anyone_authenticated_and_negative_rights(house: House) -> None:
    ann, bob = house.user("ann"), house.user("bob")
    eve = house.user("eve")
    ann.set_acl("INBOX", "anyone", "lr")
    ann.set_acl("INBOX", "-eve", "r")
    ann.create("Other")
    ann.set_acl("Other", "authenticated", "l")
    ann.set_acl("Other", "-bob", "l")
    assert names(bob) == ["INBOX", "shared", "shared.ann", "shared.ann.INBOX"]
    assert names(eve) == ["INBOX", "shared", "shared.ann", "shared.ann.INBOX", "shared.ann.Other"]
    bob.open("shared.ann.inbox").close()
    with refused("NOPERM"):
        eve.open("shared.ann.INBOX")


def test_what_was_shared_before_is_found_at_the_owners_next_login(house: House) -> None:
    ann, _ = sharing(house, "lr")
    (Path(ann._shares.folder) / "shares").unlink()
    bob = house.user("bob")
    assert names(bob) == ["INBOX"]
    house.user("ann")
    assert "shared.ann.Work" in names(bob)


def test_the_owner_renames_and_deletes(house: House) -> None:
    ann, bob = sharing(house, "lr")
    ann.rename("Work", "Play")
    assert names(bob)[-1] == "shared.ann.Play"
    bob.open("shared.ann.Play").close()
    ann.delete("Play")
    assert names(bob) == ["INBOX"]


def test_sharers_make_rename_and_delete(folders: House) -> None:
    ann, bob = sharing(folders, "lrikx")
    assert bob.create("shared.ann.Work.New")
    assert ann.acl("Work.New") == {"ann": "lrswipkxtea", "bob": "lrikx"} and "shared.ann.Work.New" in names(bob)
    mailbox = bob.open("shared.ann.Work.New")
    bob.rename("shared.ann.Work.New", "shared.ann.Work.Old")
    assert mailbox.name == "shared.ann.Work.Old" and "Work.Old" in names(ann)
    assert bob.open("shared.ann.Work.Old") is mailbox
    assert len(mailbox.refresh()) == 0
    mailbox.close()
    mailbox.close()
    bob.delete("shared.ann.Work.Old")
    assert names(ann) == ["INBOX", "Work"]


def test_nothing_is_made_beside_what_is_shared(folders: House) -> None:
    ann, bob = sharing(folders, "lrikx")
    ann.create("Work.Private")
    for name in ("shared.ann.Top", "shared.ann.Work.Private.x", "shared.ann.Other.x"):
        with refused("NOPERM"):
            bob.create(name)
    for old, new, code in (
        ("shared.ann.Work", "shared.ann.Top", "NOPERM"),
        ("shared.ann.Work", "Mine", "CANNOT"),
        ("INBOX", "shared.ann.Work.x", "CANNOT"),
        ("shared.ann.Work", "shared.eve.Work", "CANNOT"),
        ("shared.ann.Nowhere", "shared.ann.Work.x", "NONEXISTENT"),
    ):
        with refused(code):
            bob.rename(old, new)
    with refused("USEATTR"):
        bob.create("shared.ann.Work.Sent", ("\\Sent",))
    assert names(ann) == ["INBOX", "Work", "Work.Private"]


def test_a_hidden_child_keeps_its_parent_where_it_is(folders: House) -> None:
    ann, bob = sharing(folders, "lrkx")
    bob.create("shared.ann.Work.A")
    ann.create("Work.A.Private")
    with refused("NOPERM"):
        bob.rename("shared.ann.Work.A", "shared.ann.Work.B")


def test_the_right_to_give_rights(house: House) -> None:
    ann, bob = sharing(house, "la")
    bob.set_acl("shared.ann.Work", "eve", "lr")
    assert bob.acl("shared.ann.Work") == {"ann": "lrswipkxtea", "bob": "la", "eve": "lr"} == ann.acl("Work")
    assert "shared.ann.Work" in names(house.user("eve"))
    assert bob.my_rights("shared.ann.Work") == {"l", "a"} and bob.owner_of("shared.ann.Work") == "ann"


@pytest.mark.parametrize(
    "name",
    [
        "shared", "shared.", "shared.ann", "shared.ann.", "shared..Work", "shared.ann...Work", "shared.ann./etc/passwd",
        "shared.ann.../bob/Maildir", "shared.../ann.Work", "shared.bob.INBOX", "shared.ann\\2e.Work", "shared.\\61nn.Work",
        "shared.ann.Work\0", "shared.ann.~root", "shared.ann.cur", "shared.ann.Work\\2e\\2e", "shared.nobody.INBOX",
        "shared.ann.INBOX", "shared.ann.Other", "shared.ANN.Work",
    ],
)  # fmt: skip
def test_names_open_nothing_else(house: House, name: str) -> None:
    ann, bob = sharing(house, "lrwstipekxa")
    ann.create("Other")
    for call in (bob.open, bob.counts, bob.delete, bob.acl, bob.metadata):
        with refused("NONEXISTENT"):
            call(name)  # type: ignore[operator]
    for right in "iwx":
        with refused("NONEXISTENT"):
            bob.open_for(name, right)
    with refused("NONEXISTENT"):
        bob.set_acl(name, "eve", "lr")
    assert sorted(path.name for path in house.root.iterdir()) == ["ann", "bob", "shared"]


_NAMES = st.lists(st.sampled_from(["ann", "bob", "Work", "INBOX", "..", "/", ".", "\\2e", "cur", "\0", "", "ü", "*"]))


@settings(max_examples=150, deadline=None)
@given(parts=_NAMES)
def test_any_name_is_answered(tmp_path_factory: pytest.TempPathFactory, parts: list[str]) -> None:
    root = tmp_path_factory.mktemp("house")
    house = House(root)
    try:
        _, bob = sharing(house, "lrx")
        name = ".".join(["shared", *parts])
        try:
            bob.open(name).close()
        except MailboxError:
            assert name != "shared.ann.Work"
        else:
            assert name == "shared.ann.Work"
        try:
            bob.create(name)
            raise AssertionError(name)
        except MailboxError:
            assert sorted(path.name for path in root.iterdir()) == ["ann", "bob", "shared"]
    finally:
        house.close()


def test_user_names_with_the_separator(tmp_path: Path) -> None:
    house = House(tmp_path)
    ann, bob = house.user("ann@example.org"), house.user("bob@example.org")
    ann.set_acl("INBOX", "bob@example.org", "lr")
    assert names(bob)[-1] == "shared.ann@example\\2eorg.INBOX"
    bob.open("shared.ann@example\\2eorg.INBOX").close()
    house.close()


def test_with_slashes_between_levels(tmp_path: Path) -> None:
    house = House(tmp_path, separator="/")
    ann, bob = house.user("ann@example.org"), house.user("bob")
    ann.create("Work/Plans")
    ann.set_acl("Work/Plans", "bob", "lr")
    assert names(bob)[2:] == [
        "shared/ann@example.org",
        "shared/ann@example.org/Work",
        "shared/ann@example.org/Work/Plans",
    ]
    bob.open("shared/ann@example.org/Work/Plans").close()
    for name in ("shared/ann@example.org/../bob/INBOX", "shared/../ann@example.org/Work/Plans", "shared//etc/passwd"):
        with refused("NONEXISTENT"):
            bob.open(name)
    house.close()


def test_a_share_of_another_uid_and_one_of_somebody_gone_are_nothing(house: House, tmp_path: Path) -> None:
    _, bob = sharing(house, "lr")
    shares = bob._shares
    foreign = place_of(tmp_path, "root", uid=12345)
    shares.publish(foreign, lambda: {"INBOX": {"bob": "lr"}})
    gone = MailPlace("gone", place_of(tmp_path, "x").uid, 0, "", "maildir", str(tmp_path / "no"), str(tmp_path / "no"))
    shares.publish(gone, lambda: {"INBOX": {"bob": "lr"}})
    assert not [name for name in names(bob) if name.startswith("shared.root")]
    for user in ("root", "gone"):
        with refused("NONEXISTENT"):
            bob.open(f"shared.{user}.INBOX")
    assert not (tmp_path / "no").exists()


def test_own_mailboxes_are_as_ever(house: House) -> None:
    bob = house.user("bob")
    assert bob.open("INBOX") is bob.own.open("INBOX") and bob.my_rights("INBOX") >= {"a", "x"}
    bob.create("Sent", ("\\Sent",))
    bob.subscribe("Sent")
    bob.subscribe("shared.ann.Work")
    assert bob.subscriptions() == ["Sent"] and bob.counts("Sent").messages == 0
    bob.set_quota(1000, 10)
    assert bob.usage().messages_limit == 10 and bob.opened("Sent") and bob.watched()[-1] == bob._shares.folder
    bob.set_metadata("Sent", {"/private/comment": b"x"})
    assert bob.metadata("Sent") == {"/private/comment": b"x"}


def test_subscriptions_are_shown_while_the_mailbox_may_be_seen(house: House) -> None:
    ann, bob = sharing(house, "l")
    bob.subscribe("shared.ann.Work")
    assert bob.subscriptions() == ["shared.ann.Work"]
    ann.set_acl("Work", "bob", None)
    assert bob.subscriptions() == []


def test_annotations_for_all(house: House) -> None:
    ann, bob = sharing(house, "lrw")
    ann.set_metadata("Work", {"/shared/comment": b"a", "/private/comment": b"b"})
    assert bob.metadata("shared.ann.Work") == {"/shared/comment": b"a"}
    bob.set_metadata("shared.ann.Work", {"/shared/comment": b"c"})
    assert ann.metadata("Work")["/shared/comment"] == b"c"
    with refused("NOPERM"):
        bob.set_metadata("shared.ann.Work", {"/private/comment": None})


def test_what_goes_into_others_mailboxes_counts_for_them(house: House) -> None:
    ann, bob = sharing(house, "lri")
    ann.set_quota(0, 1)
    mailbox = bob.open_for("shared.ann.Work", "i")
    append(mailbox, message(1))
    with refused("OVERQUOTA"):
        append(mailbox, message(2))
    assert bob.usage().messages == 0


def test_many_owners_do_not_keep_their_accounts_open(tmp_path: Path) -> None:
    house = House(tmp_path)
    for number in range(20):
        house.user(f"user{number}").set_acl("INBOX", "bob", "lr")
    bob = house.user("bob")
    for number in range(20):
        bob.open(f"shared.user{number}.INBOX").close()
    assert len(bob._owners._open) <= 9
    kept = bob.open("shared.user0.INBOX")
    for number in range(1, 20):
        bob.counts(f"shared.user{number}.INBOX")
    assert bob.open("shared.user0.INBOX") is kept and len(kept.refresh()) == 0
    house.close()


def test_copies_between_accounts(house: House) -> None:
    ann, bob = sharing(house, "lrswite")
    inbox, work = bob.open("INBOX"), bob.open("shared.ann.Work")
    append(inbox, message(1), flags=[b"\\Seen", b"\\Flagged"])
    append(inbox, message(2))
    assert inbox.copy([1, 2], work) == [(1, 1), (2, 2)]
    assert flags_of(work, 1) == {b"\\Seen", b"\\Flagged"} and flags_of(work, 2) == set()
    theirs = ann.open("Work")
    theirs.refresh()
    assert flags_of(theirs, 1) == {b"\\Flagged"}
    theirs.store([2], "+", [b"\\Seen"])
    work.refresh()
    assert work.copy([1, 2], inbox, move=True) == [(1, 3), (2, 4)]
    assert flags_of(inbox, 3) == {b"\\Seen", b"\\Flagged"} and flags_of(inbox, 4) == set()
    assert len(theirs.refresh()) == 0


def test_shares_may_be_missing(house: House) -> None:
    _, bob = sharing(house, "lr")
    assert isinstance(bob._shares, Shares)
    (Path(bob._shares.folder) / "shares").write_bytes(b"junk")
    assert names(bob) == ["INBOX"]
