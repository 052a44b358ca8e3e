"""Reading a store does not make its reader large."""

import os
from pathlib import Path

from pymaster.store import mapping
from pymaster.store.contract import Insert
from pymaster.store.mapping import Mapping
from tests.queues import message, open_queue


def mapped(path: str) -> int:
    """KB of the file that count as this process's memory."""
    total, inside = 0, False
    for line in Path("/proc/self/smaps").read_text().split("\n"):
        head = line.split(" ")[0]
        if "-" in head and not head.endswith(":"):
            inside = line.endswith(path)
        elif inside and line.startswith("Rss:"):
            total += int(line.split()[1])
    return total


def test_pages_are_let_go_and_read_again(tmp_path: Path) -> None:
    queue = open_queue(tmp_path)
    path = os.path.realpath(os.path.join(queue.env.path, "data.mdb"))
    bodies = {f"A{n}": os.urandom(1 << 20) for n in range(8)}
    for name, body in bodies.items():
        queue.commit([Insert(message(name, body))])
    for name, body in bodies.items():
        assert b"".join(queue.chunks(name)) == body
    assert mapped(path) > 6000
    assert Mapping(path).forget()
    assert mapped(path) < 1000
    assert b"".join(queue.chunks("A3")) == bodies["A3"]
    queue.close()


def test_a_map_that_is_not_there() -> None:
    assert not Mapping("/nonexistent/data.mdb").forget()


def test_it_happens_by_itself(tmp_path: Path) -> None:
    queue = open_queue(tmp_path)
    path = os.path.realpath(os.path.join(queue.env.path, "data.mdb"))
    body = os.urandom(8 << 20)
    queue.commit([Insert(message("A1", body))])
    for _ in range(2 * mapping.EVERY // len(body)):
        assert sum(map(len, queue.chunks("A1"))) == len(body)
    assert mapped(path) < 10_000
    queue.close()
