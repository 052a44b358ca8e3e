"""What the tests of tables share: tables over a configuration in text, files, and the log in memory."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.tables import TableSet
from pymaster.tables.base import BaseTable, Offload
from pymaster.util import log


@pytest.fixture(autouse=True)
def sink() -> log.MemorySink:
    """The log, in memory."""
    sink = log.MemorySink()
    log.setup(sink, "test")
    return sink


@pytest.fixture
def tables() -> Callable[..., TableSet]:
    """Makes a set of tables under a main.cf."""

    def make(
        main_cf: str = "", *, strict: bool = False, offload: Offload | None = None, renewing: bool = False
    ) -> TableSet:
        text = f"compatibility_level = 3.6\nmyhostname = mx.test.example\n{main_cf}"
        return TableSet(Snapshot.from_text(text), strict=strict, offload=offload, renewing=renewing)

    return make


@pytest.fixture
def table(tables: Callable[..., TableSet]) -> Callable[..., BaseTable]:
    """Opens one table; raises TableError."""

    def open_it(spec: str, param: str = "header_checks", main_cf: str = "") -> BaseTable:
        return tables(main_cf, strict=True).table(spec, param)

    return open_it


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """Writes a file; its path."""

    def make(text: str | bytes, name: str = "t") -> str:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(path)

    return make
