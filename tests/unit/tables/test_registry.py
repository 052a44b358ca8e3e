"""The list of types."""

import pytest

from pymaster.tables import registry


def test_names_are_sorted_and_leave_out_what_is_absent() -> None:
    assert registry.names() == sorted(registry.names())
    assert {"hash", "lmdb", "pcre", "static", "proxy"} <= set(registry.names())
    assert not registry.ABSENT & set(registry.names())


@pytest.mark.parametrize("kind", registry.names())
def test_every_type_has_its_code(kind: str) -> None:
    assert callable(registry.opener(kind))


def test_unknown_type() -> None:
    assert registry.opener("foo") is None
