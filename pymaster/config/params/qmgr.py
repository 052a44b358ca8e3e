"""qmgr - the queue manager and the queue (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, text


class QmgrParams(Params):
    """The queue manager and the queue."""

    bounce_queue_lifetime: float = duration(
        "5d", max=8640000, doc="How long a notice is tried before it is given up; 0 tries once."
    )
    confirm_delay_cleared: bool = boolean(
        "no", doc="Tell a sender who was warned that the mail has been delivered after all."
    )
    default_filter_nexthop: str = text(doc="The next hop of a content filter that names none.")
    defer_transports: str = text(doc="Transports whose mail waits for an explicit flush.")
    delay_warning_time: float = duration("0h", doc="The age at which senders are warned of a delay; 0 never.")
    enable_long_queue_ids: bool = boolean("no", doc="Use long queue ids, that no other message ever had.")
    fast_flush_domains: str = text(
        "$relay_domains", doc="Destinations whose waiting mail is remembered for ETRN and postqueue -s."
    )
    fast_flush_purge_time: float = duration(
        "7d", min=1, doc="The age at which an empty record of a destination is removed."
    )
    fast_flush_refresh_time: float = duration(
        "12h", min=1, doc="The age at which an unused record is gone through again."
    )
    hash_queue_depth: int = integer("1", min=1, effect=False)
    hash_queue_names: str = text("deferred, defer", effect=False)
    in_flow_delay: float = duration(
        "1s", max=10, doc="How long taking in mail pauses when more comes in than goes out; 0 never."
    )
    maximal_backoff_time: float = duration("4000s", min=1, doc="The longest pause between two tries of a message.")
    maximal_queue_lifetime: float = duration(
        "5d", max=8640000, doc="How long mail is tried before it is returned; 0 tries once."
    )
    minimal_backoff_time: float = duration("300s", min=1, doc="The shortest pause between two tries of a message.")
    qmgr_clog_warn_time: float = duration(
        "300s", doc="How often a busy destination that fills the active queue is warned of; 0 never."
    )
    qmgr_daemon_timeout: float = duration("1000s", min=1, doc="How long the queue manager may be stuck.")
    qmgr_fudge_factor: int = integer(
        "100", min=10, max=100, doc="How full deliveries to large lists are made, in percent."
    )
    qmgr_ipc_timeout: float = duration("60s", min=1, doc="How long the queue manager waits for another service.")
    qmgr_message_active_limit: int = integer("20000", min=1, doc="How many messages are in the active queue at once.")
    qmgr_message_recipient_limit: int = integer("20000", min=1, doc="How many recipients are in memory at once.")
    qmgr_message_recipient_minimum: int = integer(
        "10", min=1, doc="How many recipients of each message are in memory at least."
    )
    queue_file_attribute_count_limit: int = integer("100", min=1, effect=False)
    queue_minfree: int = integer(
        "0",
        doc=(
            "How many bytes must be free in the queue's file system to take in mail; 0 is no check beyond 1.5 "
            "times message_size_limit."
        ),
    )
    queue_run_delay: float = duration("300s", min=1, doc="How often deferred mail is looked through.")
    queue_service_name: str = text("qmgr", min=1, doc="The queue manager's service.")
