import _socket
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest

from pymaster.model.authtask import AuthAnswer, AuthReady, AuthSaid, AuthTask
from pymaster.server.authkeeper import KILL, START, Ends
from pymaster.server.authpool import Pool
from pymaster.util import log
from pymaster.util.errors import Fatal

TASK = AuthTask(0, "verify", "bob", b"pw")


class Bench:
    """A pool whose keeper and checkers are greenlets of the test."""

    def __init__(self, count: int, deadline: float) -> None:
        control, self.control = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
        pairs = [_socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET) for _ in range(count)]
        self.far = [far for _, far in pairs]
        for sock in (self.control, *self.far):
            sock.setblocking(False)
        self.pool = Pool(Ends(0, control, [near for near, _ in pairs]), deadline)

    def take(self, sock: Any) -> bytes:
        until = 200
        while until:
            try:
                data: bytes = sock.recv(100000)
                return data
            except BlockingIOError:
                until -= 1
                gevent.sleep(0.01)
        raise AssertionError("nothing came")

    def serve(self, slot: int, answer: Callable[[AuthTask], Any] | None = None) -> AuthTask:
        """Be a fresh checker for one question."""
        self.far[slot].send(AuthReady(1).pack())
        return self.go_on(slot, answer)

    def go_on(self, slot: int, answer: Callable[[AuthTask], Any] | None = None) -> AuthTask:
        task = AuthTask.unpack(self.take(self.far[slot]))
        for record in (answer or ok)(task):
            self.far[slot].send(record.pack())
        return task


def ok(task: AuthTask) -> list[Any]:
    return [AuthAnswer(task.number, "ok", {}, task.user)]


@pytest.fixture
def bench() -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def build(count: int = 2, deadline: float = 5.0) -> Bench:
        made.append(Bench(count, deadline))
        return made[-1]

    sink, log.LOG.sink = log.LOG.sink, log.MemorySink()
    yield build
    log.LOG.sink = sink
    for item in made:
        item.pool.close()


def test_a_question_and_its_answer(bench: Callable[..., Bench]) -> None:
    made = bench()
    asked = gevent.spawn(made.pool.ask, TASK)
    assert made.take(made.control) == START + b"\0"
    made.serve(0, lambda task: [AuthAnswer(99, "ok", {}), AuthSaid(("warning: x",)), *ok(task)])
    assert asked.get(timeout=5).state == "ok"
    assert "warning: x" in log.LOG.sink.text  # type: ignore[attr-defined]
    again = gevent.spawn(made.pool.ask, TASK)
    made.go_on(0)
    assert again.get(timeout=5).state == "ok"


def test_more_are_started_when_needed_and_the_rest_waits(bench: Callable[..., Bench]) -> None:
    made = bench(2)
    asked = [gevent.spawn(made.pool.ask, TASK) for _ in range(3)]
    gevent.sleep(0)
    assert {made.take(made.control), made.take(made.control)} == {START + b"\0", START + b"\1"}
    made.serve(0)
    made.serve(1)
    gevent.joinall(asked[:2], timeout=5)
    for slot in (0, 1):
        try:
            made.go_on(slot)
            break
        except AssertionError:
            continue
    assert asked[2].get(timeout=5).state == "ok"


def test_a_checker_that_dies_costs_its_question(bench: Callable[..., Bench]) -> None:
    made = bench(1)
    asked = gevent.spawn(made.pool.ask, TASK)
    made.serve(0, lambda task: [AuthReady(2)])
    found = asked.get(timeout=5)
    assert (found.state, found.reason) == ("temp", "the checker ended")
    again = gevent.spawn(made.pool.ask, TASK)
    made.go_on(0)
    assert again.get(timeout=5).state == "ok"


def test_a_checker_that_hangs_is_killed(bench: Callable[..., Bench]) -> None:
    made = bench(1, 0.2)
    asked = gevent.spawn(made.pool.ask, TASK)
    first = made.serve(0, lambda task: [])
    assert asked.get(timeout=5).state == "temp"
    assert [made.take(made.control), made.take(made.control)] == [START + b"\0", KILL + b"\0"]
    again = gevent.spawn(made.pool.ask, TASK)
    # What the old one had to say comes too late, and is not taken for the new one's word.
    made.serve(0, lambda task: [AuthAnswer(first.number, "ok", {}, "evil"), *ok(task)])
    assert again.get(timeout=5).user == "bob"


def test_nonsense_from_a_checker(bench: Callable[..., Bench]) -> None:
    made = bench(1)
    asked = gevent.spawn(made.pool.ask, TASK)
    gevent.sleep(0.05)
    made.far[0].send(b"\xff\xff")
    assert asked.get(timeout=5).state == "temp"


def test_a_greenlet_that_is_killed_in_the_queue_takes_no_slot(bench: Callable[..., Bench]) -> None:
    made = bench(1)
    first, second, third = (gevent.spawn(made.pool.ask, TASK) for _ in range(3))
    gevent.sleep(0.01)
    second.kill()
    made.serve(0)
    assert first.get(timeout=5).state == "ok"
    made.go_on(0)
    assert third.get(timeout=5).state == "ok"


def test_the_queue_is_bounded(bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pymaster.server.authpool.MAX_WAITING", 1)
    made = bench(1)
    waiting = [gevent.spawn(made.pool.ask, TASK) for _ in range(2)]
    gevent.sleep(0.01)
    assert made.pool.ask(TASK).reason == "too many logins at once"
    gevent.killall(waiting)


def test_the_keepers_end_is_ours(bench: Callable[..., Bench]) -> None:
    made = bench(1)
    made.control.close()
    with pytest.raises(Fatal, match="keeper is gone"):
        made.pool.watch()
