"""The leaky bucket in front of the active queue."""

from pymaster.model.envelope import Envelope, Origin
from pymaster.rules.schedule.admission import Admission


def test_new_and_retried_mail_take_turns() -> None:
    line = Admission()
    for n in range(3):
        line.fresh(f"F{n}", None)
        line.retried(f"R{n}")
    got = [line.take(0, 0) for _ in range(6)]
    assert [g[0] for g in got if g] == ["F0", "R0", "F1", "R1", "F2", "R2"]
    assert line.take(0, 0) is None and len(line) == 0


def test_bounds() -> None:
    line = Admission(messages=2, recipients=10)
    assert [line.fresh(f"F{n}", None) for n in range(6)] == [True] * 4 + [False] * 2
    assert line.full
    assert line.take(2, 0) is None
    assert line.take(1, 10) is None
    assert line.take(0, 10) is not None


def test_known_mail_is_not_taken_twice_and_envelopes_ride_along() -> None:
    line = Admission()
    envelope = Envelope("F1", 0.0, b"", (), 0, Origin())
    assert line.fresh("F1", envelope)
    assert not line.retried("F1")
    assert "F1" in line
    assert line.take(0, 0) == ("F1", envelope)
    assert "F1" not in line
