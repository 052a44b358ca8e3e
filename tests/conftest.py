"""Shared by all tests: the checkout on the path, whatever the working directory, and the system tests' harness."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
for path in (str(ROOT), str(ROOT / "tests" / "system"), str(ROOT / "tests" / "interop")):
    if path not in sys.path:
        sys.path.insert(0, path)
importlib.invalidate_caches()

from pymaster.util import log  # noqa: E402


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """What a test does to the process's log ends with it."""
    kept = log.LOG.sink, log.LOG.on_first, log.LOG.tag, log.LOG.number, log.LOG.verbose
    yield
    log.flush()
    log.LOG.sink, log.LOG.on_first, log.LOG.tag, log.LOG.number, log.LOG.verbose = kept
