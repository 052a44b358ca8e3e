import json
import os
import selectors
import socket
from pathlib import Path

import pytest

from pymaster.master.report import PATH, Reporter, picture
from pymaster.master.state import Machine, Spec


def test_picture() -> None:
    machine = Machine()
    machine.add(Spec("smtp:inet", "smtp", "/p/smtpd.py", min_procs=1), 1)
    machine.spawned(1, os.getpid())
    facts = picture(machine, {}, {"green": os.getpid()})
    (service,) = facts["services"]
    assert service["program"] == "smtpd.py"
    assert service["workers"][0]["memory"] > 0
    assert [item["name"] for item in facts["own"]] == ["master", "nursery green"]
    json.dumps(facts)


def test_answers_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "private").mkdir()
    (tmp_path / PATH).touch()  # left by a master that was killed
    selector = selectors.DefaultSelector()
    reporter = Reporter(selector, lambda: {"x": 1})
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(PATH)
        ((key, _),) = selector.select(2)
        key.data()
        assert json.loads(client.recv(100)) == {"x": 1}
    reporter.close()
    assert not (tmp_path / PATH).exists()
