from pathlib import Path

import pytest

from pymaster.commands import pymaster

WORKER = {
    "pid": 12,
    "state": "idle",
    "memory": 1 << 21,
    "cpu": 0.5,
    "age": 3.0,
    "clients": 2,
    "sessions": 9,
    "worst_gap": 0.004,
}
FACTS = {
    "services": [
        {
            "service": "smtp:inet",
            "program": "smtpd.py",
            "workers": [WORKER],
            "restarts": 1,
            "last_exit": "exit status 1",
            "throttled": False,
        },
        {"service": "x:unix", "program": "x.py", "workers": [], "restarts": 0, "last_exit": "", "throttled": True},
    ],
    "own": [{"name": "master", "pid": 1, "memory": 1 << 20, "cpu": 0.1, "age": 1.0}],
    "pss": 50 << 20,
}


def test_table() -> None:
    lines = pymaster.table(FACTS).split("\n")
    assert lines[0].split()[:4] == ["SERVICE", "PID", "STATE", "CLIENTS"]
    assert lines[2].split() == [
        "smtp:inet",
        "12",
        "idle",
        "2",
        "9",
        "0.5",
        "s",
        "2",
        "MB",
        "4",
        "ms",
        "1",
        "exit",
        "status",
        "1",
    ]
    assert "throttled" in lines[3]
    assert lines[4] == "memory of all (PSS): 50 MB"


def test_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "main.cf").write_text(f"queue_directory = {tmp_path}\n")
    assert pymaster.main(["ps", "-c", str(tmp_path)]) == 1
    assert "not running" in capsys.readouterr().err
    assert pymaster.main(["dance"]) == 1
    assert pymaster.main(["version"]) == 0
    assert pymaster.main(["--help"]) == 0
