"""What NOTIFY watches: which groups hold for which mailbox. What is told is tested in cmd/test_notify."""

import pytest

from pymaster.dialog.imapd import notifier
from pymaster.dialog.imapd.notifier import Notifier, Overflow
from pymaster.proto.imap import notify
from pymaster.proto.imap.fetch_items import Item
from pymaster.proto.imap.notify import Group
from tests.unit.dialog.imapd.lab import Lab

NEWS = frozenset([notify.NEW, notify.EXPUNGE])


def group(kind: bytes, *names: str, events: frozenset[bytes] = NEWS) -> tuple[Group[Item], frozenset[str]]:
    return Group(kind, [], events), frozenset(names)


def watching(lab: Lab, *groups: tuple[Group[Item], frozenset[str]]) -> list[str]:
    session, _ = lab.session([])
    found = Notifier(session, list(groups))
    found.start(status=False)
    names = list(found.boxes)
    found.close()
    assert not lab.followers
    return names


def lab_with(*names: str) -> Lab:
    lab = Lab()
    for name in names:
        lab.account.create(name)
    return lab


def test_filters() -> None:
    lab = lab_with("a", "a.b", "ab", "c")
    lab.account.subscribe("c")
    lab.account.subscribe("gone")
    assert watching(lab, group(notify.PERSONAL)) == ["INBOX", "a", "a.b", "ab", "c"]
    assert watching(lab, group(notify.INBOXES)) == ["INBOX"]
    assert watching(lab, group(notify.SUBSCRIBED)) == ["c"]
    assert watching(lab, group(notify.SUBTREE, "a")) == ["a", "a.b"]
    assert watching(lab, group(notify.MAILBOXES, "a", "nowhere")) == ["a"]
    assert watching(lab, group(notify.SELECTED)) == []


def test_groups_add_up_until_none() -> None:
    lab = lab_with("a")
    names = group(notify.MAILBOXES, "a", events=frozenset([notify.NAME]))
    none = group(notify.MAILBOXES, "a", events=frozenset())
    assert watching(lab, names, group(notify.PERSONAL)) == ["INBOX", "a"]
    assert watching(lab, names, none, group(notify.PERSONAL)) == ["INBOX"]


def test_overflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifier, "MAX_WATCHED", 2)
    lab = lab_with("a", "b")
    session, _ = lab.session([])
    with pytest.raises(Overflow):
        Notifier(session, [group(notify.PERSONAL)]).start(status=True)
    assert not lab.followers
