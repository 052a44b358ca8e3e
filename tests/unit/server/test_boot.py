from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pymaster.config.params.process import ProcessParams
from pymaster.server import boot
from pymaster.server.skeleton import Multi
from pymaster.util import log
from pymaster.util.errors import ConfigError, Fatal


@pytest.fixture(autouse=True)
def memory() -> Iterator[log.MemorySink]:
    sink, log.LOG.sink = log.LOG.sink, log.MemorySink()
    yield log.LOG.sink
    log.LOG.sink = sink


def raises(exc: BaseException) -> Callable[[], int]:
    def main() -> int:
        raise exc

    return main


@pytest.mark.parametrize(
    ("exc", "status", "text"),
    [
        (Fatal("no"), 1, "fatal: no\n"),
        (ConfigError("bad", "main.cf, line 3"), 1, "fatal: main.cf, line 3: bad\n"),
        (SystemExit(3), 3, ""),
        (MemoryError(), 1, "fatal: out of memory\n"),
        (ZeroDivisionError("bug"), 1, "panic: ZeroDivisionError: bug\n"),
    ],
)
def test_every_end_has_its_line(memory: log.MemorySink, exc: BaseException, status: int, text: str) -> None:
    assert boot.guarded(raises(exc)) == status
    assert memory.text.endswith(text)


class Toy(Multi):
    name = "toy"
    params = (ProcessParams,)


def test_prepare_checks_what_the_service_declared(tmp_path: Path) -> None:
    (tmp_path / "main.cf").write_text("max_idle = 5s\n")
    service = boot.prepare(Toy, str(tmp_path), {"max_use": "7"}, "other", "toy")
    assert service.snapshot[ProcessParams].max_use == 7
    assert service.service_name == "other"
    with pytest.raises(ConfigError, match="option -o max_use"):
        boot.prepare(Toy, str(tmp_path), {"max_use": "many"}, "other", "toy")
