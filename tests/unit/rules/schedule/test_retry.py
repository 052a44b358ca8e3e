"""When mail is tried again, warned of, given up."""

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.model.envelope import Envelope, Origin
from pymaster.model.stored import FORCE_EXPIRE, WARNED
from pymaster.rules.schedule.retry import RetryRules, read


def envelope(sender: bytes = b"a@b") -> Envelope:
    return Envelope("A1", 1000.0, sender, (), 0, Origin())


@pytest.mark.parametrize(("age", "pause"), [(0, 300), (299, 300), (600, 600), (1200, 1200), (5000, 4000), (-50, 300)])
def test_pause_is_the_age_within_bounds(age: float, pause: float) -> None:
    assert RetryRules().next_due(1000.0, 1000.0 + age) == 1000.0 + age + pause


def test_pauses_double() -> None:
    now, pauses = 0.0, []
    for _ in range(6):
        due = RetryRules().next_due(0.0, now)
        pauses.append(due - now)
        now = due
    assert pauses == [300, 300, 600, 1200, 2400, 4000]


def test_expiry() -> None:
    rules = RetryRules(lifetime=100.0, bounce_lifetime=10.0)
    assert not rules.expired(envelope(), 0, 1099.0)
    assert rules.expired(envelope(), 0, 1100.0)
    assert rules.expired(envelope(b""), 0, 1010.0)
    assert rules.expired(envelope(), FORCE_EXPIRE, 1000.0)
    assert RetryRules(lifetime=0.0).expired(envelope(), 0, 1000.0)


def test_warning_once_and_not_for_the_null_sender() -> None:
    rules = RetryRules(warning=60.0)
    assert not rules.warns(envelope(), 0, 1059.0)
    assert rules.warns(envelope(), 0, 1060.0)
    assert not rules.warns(envelope(), WARNED, 1060.0)
    assert not rules.warns(envelope(b""), 0, 1060.0)
    assert not RetryRules().warns(envelope(), 0, 1e9)


def test_due_times_from_disk_are_clamped() -> None:
    assert RetryRules().clamp(9e9, 1000.0) == 5000.0
    assert RetryRules().clamp(500.0, 1000.0) == 500.0


def test_read() -> None:
    rules = read(Snapshot.from_text("delay_warning_time = 4\nmaximal_queue_lifetime = 1\nminimal_backoff_time = 10m\n"))
    assert (rules.minimum, rules.maximum, rules.lifetime, rules.warning) == (600.0, 4000.0, 86400.0, 14400.0)
