"""Verification: what is damaged is named, what is sound is not."""

import os
from pathlib import Path

import pytest

from pymaster.model.stored import RecipientState
from pymaster.store import fsck
from pymaster.store.contract import Insert, StoreUnavailable
from pymaster.store.rows import seal
from tests.queues import message, open_queue


def test_rows_and_bodies(tmp_path: Path) -> None:
    queue = open_queue(tmp_path)
    reports: list[str] = []
    queue.watch(None, reports.append)
    queue.commit([Insert(message(f"A{n}", bytes(70_000))) for n in range(5)])
    assert queue.verify() == []
    tables = queue.env.tables
    queue.env.write(lambda txn: txn.put(b"A1", b"junk", db=tables["msg"]))
    queue.env.write(lambda txn: txn.put(b"A2\0" + bytes(5), b"junk", db=tables["body"]))
    queue.env.write(lambda txn: txn.put(b"A3\0\0\0\0\0", seal(RecipientState.__name__.encode()), db=tables["rcpt"]))
    problems = queue.verify()
    assert {problem.split(":")[0] for problem in problems} == {"A1", "A2", "A3"}
    assert queue.corrupt() == ["A1", "A2", "A3"]
    assert len(reports) == 3
    assert queue.verify() == []
    assert queue.count() == 2
    queue.close()


def test_structure(tmp_path: Path) -> None:
    path = tmp_path / "queue"
    with pytest.raises(StoreUnavailable):
        fsck.structure(str(path))
    queue = open_queue(tmp_path)
    queue.commit([Insert(message(f"A{n}", bytes(9000))) for n in range(50)])
    queue.close()
    assert fsck.structure(str(path)) == []
    data = path / "data.mdb"
    page = bytearray(data.read_bytes())
    for start in range(2 * 4096, len(page), 4096):
        page[start + 10] ^= 0xFF
    data.write_bytes(page)
    assert fsck.structure(str(path))
    os.truncate(data, 100)
    assert fsck.structure(str(path))
