"""The messages of a session: counts, listings, unique ids."""

from pymaster.dialog.pop3d.maildrop import Maildrop
from pymaster.dialog.pop3d.settings import Settings
from pymaster.proto.pop3.uidl import Format
from tests.unit.dialog.pop3d.lab import Lab


def drop(lab: Lab, **given: object) -> Maildrop:
    return Maildrop(lab.inbox, Settings(**given))  # type: ignore[arg-type]


def three() -> Lab:
    lab = Lab()
    for body in (b"a\r\n", b"bb\r\n", b"ccc\r\n"):
        lab.add(body)
    return lab


def test_counts_and_listing() -> None:
    found = drop(three())
    assert (len(found), found.count, found.octets) == (3, 3, 12)
    assert found.listing() == b"1 3\r\n2 4\r\n3 5\r\n"
    assert found.listing() is found.listing()
    found.delete(2)
    assert (len(found), found.count, found.octets, found.whole) == (3, 2, 8, 12)
    assert found.listing() == b"1 3\r\n3 5\r\n"
    found.undelete()
    assert found.listing() == b"1 3\r\n2 4\r\n3 5\r\n"
    assert found.octets == 12


def test_unique_ids() -> None:
    found = drop(three())
    assert not found.ids_made
    assert found.uidl_listing() == b"1 00000001000f4241\r\n2 00000002000f4241\r\n3 00000003000f4241\r\n"
    assert found.ids_made
    found.delete(1)
    assert found.uidl_listing() == b"2 00000002000f4241\r\n3 00000003000f4241\r\n"
    assert found.ids()[0] == b"00000001000f4241"


def test_an_id_that_was_kept_comes_before_any_form() -> None:
    lab = three()
    own = lab.inbox.uidl
    lab.inbox.uidl = lambda uid: b"old id" if uid == 1 else b"kept" if uid == 2 else own(uid)  # type: ignore[method-assign]
    ids = drop(lab, uidl=Format.parse("cyrus")).ids()
    assert ids[1:] == [b"kept", b"1000001.3"]
    # One that may not be sent is hashed.
    assert len(ids[0]) == 32


def test_duplicates_may_be_allowed() -> None:
    lab = Lab()
    lab.add()
    lab.add()
    form = Format.parse("guid")
    first, second = drop(lab, uidl=form).ids()
    assert second == first + b"-2"
    assert drop(lab, uidl=form, rename_duplicates=False).ids() == [first, first]


def test_hidden_messages() -> None:
    lab = three()
    lab.inbox.store([2], "+", [b"$Gone"])
    found = drop(lab, deleted_flag=b"$gone")
    assert found.uids == [1, 3]
    assert found.listing() == b"1 3\r\n2 5\r\n"


def test_nothing_there() -> None:
    found = drop(Lab())
    assert (found.listing(), found.uidl_listing(), found.count) == (b"", b"", 0)
    assert found.ids_made


def test_many_messages_are_listed_in_linear_time() -> None:
    lab = Lab()
    inbox = lab.inbox
    inbox.state = inbox.state.extended([(uid, 0, 2048, 0, 0) for uid in range(1, 20001)], 2)
    found = drop(lab)
    assert found.listing().count(b"\r\n") == found.uidl_listing().count(b"\r\n") == 20000
