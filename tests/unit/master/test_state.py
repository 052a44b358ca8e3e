"""The supervisor's machine without a process: every sequence by hand, and a random walk."""

import signal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pymaster.master import state
from pymaster.master.state import BUSY, IDLE, LEAVING, STARTING, Action, Machine, Spec


def verbs(actions: list[Action]) -> list[str]:
    return [action.verb for action in actions]


def one(machine: Machine, key: str = "smtp:inet") -> int:
    """The newest worker."""
    return max(machine.services[key].workers)


def spec(**changes: object) -> Spec:
    made = Spec("smtp:inet", '"smtp" (25)', "/p/smtpd.py", max_procs=3, clients=10, maxproc=30)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_on_demand_a_client_brings_a_worker() -> None:
    machine = Machine()
    assert verbs(machine.add(spec(), 0)) == ["watch"]
    assert verbs(machine.readable("smtp:inet", 1)) == ["spawn", "unwatch"]
    number = one(machine)
    assert machine.spawned(number, 77) == []
    assert machine.ready(number, 2) == []
    assert verbs(machine.busy(number, 3)) == ["watch"]
    assert verbs(machine.idle(number, 4)) == ["unwatch"]
    assert verbs(machine.used_up(number, 5)) == ["watch"]
    assert machine.exited(number, 0, 6) == []
    assert machine.empty


def test_kept_workers_run_without_clients_and_are_replaced() -> None:
    machine = Machine()
    assert verbs(machine.add(spec(min_procs=2), 0)) == ["spawn", "spawn"]
    first, second = machine.services["smtp:inet"].workers
    for number in (first, second):
        machine.ready(number, 1)
    actions = machine.exited(first, signal.SIGKILL, 2)
    assert verbs(actions) == ["warn", "spawn"]
    assert actions[0].text.endswith("killed by signal 9")
    assert machine.services["smtp:inet"].restarts == 1


def test_bad_startup_throttles_with_postfix_lines() -> None:
    machine = Machine(throttle_time=60)
    machine.add(spec(), 0)
    machine.readable("smtp:inet", 1)
    number = one(machine)
    machine.spawned(number, 123)
    actions = machine.exited(number, 1 << 8, 2)
    assert [action.text for action in actions] == [
        "process /p/smtpd.py pid 123 exit status 1",
        "/p/smtpd.py: bad command startup -- throttling",
    ]
    assert machine.readable("smtp:inet", 30) == []
    assert machine.due() == 62
    assert verbs(machine.tick(62)) == ["watch"]


def test_a_start_killed_once_is_tried_again_three_times_is_not() -> None:
    machine = Machine()
    machine.add(spec(min_procs=1), 0)
    for count in range(state.KILLED_STARTS):
        actions = machine.exited(one(machine), signal.SIGKILL, count)
        assert ("spawn" in verbs(actions)) == (count < state.KILLED_STARTS - 1)


def test_dying_without_end_throttles() -> None:
    machine = Machine()
    machine.add(spec(min_procs=1), 0)
    now = 0.0
    spawns = 0
    while not machine.services["smtp:inet"].throttled_until:
        now += 0.01
        machine.ready(one(machine), now)
        spawns += "spawn" in verbs(machine.exited(one(machine), signal.SIGSEGV, now))
        assert spawns <= state.DEATHS
    assert spawns == state.DEATHS


def test_process_limit_is_told_once_in_a_while() -> None:
    machine = Machine()
    machine.add(spec(max_procs=2), 0)
    for now in (1, 2):
        machine.readable("smtp:inet", now)
        machine.ready(one(machine), now)
        actions = machine.busy(one(machine), now)
    assert actions[0].text == (
        'service "smtp" (25) has reached its process limit "30": new clients may experience noticeable delays'
    )
    machine.idle(one(machine), 3)
    assert "warn" not in verbs(machine.busy(one(machine), 4))
    machine.idle(one(machine), 5)
    assert "warn" in verbs(machine.busy(one(machine), 5 + state.LIMIT_WARNING_INTERVAL))


def test_wakeups_and_lazy_ones() -> None:
    machine = Machine()
    machine.add(spec(key="a", wakeup=10.0), 1)
    machine.add(spec(key="b", wakeup=10.0, wakeup_lazy=True), 1)
    assert [a.key for a in machine.tick(1)] == ["a"]
    assert [a.key for a in machine.tick(11)] == ["a"]
    machine.readable("b", 12)
    assert machine.services["b"].wake_at == 22


def test_reload_drains_replaces_adds_and_removes() -> None:
    machine = Machine()
    for key in ("stays", "goes"):
        machine.add(spec(key=key, min_procs=1), 0)
        machine.ready(one(machine, key), 0)
    actions = machine.reload([spec(key="stays", min_procs=1), spec(key="new", min_procs=1)], 1)
    assert [(a.verb, a.key) for a in actions] == [
        ("drain", "stays"),
        ("spawn", "stays"),
        ("kill", "goes"),
        ("spawn", "new"),
    ]
    assert machine.services["goes"].spec.listens is False
    assert machine.exited(2, signal.SIGTERM, 2) == []
    assert "goes" not in machine.services


def test_a_service_of_one_waits_for_the_old_one() -> None:
    machine = Machine()
    machine.add(spec(key="qmgr", min_procs=1, max_procs=1), 0)
    machine.ready(1, 0)
    assert verbs(machine.reload([spec(key="qmgr", min_procs=1, max_procs=1)], 1)) == ["drain"]
    assert machine.due() == 1 + state.DRAIN_ALONE
    assert [a.signal for a in machine.tick(1 + state.DRAIN_ALONE)] == [signal.SIGTERM]
    assert verbs(machine.exited(1, signal.SIGTERM, 12)) == ["spawn"]


def test_stop_drains_then_terms_then_kills() -> None:
    machine = Machine()
    machine.add(spec(min_procs=1), 0)
    machine.ready(1, 0)
    assert verbs(machine.stop(5, 10)) == ["drain"]
    assert machine.tick(14) == []
    assert [a.signal for a in machine.tick(15)] == [signal.SIGTERM]
    assert [a.signal for a in machine.tick(17)] == [signal.SIGKILL]
    assert machine.exited(1, signal.SIGKILL, 17) == []
    assert machine.empty


def test_abort_ends_everybody() -> None:
    machine = Machine()
    machine.add(spec(min_procs=2), 0)
    assert [a.signal for a in machine.abort(1)] == [signal.SIGTERM] * 2


def test_without_a_nursery_the_service_asks_again_soon() -> None:
    machine = Machine()
    machine.add(spec(min_procs=1), 0)
    assert machine.not_now(1, 1) == []
    assert verbs(machine.tick(1 + state.RETRY_PAUSE)) == ["spawn"]


def test_spawn_failed_throttles() -> None:
    machine = Machine(throttle_time=60)
    machine.add(spec(min_procs=1), 0)
    assert [a.text for a in machine.spawn_failed(1, "fork: no", 1)] == ["fork: no -- throttling"]
    assert machine.due() == 61


class Walk(RuleBasedStateMachine):
    """Events in any order: the limits hold, and nobody is left waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.machine = Machine(throttle_time=20)
        self.specs = [
            spec(key="one", max_procs=1, min_procs=1),
            spec(key="many", max_procs=3),
            spec(key="kept", max_procs=4, min_procs=2),
            spec(key="free", max_procs=0),
        ]
        self.watched: set[str] = set()
        for item in self.specs:
            self.act(self.machine.add(item, 0))

    def act(self, actions: list[Action]) -> None:
        for action in actions:
            if action.verb == "watch":
                assert action.key not in self.watched
                self.watched.add(action.key)
            elif action.verb == "unwatch":
                self.watched.remove(action.key)
            elif action.verb == "spawn":
                assert not self.machine.stopping

    def pick(self, data: st.DataObject, *states: str) -> int | None:
        numbers = sorted(n for n, w in self.machine.workers.items() if w.state in states)
        return data.draw(st.sampled_from(numbers)) if numbers else None

    @rule(key=st.sampled_from(["one", "many", "kept", "free"]))
    def client(self, key: str) -> None:
        if key in self.watched:
            self.act(self.machine.readable(key, self.now))

    @rule(data=st.data())
    def ready(self, data: st.DataObject) -> None:
        if (number := self.pick(data, STARTING)) is not None:
            self.machine.spawned(number, number + 1000)
            self.act(self.machine.ready(number, self.now))

    @rule(data=st.data(), busy=st.booleans())
    def turned(self, data: st.DataObject, busy: bool) -> None:
        if (number := self.pick(data, IDLE, BUSY)) is not None:
            self.act((self.machine.busy if busy else self.machine.idle)(number, self.now))

    @rule(data=st.data(), status=st.sampled_from([0, 256, 9]))
    def exited(self, data: st.DataObject, status: int) -> None:
        if (number := self.pick(data, STARTING, IDLE, BUSY, LEAVING)) is not None:
            self.act(self.machine.exited(number, status, self.now))

    @rule(data=st.data())
    def used_up(self, data: st.DataObject) -> None:
        if (number := self.pick(data, IDLE, BUSY)) is not None:
            self.act(self.machine.used_up(number, self.now))

    @rule(data=st.data())
    def fails(self, data: st.DataObject) -> None:
        if (number := self.pick(data, STARTING)) is not None:
            self.act(self.machine.spawn_failed(number, "x", self.now))

    @rule(seconds=st.sampled_from([0.01, 1.0, 25.0]))
    def time(self, seconds: float) -> None:
        self.now += seconds
        self.act(self.machine.tick(self.now))

    @precondition(lambda self: not self.machine.stopping)
    @rule()
    def reload(self) -> None:
        self.act(self.machine.reload(self.specs, self.now))

    @rule()
    def stop(self) -> None:
        self.act(self.machine.stop(5, self.now))

    @invariant()
    def limits_hold(self) -> None:
        for service in self.machine.services.values():
            limit = service.spec.max_procs
            active = service.count(STARTING, IDLE, BUSY)
            assert not limit or active <= limit
            assert limit != 1 or len(service.workers) <= 1

    @invariant()
    def somebody_cares(self) -> None:
        """A service that may run has a worker that accepts, a watched listener, or is at its limit."""
        for key, service in self.machine.services.items():
            if self.machine.stopping or service.throttled_until > self.now:
                assert key not in self.watched or not self.machine.stopping
                continue
            accepts = service.count(STARTING, IDLE) > 0
            full = not self.machine.room(service)
            assert accepts or full or key in self.watched or service.throttled_until

    @invariant()
    def tables_agree(self) -> None:
        listed = {n for service in self.machine.services.values() for n in service.workers}
        assert listed == set(self.machine.workers)


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
