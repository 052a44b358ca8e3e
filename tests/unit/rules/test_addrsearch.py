"""Search order of addresses, extensions."""

import pytest

from pymaster.rules.addrsearch import Search, split_extension
from tests.fakes import DictMaps


@pytest.mark.parametrize(
    ("local", "delimiter", "want"),
    [
        (b"u+x", "+", (b"u", b"+x")),
        (b"u-a+b", "+-", (b"u", b"-a+b")),
        (b"u", "+", (b"u", b"")),
        (b"+x", "+", (b"+x", b"")),
        (b"u+", "+", (b"u", b"+")),
        (b"owner-list", "-", (b"owner-list", b"")),
        (b"list-request", "-", (b"list-request", b"")),
        (b"MAILER-DAEMON", "-", (b"MAILER-DAEMON", b"")),
        (b"u+x", "", (b"u+x", b"")),
        (b"", "+", (b"", b"")),
        (b"a]b", "]^", (b"a", b"]b")),
    ],
)
def test_split(local: bytes, delimiter: str, want: tuple[bytes, bytes]) -> None:
    assert split_extension(local, delimiter) == want


def test_order() -> None:
    search = Search("+", lambda domain: domain == b"l.test")
    assert [k for k, _, _ in search.keys(b"u+x@l.test")] == [b"u+x@l.test", b"u@l.test", b"u+x", b"u", b"@l.test"]
    assert [k for k, _, _ in search.keys(b"u+x@r.test")] == [b"u+x@r.test", b"u@r.test", b"@r.test"]
    assert [k for k, _, _ in search.keys(b"u+x")] == [b"u+x", b"u"]
    assert [p for _, p, _ in search.keys(b"u@l.test")] == [False, True, True]


def test_lookup_tells_the_extension_left_out() -> None:
    search = Search("+", lambda domain: False)
    assert search.lookup(DictMaps({b"u@d": b"v"}), b"u+x@d") == (b"v", b"+x")
    assert search.lookup(DictMaps({b"u+x@d": b"v"}), b"u+x@d") == (b"v", b"")
    assert search.find(DictMaps({}), b"u@d") is None
    assert search.without_extension(b"u+x@d") == b"u@d"
    assert search.without_extension(b"u@d") is None
