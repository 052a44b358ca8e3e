"""limits - the scheduler's parameters, resolved for one transport at a time (postconf(5), `<transport>_...`)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from pymaster.config.params.qmgr import QmgrParams
from pymaster.config.params.schedule import ScheduleParams
from pymaster.config.snapshot import Snapshot
from pymaster.rules.schedule.window import Feedback, WindowLimits
from pymaster.util.errors import ConfigError

# With a rate delay only one delivery runs at a time, so one failure would be a cohort: forgive this many.
RATE_DELAY_COHORTS = 10


def default_window() -> WindowLimits:
    """The window limits of Postfix's defaults."""
    return WindowLimits(5, 20, Feedback("1"), Feedback("1"), 1)


@dataclass(slots=True)
class TransportLimits:
    """What holds for one transport. Times are seconds; `slot_cost` 0 turns preemption off.

    `recipient_limit` 1 makes every recipient a destination of its own; 0 is no bound.
    """

    window: WindowLimits = field(default_factory=default_window)
    recipient_limit: int = 50
    destination_delay: float = 0.0
    transport_delay: float = 0.0
    slot_cost: int = 5
    slot_discount: int = 50
    slot_loan: int = 3
    minimum_slots: int = 3


@dataclass(slots=True)
class Limits:
    """What holds for all transports: `transport` finds one transport's limits by its name."""

    transport: Callable[[str], TransportLimits]
    retry_delay: float = 300.0
    active_messages: int = 20000
    active_recipients: int = 20000


def read(snapshot: Snapshot) -> Limits:
    """The limits of a configuration. `transport` of the result raises ConfigError for a bad value."""
    qmgr = snapshot[QmgrParams]
    return Limits(
        lambda name: _transport(snapshot, name),
        qmgr.minimal_backoff_time,
        qmgr.qmgr_message_active_limit,
        qmgr.qmgr_message_recipient_limit,
    )


def _transport(snapshot: Snapshot, name: str) -> TransportLimits:
    def number(suffix: str) -> int:
        return max(0, snapshot.transport_int(name, suffix))

    delay = max(0.0, snapshot.transport_float(name, "destination_rate_delay"))
    cohorts = number("destination_concurrency_failed_cohort_limit")
    if delay > 0 and 0 < cohorts < RATE_DELAY_COHORTS:
        cohorts = RATE_DELAY_COHORTS
    maximum = 1 if delay > 0 else number("destination_concurrency_limit")
    window = WindowLimits(
        _initial(snapshot, name),
        maximum,
        _feedback(snapshot, name, "positive"),
        _feedback(snapshot, name, "negative"),
        cohorts,
    )
    return TransportLimits(
        window,
        number("destination_recipient_limit"),
        delay,
        max(0.0, snapshot.transport_float(name, "transport_rate_delay")),
        number("delivery_slot_cost"),
        min(100, number("delivery_slot_discount")),
        number("delivery_slot_loan"),
        number("minimum_delivery_slots"),
    )


def _feedback(snapshot: Snapshot, name: str, sign: str) -> Feedback:
    suffix = f"destination_concurrency_{sign}_feedback"
    try:
        return Feedback(snapshot.transport(name, suffix))
    except ValueError as exc:
        raise ConfigError(str(exc), f"{name}_{suffix}") from None


def _initial(snapshot: Snapshot, name: str) -> int:
    """`<transport>_initial_destination_concurrency`; its default has no `default_` in front."""
    text = snapshot.text(f"{name}_initial_destination_concurrency")
    if len(text) <= 9 and text.isascii() and text.isdigit():
        return int(text)
    return snapshot[ScheduleParams].initial_destination_concurrency
