"""Names: what exists, what is subscribed, the levels above."""

import pytest

from pymaster.dialog.imapd import tree
from pymaster.dialog.imapd.tree import Node
from pymaster.store.mailbox.contract import MailboxError
from tests.unit.dialog.imapd.lab import Lab


def test_parents() -> None:
    assert tree.parents("a.b.c", ".") == ["a.b", "a"]
    assert tree.parents("a", ".") == []
    assert tree.parents(".a", ".") == []


def test_nodes_know_what_is_subscribed_below() -> None:
    lab = Lab()
    lab.account.create("a.b")
    for name in ("a.b", "x.y.z", "x.y"):
        lab.account.subscribe(name)
    session, _ = lab.session([])
    nodes = tree.nodes(session, subscriptions=True)
    assert list(nodes) == ["INBOX", "a", "a.b", "x", "x.y", "x.y.z"]
    assert [name for name, node in nodes.items() if node.below] == ["a", "x", "x.y"]
    assert [name for name, node in nodes.items() if node.subscribed] == ["a.b", "x.y", "x.y.z"]
    assert [name for name, node in nodes.items() if node.exists] == ["INBOX", "a", "a.b"]


def test_every_level_above_is_marked() -> None:
    lab = Lab()
    for name in ("q.r", "q.r.s.t", "q.r.s"):
        lab.account.subscribe(name)
    nodes = tree.nodes(lab.session([])[0], subscriptions=True)
    assert [name for name, node in nodes.items() if node.below] == ["q", "q.r", "q.r.s"]


def test_existing() -> None:
    lab = Lab()
    lab.account.create("a.b")
    session, _ = lab.session([])
    assert tree.existing(session, "a.b").name == "a.b"
    for name in ("a", "nowhere"):
        with pytest.raises(MailboxError):
            tree.existing(session, name)


def test_attributes_in_order() -> None:
    node = Node("x", True, True, True, ("\\Sent",), True, subscribed=True)
    assert tree.attributes(node, extended=True, subscribed=True) == b"\\Subscribed \\HasChildren \\Marked \\Sent"
    assert tree.attributes(node, extended=True, subscribed=False) == b"\\HasChildren \\Marked \\Sent"
    gone = Node("x", False, False, subscribed=True)
    assert tree.attributes(gone, extended=True, subscribed=True) == b"\\NonExistent \\Subscribed"
    leaf = Node("x", inferiors=False, marked=False)
    assert tree.attributes(leaf, extended=True, subscribed=False) == b"\\NoInferiors \\UnMarked"
