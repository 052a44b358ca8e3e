import os
import time

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.stored import NewMessage
from pymaster.server import agent
from pymaster.store.contract import Insert
from pymaster.store.queue import Queue


@pytest.fixture
def snapshot(tmp_path):
    return Snapshot.from_text(f"queue_directory = {tmp_path}\ndata_directory = {tmp_path}/data\n")


def message(queue_id):
    envelope = Envelope(queue_id, time.time(), b"s@x", (Recipient(b"a@b"),), 6, Origin())
    return NewMessage(envelope, (b"hello\n",))


def test_reader(snapshot, tmp_path):
    reader = agent.Reader(agent.queue_path(snapshot))
    reader.open()
    with pytest.raises(OSError, match="cannot be read"):
        list(reader.chunks("A1"))
    queue = Queue.open(str(tmp_path / "queue"), create=True)
    queue.commit([Insert(message("A1"))])
    queue.close()
    assert list(reader.chunks("A1")) == [b"hello\n"]
    with pytest.raises(OSError, match="gone"):
        list(reader.chunks("A2"))
    reader.close()


def test_writer(snapshot, tmp_path):
    Queue.open(str(tmp_path / "queue"), create=True).close()
    writer = agent.Writer(snapshot)
    assert writer.mint() != writer.mint()
    assert writer.stager("S1")(b"slice") == "S1"
    writer.insert(message("A1"))
    assert list(writer.chunks("A1")) == [b"hello\n"]
    writer.close()


def test_journal(snapshot, tmp_path):
    journal = agent.journal(snapshot, time.time())
    assert os.stat(tmp_path / "data/mbox-journal").st_mode & 0o777 == 0o700
    journal.close()
    os.chmod(tmp_path / "data/mbox-journal", 0o755)
    assert agent.journal(snapshot, time.time()) is None
