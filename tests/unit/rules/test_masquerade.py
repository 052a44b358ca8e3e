"""Hidden hosts."""

import pytest

from pymaster.rules.masquerade import Masquerade


@pytest.mark.parametrize(
    ("address", "want"),
    [
        (b"u@h.foo.test", b"u@foo.test"),
        (b"u@a.b.FOO.test", b"u@foo.test"),
        (b"u@foo.test", b"u@foo.test"),
        (b"u@h.sub.foo.test", b"u@h.sub.foo.test"),
        (b"u@xfoo.test", b"u@xfoo.test"),
        (b"root@h.foo.test", b"root@h.foo.test"),
        (b"u", b"u"),
    ],
)
def test_apply(address: bytes, want: bytes) -> None:
    assert Masquerade("!sub.foo.test, foo.test", "root").apply(address) == want


def test_nothing_to_hide() -> None:
    assert not Masquerade("", "") and Masquerade("a", "")
