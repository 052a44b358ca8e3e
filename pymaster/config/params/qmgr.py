"""qmgr - the queue manager and the queue (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, text


class QmgrParams(Params):
    """The queue manager and the queue."""

    bounce_queue_lifetime: float = duration("5d", max=8640000)
    confirm_delay_cleared: bool = boolean("no")
    default_filter_nexthop: str = text()
    defer_transports: str = text()
    delay_warning_time: float = duration("0h")
    enable_long_queue_ids: bool = boolean("no")
    fast_flush_domains: str = text("$relay_domains")
    fast_flush_purge_time: float = duration("7d", min=1)
    fast_flush_refresh_time: float = duration("12h", min=1)
    hash_queue_depth: int = integer("1", min=1, effect=False)
    hash_queue_names: str = text("deferred, defer", effect=False)
    in_flow_delay: float = duration("1s", max=10)
    maximal_backoff_time: float = duration("4000s", min=1)
    maximal_queue_lifetime: float = duration("5d", max=8640000)
    minimal_backoff_time: float = duration("300s", min=1)
    qmgr_clog_warn_time: float = duration("300s")
    qmgr_daemon_timeout: float = duration("1000s", min=1)
    qmgr_fudge_factor: int = integer("100", min=10, max=100)
    qmgr_ipc_timeout: float = duration("60s", min=1)
    qmgr_message_active_limit: int = integer("20000", min=1)
    qmgr_message_recipient_limit: int = integer("20000", min=1)
    qmgr_message_recipient_minimum: int = integer("10", min=1)
    queue_file_attribute_count_limit: int = integer("100", min=1, effect=False)
    queue_minfree: int = integer("0")
    queue_run_delay: float = duration("300s", min=1)
    queue_service_name: str = text("qmgr", min=1)
