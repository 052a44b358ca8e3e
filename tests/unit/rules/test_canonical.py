"""Canonical maps by place."""

from pymaster.config.snapshot import Snapshot
from pymaster.rules.addrmap import AddressMap
from pymaster.rules.addrsearch import Search
from pymaster.rules.canonical import ENVELOPE_RECIPIENT, ENVELOPE_SENDER, HEADER_RECIPIENT, HEADER_SENDER, Canonical
from pymaster.rules.rewrite import Rewriter
from tests.fakes import open_dicts


def canonical(text: str, **tables: dict[str, str] | None) -> Canonical:
    snapshot = Snapshot.from_text("myorigin = o.test\n" + text)
    return Canonical(snapshot, open_dicts(**tables), AddressMap(Search("+", lambda d: False), Rewriter(snapshot)))


def test_sender_before_common() -> None:
    made = canonical(
        "sender_canonical_maps = test:s\ncanonical_maps = test:c\nrecipient_canonical_maps = test:r\n",
        s={"a@x.test": "b@x.test"}, c={"b@x.test": "c@x.test"}, r={"a@x.test": "r@x.test"},
    )  # fmt: skip
    assert made.map(b"a@x.test", ENVELOPE_SENDER) == b"c@x.test"
    assert made.map(b"a@x.test", HEADER_RECIPIENT) == b"r@x.test"
    assert made.map(b"", ENVELOPE_SENDER) == b""


def test_classes() -> None:
    made = canonical("canonical_maps = test:c\ncanonical_classes = header_sender\n", c={"a@x.test": "b@x.test"})
    assert [made.active(p) for p in (ENVELOPE_SENDER, ENVELOPE_RECIPIENT, HEADER_SENDER, HEADER_RECIPIENT)] == [
        False, False, True, False,
    ]  # fmt: skip


def test_circles_end() -> None:
    made = canonical(
        "canonical_maps = test:c\n", c={"a@x.test": "b@x.test", "b@x.test": "a@x.test", "c@x.test": "C@x.test"}
    )
    assert made.map(b"a@x.test", ENVELOPE_SENDER) is None
    assert made.map(b"c@x.test", ENVELOPE_SENDER) == b"C@x.test"


def test_masquerading_comes_last_and_not_for_recipients() -> None:
    made = canonical("canonical_maps = test:c\nmasquerade_domains = x.test\n", c={"a@x.test": "b@h.x.test"})
    assert made.map(b"a@x.test", HEADER_SENDER) == b"b@x.test"
    assert made.map(b"a@x.test", ENVELOPE_RECIPIENT) == b"b@h.x.test"
