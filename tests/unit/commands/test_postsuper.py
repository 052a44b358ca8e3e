"""postsuper on a queue of its own: every verb, ids from everywhere, what it says."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from pymaster.commands import postsuper
from pymaster.model.stored import FORCE_EXPIRE
from pymaster.store.contract import Insert
from pymaster.store.queue import Queue
from tests.queues import message, open_queue

Say = Callable[..., str]


@pytest.fixture
def say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run the command on a queue of three messages, AA03 on hold; what it said on standard error."""
    (tmp_path / "main.cf").write_text(f"queue_directory = {tmp_path}\nmaillog_file = {tmp_path}/log\n")
    (tmp_path / "log").touch()
    queue = open_queue(tmp_path)
    queue.commit([Insert(message("AA01")), Insert(message("AA02")), Insert(message("AA03", hold=True))])
    queue.close()

    def run(*args: str, status: int = 0) -> str:
        assert postsuper.main(["-c", str(tmp_path), *args]) == status
        return capsys.readouterr().err

    return run


def state(tmp_path: Path) -> dict[str, str]:
    queue = Queue.open(str(tmp_path / "queue"), readonly=True)
    found = {s.envelope.queue_id: s.state.queue + "#" * bool(s.state.flags & FORCE_EXPIRE) for s in queue.scan()}
    queue.close()
    return found


def lines(*texts: str) -> str:
    return "".join(f"postsuper: {text}\n" for text in texts)


def test_delete(say: Say, tmp_path: Path) -> None:
    assert say("-d", "AA01", "-d", "AA03", "-d", "AA99") == lines(
        "AA01: removed", "AA03: removed", "Deleted: 2 messages"
    )
    assert state(tmp_path) == {"AA02": "incoming"}


def test_delete_all_of_one_queue(say: Say, tmp_path: Path) -> None:
    assert say("-d", "ALL", "hold") == lines("Deleted: 1 message")
    assert set(state(tmp_path)) == {"AA01", "AA02"}


def test_ids_from_standard_input(say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("AA01\n\n  AA02  \nno/id\n"))
    said = say("-d", "-")
    assert "warning: invalid mail queue id: no/id" in said
    assert "Deleted: 2 messages" in said
    assert set(state(tmp_path)) == {"AA03"}


def test_standard_input_once(say: Say) -> None:
    assert "standard input" in say("-d", "-", "-h", "-", status=1)


def test_hold_and_release(say: Say, tmp_path: Path) -> None:
    assert say("-h", "ALL") == lines("Placed on hold: 2 messages")
    assert say("-h", "AA01") == lines("Placed on hold: 0 messages")
    said = say("-H", "AA01", "-H", "AA03")
    assert said == lines("AA01: released from hold", "AA03: released from hold", "Released from hold: 2 messages")
    assert state(tmp_path) == {"AA01": "deferred", "AA02": "hold", "AA03": "deferred"}


def test_requeue(say: Say, tmp_path: Path) -> None:
    assert say("-r", "AA03") == lines("AA03: requeued", "Requeued: 1 message")
    assert state(tmp_path)["AA03"] == "incoming"


def test_expire(say: Say, tmp_path: Path) -> None:
    assert say("-e", "AA01", "-e", "AA03") == lines("AA01: expired", "AA03: expired", "Force-expired: 2 messages")
    assert state(tmp_path) == {"AA01": "incoming#", "AA02": "incoming", "AA03": "hold#"}
    assert say("-f", "AA03") == lines("AA03: expired", "Force-expired: 1 message", "Released from hold: 0 messages")
    assert state(tmp_path)["AA03"] == "deferred#"


def test_structure_and_purge(say: Say, tmp_path: Path) -> None:
    assert say() == ""
    queue = open_queue(tmp_path)
    queue.env.write(lambda txn: txn.put(b"AA02", b"damage", db=queue.env.tables["msg"]))
    queue.close()
    assert "AA02: " in say("-s", status=1)
    assert set(state(tmp_path)) == {"AA01", "AA03"}
    assert say("-d", "ALL", "corrupt") == lines("Deleted: 1 message")
    assert say("-s", "-p") == ""


@pytest.mark.parametrize("args", [("-x",), ("-d", "AA01", "nosuchqueue")])
def test_wrong_use(say: Say, args: tuple[str, ...]) -> None:
    assert "fatal: " in say(*args, status=1)


def test_everything_is_in_the_log(say: Say, tmp_path: Path) -> None:
    say("-d", "AA01")
    assert "AA01: removed\n" in (tmp_path / "log").read_text()
