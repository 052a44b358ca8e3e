"""schedule - concurrency, batches and pace of deliveries (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, text


class ScheduleParams(Params):
    """Concurrency, batches and pace of deliveries."""

    default_delivery_slot_cost: int = integer(
        "5", doc="How many recipients of a large message must be delivered before a small one may go between; 0 never."
    )
    default_delivery_slot_discount: int = integer(
        "50", max=100, doc="How many percent of the cost need not be earned yet."
    )
    default_delivery_slot_loan: int = integer("3", doc="How many slots may be borrowed.")
    default_delivery_status_filter: str = text(doc="A table that changes status codes and texts of deliveries.")
    default_destination_concurrency_failed_cohort_limit: int = integer(
        "1", doc="How many failed rounds make a destination count as dead; 0 never."
    )
    default_destination_concurrency_limit: int = integer(
        "20", doc="How many deliveries to one destination at once; 0 is no limit."
    )
    default_destination_concurrency_negative_feedback: str = text(
        "1", doc="How much concurrency a failure costs: a number, 1/concurrency or 1/sqrt_concurrency."
    )
    default_destination_concurrency_positive_feedback: str = text(
        "1", doc="How much concurrency a success earns: likewise."
    )
    default_destination_rate_delay: float = duration(
        "0s", doc="The pause between two deliveries to one destination; makes concurrency 1."
    )
    default_destination_recipient_limit: int = integer(
        "50", doc="How many recipients one delivery takes; 1 makes limits count per recipient."
    )
    default_extra_recipient_limit: int = integer(
        "1000", doc="How many recipients may come on top of default_recipient_limit when others are preempted."
    )
    default_minimum_delivery_slots: int = integer(
        "3", doc="How many slots a message must be able to earn to be preempted at all."
    )
    default_recipient_limit: int = integer("20000", doc="How many recipients of a transport are in memory.")
    default_recipient_refill_delay: float = duration(
        "5s", min=1, doc="How long to wait at most before recipients are read from the queue again."
    )
    default_recipient_refill_limit: int = integer("100", min=1, doc="How many recipients are read at a time.")
    default_transport_rate_delay: float = duration("0s", doc="The pause between two deliveries of one transport.")
    destination_concurrency_feedback_debug: bool = boolean("no", doc="Log how concurrency changes.")
    initial_destination_concurrency: int = integer("5", min=1, doc="How many deliveries to a new destination at first.")
    transport_retry_time: float = duration("60s", min=1, doc="How long a transport that fails is left alone.")
