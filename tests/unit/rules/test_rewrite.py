"""Completion of addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.config.snapshot import Snapshot
from pymaster.rules.rewrite import Rewriter
from pymaster.util import log

TEXT = "myorigin = o.test\nmydomain = d.test\nmyhostname = h.d.test\nappend_dot_mydomain = yes\n"


@pytest.mark.parametrize(
    ("given", "want"),
    [
        (b"", b""),
        (b"u", b"u@o.test"),
        (b"u@h", b"u@h.d.test"),
        (b"u@h.x.", b"u@h.x"),
        (b"u@h.", b"u@h"),
        (b"u@h..", b"u@h.."),
        (b"u@", b"u@"),
        (b"u@[1.2.3.4]", b"u@[1.2.3.4]"),
        (b"@a,@b:u@c.x", b"u@c.x"),
        (b"a!b!u", b"b!u@a.d.test"),
        (b"a.x!u", b"u@a.x"),
        (b"u%a.x", b"u@a.x"),
        (b"u%a%b.x", b"u%a@b.x"),
        (b"u%a@b.x", b"u%a@b.x"),
        (b"a b!u", b"a b!u@o.test"),
        (b"!u", b"!u@o.test"),
        (b"u@o", b"u@o.d.test"),
    ],
)
def test_local(given: bytes, want: bytes) -> None:
    assert Rewriter(Snapshot.from_text(TEXT)).rewrite(given) == want


def test_switches() -> None:
    off = Rewriter(
        Snapshot.from_text(
            TEXT + "swap_bangpath=no\nallow_percent_hack=no\nappend_at_myorigin=no\nappend_dot_mydomain=no\n"
        )
    )
    for address in (b"a!u", b"u%a", b"u", b"u@h"):
        assert off.rewrite(address) == address


def test_contexts() -> None:
    plain, remote = (
        Rewriter(Snapshot.from_text(TEXT + t)) for t in ("", "remote_header_rewrite_domain = invalid.test\n")
    )
    assert not plain.active("remote") and not plain.active("inval") and plain.active("local")
    assert remote.active("remote") and remote.rewrite(b"u", "remote") == b"u@invalid.test"
    assert plain.rewrite(b"u", "inval") == b"u"


@given(st.binary(max_size=40))
def test_twice_is_once(data: bytes) -> None:
    rewriter = Rewriter(Snapshot.from_text(TEXT))
    once = rewriter.rewrite(data)
    # A final dot keeps a one-label domain as it is, once: the dot itself goes.
    if once.count(b"@") == 1 and not once.startswith(b"@") and not data.endswith(b".") and not once.endswith(b"."):
        assert rewriter.rewrite(once) == once


def test_an_old_default_is_told() -> None:
    sink = log.MemorySink()
    log.setup(sink, "test")
    text = "myhostname = mx.ours.test\nmydomain = ours.test\nmydestination = ours.test\n"
    old = Rewriter(Snapshot.from_text(text))
    assert old.rewrite(b"a@foo") == b"a@foo.ours.test" and old.rewrite(b"a@localhost") == b"a@localhost.ours.test"
    first, second = [line for _, line in sink.lines]
    head = "using backwards-compatible default setting append_dot_mydomain=yes to rewrite "
    assert first == head + '"foo" to "foo.ours.test"'
    assert second.endswith('.ours.test"; please add "localhost" to mydestination or other address class')
    assert sink.tags == ["postfix/trivial-rewrite"] * 2
    Rewriter(Snapshot.from_text(text + "append_dot_mydomain = yes\n")).rewrite(b"a@foo")
    assert len(sink.lines) == 2
