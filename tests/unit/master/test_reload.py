from collections.abc import Iterator
from pathlib import Path

import pytest

from pymaster.master import plan, reload
from pymaster.util import log


@pytest.fixture
def memory() -> Iterator[log.MemorySink]:
    sink, log.LOG.sink = log.LOG.sink, log.MemorySink()
    yield log.LOG.sink
    log.LOG.sink = sink


def write(folder: Path, master: str, main: str = "") -> str:
    for name in ("public", "private"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "main.cf").write_text(f"queue_directory = {folder}\n{main}")
    (folder / "master.cf").write_text(master)
    return str(folder)


def test_new_listeners_are_opened_and_old_ones_kept(tmp_path: Path, memory: log.MemorySink) -> None:
    made = plan.load(write(tmp_path, "a unix n - n - - smtp\n"))
    listeners = reload.open_all(made, None, {})
    kept = listeners["a:unix"]
    write(tmp_path, "a unix n - n - - smtp\nb unix n - n - - smtp\n")
    fresh = reload.reload(made, None, listeners)
    assert fresh is not None and set(listeners) == {"a:unix", "b:unix"}
    assert listeners["a:unix"] is kept
    assert (tmp_path / "public/b").exists()


@pytest.mark.parametrize(
    ("master", "main", "text"),
    [
        ("a unix n - n - -\n", "", "master.cf, line 1"),
        ("", "max_idle = soon\n", "main.cf, line 2"),
        ("a unix n - n - - smtp\n", "queue_directory = /else/where\n", "cannot change"),
        ("b unix n - n - - smtp\nnosuchport inet n - n - - smtpd\n", "", "unknown service nosuchport"),
    ],
)
def test_a_broken_file_leaves_everything_alone(
    tmp_path: Path, memory: log.MemorySink, master: str, main: str, text: str
) -> None:
    made = plan.load(write(tmp_path, "a unix n - n - - smtp\n"))
    listeners = reload.open_all(made, None, {})
    write(tmp_path, master, main)
    assert reload.reload(made, None, listeners) is None
    assert set(listeners) == {"a:unix"}
    assert not (tmp_path / "public/b").exists()
    assert text in memory.text and "the running configuration stays" in memory.text
