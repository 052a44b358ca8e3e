from pymaster.rules.auth import penalty
from pymaster.rules.auth.penalty import Penalty
from pymaster.util.clock import ManualClock


def made() -> tuple[Penalty, ManualClock]:
    clock = ManualClock()
    return Penalty(2.0, lambda address: address.startswith("10."), clock), clock


def test_it_doubles_to_the_limit_and_is_forgotten() -> None:
    rule, clock = made()
    waits = []
    for n in range(6):
        waits.append(rule.before("192.0.2.1"))
        assert rule.failed("192.0.2.1", b"%d" % n) == 2.0
    assert waits == [0, 2, 4, 8, 15, 15]
    clock.advance(60)
    assert rule.before("192.0.2.1") == 0
    rule.sweep()
    assert rule.failed("192.0.2.1", b"x") == 2.0 and rule.before("192.0.2.1") == 2


def test_the_same_wrong_password_does_not_count() -> None:
    rule, _ = made()
    for _ in range(5):
        rule.failed("192.0.2.1", b"same")
    assert rule.before("192.0.2.1") == 2


def test_networks() -> None:
    rule, _ = made()
    rule.failed("2001:db8:1:2::1", b"a")
    assert rule.before("2001:db8:1:2:ffff::9") == 2 and rule.before("2001:db8:1:3::1") == 0
    rule.failed("192.0.2.1", b"a")
    assert rule.before("192.0.2.2") == 0


def test_who_never_waits() -> None:
    rule, _ = made()
    for address in ("10.1.2.3", "", "nonsense"):
        assert rule.failed(address, b"a") == 0 and rule.before(address) == 0


def test_memory_is_bounded(monkeypatch) -> None:
    monkeypatch.setattr(penalty, "MAX_NETWORKS", 3)
    rule, _ = made()
    for n in range(5):
        rule.failed(f"192.0.2.{n}", b"a")
    assert [rule.before(f"192.0.2.{n}") for n in range(5)] == [0, 0, 2, 2, 2]
