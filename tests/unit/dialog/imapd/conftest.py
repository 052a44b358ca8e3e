"""What every test of IMAP needs."""

import time
from collections.abc import Iterator

import pytest

from pymaster.proto.imap import internaldate


@pytest.fixture(autouse=True)
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Dates are told in the machine's zone; in tests that is UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    internaldate._quarter.cache_clear()
    yield
    monkeypatch.undo()
    time.tzset()
