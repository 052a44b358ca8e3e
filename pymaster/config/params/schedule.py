"""schedule - concurrency, batches and pace of deliveries (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, text


class ScheduleParams(Params):
    """Concurrency, batches and pace of deliveries."""

    default_delivery_slot_cost: int = integer("5")
    default_delivery_slot_discount: int = integer("50", max=100)
    default_delivery_slot_loan: int = integer("3")
    default_delivery_status_filter: str = text()
    default_destination_concurrency_failed_cohort_limit: int = integer("1")
    default_destination_concurrency_limit: int = integer("20")
    default_destination_concurrency_negative_feedback: str = text("1")
    default_destination_concurrency_positive_feedback: str = text("1")
    default_destination_rate_delay: float = duration("0s")
    default_destination_recipient_limit: int = integer("50")
    default_extra_recipient_limit: int = integer("1000")
    default_minimum_delivery_slots: int = integer("3")
    default_recipient_limit: int = integer("20000")
    default_recipient_refill_delay: float = duration("5s", min=1)
    default_recipient_refill_limit: int = integer("100", min=1)
    default_transport_rate_delay: float = duration("0s")
    destination_concurrency_feedback_debug: bool = boolean("no")
    initial_destination_concurrency: int = integer("5", min=1)
    transport_retry_time: float = duration("60s", min=1)
