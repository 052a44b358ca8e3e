"""The pipeline takes the cleanup line's settings."""

from pathlib import Path

from pymaster.config.snapshot import Snapshot
from pymaster.server import cleanup

MASTER = """smtp inet n - y - - smtpd -o header_size_limit=1
cleanup unix n - y - 0 cleanup -o header_size_limit=4711
other unix n - y - 0 cleanup -o header_size_limit=4712
"""


def limit(tmp_path: Path, main: str) -> str:
    (tmp_path / "main.cf").write_text(main)
    (tmp_path / "master.cf").write_text(MASTER)
    snapshot = Snapshot.load(str(tmp_path), {"header_size_limit": "1"})
    return cleanup.configuration(snapshot).text("header_size_limit")


def test_overrides_of_the_line(tmp_path: Path) -> None:
    assert limit(tmp_path, "") == "4711"
    assert limit(tmp_path, "cleanup_service_name = other\n") == "4712"
    assert limit(tmp_path, "cleanup_service_name = none\n") == "102400"


def test_without_a_master_cf(tmp_path: Path) -> None:
    (tmp_path / "main.cf").write_text("myhostname = mx.test\n")
    snapshot = Snapshot.load(str(tmp_path))
    assert cleanup.pipeline(snapshot, lambda: "ID").rules.hostname == "mx.test"
