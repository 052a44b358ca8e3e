"""Parameters of transports."""

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.rules.schedule.limits import RATE_DELAY_COHORTS, read
from pymaster.util.errors import ConfigError


def test_defaults_and_overrides() -> None:
    limits = read(
        Snapshot.from_text(
            "slow_destination_concurrency_limit = 2\nslow_destination_recipient_limit = 7\nslow_initial_destination_concurrency = 1\nslow_delivery_slot_cost = 0\n"
        )
    )
    smtp, slow, local = limits.transport("smtp"), limits.transport("slow"), limits.transport("local")
    assert (smtp.window.initial, smtp.window.maximum, smtp.recipient_limit, smtp.slot_cost) == (5, 20, 50, 5)
    assert (slow.window.initial, slow.window.maximum, slow.recipient_limit, slow.slot_cost) == (1, 2, 7, 0)
    assert (local.window.initial, local.window.maximum, local.recipient_limit) == (2, 2, 1)
    assert (limits.retry_delay, limits.active_messages) == (300.0, 20000)


def test_rate_delay_means_one_at_a_time_and_more_patience() -> None:
    limit = read(Snapshot.from_text("slow_destination_rate_delay = 10s\n")).transport("slow")
    assert (limit.destination_delay, limit.window.maximum, limit.window.cohorts) == (10.0, 1, RATE_DELAY_COHORTS)
    assert read(Snapshot.from_text("x_transport_rate_delay = 2m\n")).transport("x").transport_delay == 120.0


def test_feedback_forms_and_errors() -> None:
    limits = read(
        Snapshot.from_text(
            "a_destination_concurrency_positive_feedback = 1/concurrency\nb_destination_concurrency_negative_feedback = 7\n"
        )
    )
    assert limits.transport("a").window.positive.of(4) == 0.25
    with pytest.raises(ConfigError, match="b_destination_concurrency_negative_feedback"):
        limits.transport("b")
