"""servicenames - parameters whose names begin with a service's name: `relay_destination_concurrency_limit` and its kin.

Any delivery agent of master.cf has them (postconf(5), `transport_...`); their defaults are the `default_...` ones.
"""

from __future__ import annotations

from collections.abc import Iterable

from pymaster.config.mastercf import MasterEntry

# Suffix -> the default's text.
SUFFIXES = {
    "delivery_slot_cost": "$default_delivery_slot_cost",
    "delivery_slot_discount": "$default_delivery_slot_discount",
    "delivery_slot_loan": "$default_delivery_slot_loan",
    "destination_concurrency_failed_cohort_limit": "$default_destination_concurrency_failed_cohort_limit",
    "destination_concurrency_limit": "$default_destination_concurrency_limit",
    "destination_concurrency_negative_feedback": "$default_destination_concurrency_negative_feedback",
    "destination_concurrency_positive_feedback": "$default_destination_concurrency_positive_feedback",
    "destination_rate_delay": "$default_destination_rate_delay",
    "destination_recipient_limit": "$default_destination_recipient_limit",
    "extra_recipient_limit": "$default_extra_recipient_limit",
    "initial_destination_concurrency": "$initial_destination_concurrency",
    "minimum_delivery_slots": "$default_minimum_delivery_slots",
    "recipient_limit": "$default_recipient_limit",
    "recipient_refill_delay": "$default_recipient_refill_delay",
    "recipient_refill_limit": "$default_recipient_refill_limit",
    "transport_rate_delay": "$default_transport_rate_delay",
}
AGENTS = {"local", "virtual", "smtp", "lmtp", "pipe", "error", "discard"}
# Programs that run somebody else's command, for so long.
TIMED = {"pipe", "spawn"}


def defaults(entries: Iterable[MasterEntry]) -> dict[str, str]:
    """Every parameter that the services of master.cf bring along, with its default text."""
    found: dict[str, str] = {}
    for entry in entries:
        name, program = entry.words[0], entry.words[7].rpartition("/")[2]
        if program in AGENTS:
            found.update({f"{name}_{suffix}": text for suffix, text in SUFFIXES.items()})
        if program in TIMED:
            found[f"{name}_time_limit"] = "$command_time_limit"
    return found
