"""Notes about old defaults."""

import pytest

from pymaster.config import compat, registry
from pymaster.config.snapshot import Snapshot


def test_notes() -> None:
    old = Snapshot.from_text()
    assert compat.text("append_dot_mydomain", 'rewrite "a" to "a.b"') == (
        'using backwards-compatible default setting append_dot_mydomain=yes to rewrite "a" to "a.b"'
    )
    assert compat.old_default(old, "append_dot_mydomain") and not compat.old_default(old, "biff")
    assert not compat.old_default(Snapshot.from_text("append_dot_mydomain = yes\n"), "append_dot_mydomain")
    assert not compat.old_default(Snapshot.from_text("compatibility_level = 2\n"), "append_dot_mydomain")
    assert compat.old_default(Snapshot.from_text("compatibility_level = 2\n"), "respectful_logging")
    assert not compat.old_default(Snapshot.from_text("relay_domains = x\n"), "fast_flush_domains")


def test_start() -> None:
    assert len(compat.start_notice(Snapshot.from_text())) == 3
    assert compat.start_notice(Snapshot.from_text("compatibility_level = 3.6\n")) == []


@pytest.mark.parametrize("name", compat.CHANGED)
def test_the_default_really_depends_on_the_level(name: str) -> None:
    assert registry.find(name) is not None
    low, high = Snapshot.from_text(), Snapshot.from_text("compatibility_level = 3.6\n")
    assert low.text(name) != high.text(name)
