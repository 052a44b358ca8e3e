import os
from pathlib import Path

from pymaster.store.passdb import saltkey
from pymaster.util import log


def test_it_stays(tmp_path: Path) -> None:
    path = str(tmp_path / "salt")
    key = saltkey.load(path)
    assert len(key) == 32 and saltkey.load(path) == key
    assert oct(os.stat(path).st_mode)[-3:] == "600" and os.listdir(tmp_path) == ["salt"]


def test_where_there_can_be_no_file(tmp_path: Path) -> None:
    sink, log.LOG.sink = log.LOG.sink, log.MemorySink()
    try:
        assert len(saltkey.load(str(tmp_path / "no" / "salt"))) == 32
        (tmp_path / "short").write_bytes(b"x")
        assert saltkey.load(str(tmp_path / "short")) != saltkey.load(str(tmp_path / "short"))
        assert "short" in log.LOG.sink.text
    finally:
        log.LOG.sink = sink
