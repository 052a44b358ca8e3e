"""qmgr - parameters of this topic (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, text


class QmgrParams(Params):
    """Parameters of qmgr."""

    bounce_queue_lifetime: float = duration("5d")
    confirm_delay_cleared: bool = boolean("no")
    default_filter_nexthop: str = text()
    defer_transports: str = text()
    delay_warning_time: float = duration("0h")
    enable_long_queue_ids: bool = boolean("no")
    fast_flush_domains: str = text("$relay_domains")
    fast_flush_purge_time: float = duration("7d")
    fast_flush_refresh_time: float = duration("12h")
    hash_queue_depth: int = integer("1")
    hash_queue_names: str = text("deferred, defer")
    in_flow_delay: float = duration("1s")
    maximal_backoff_time: float = duration("4000s")
    maximal_queue_lifetime: float = duration("5d")
    minimal_backoff_time: float = duration("300s")
    qmgr_clog_warn_time: float = duration("300s")
    qmgr_daemon_timeout: float = duration("1000s")
    qmgr_fudge_factor: int = integer("100")
    qmgr_ipc_timeout: float = duration("60s")
    qmgr_message_active_limit: int = integer("20000")
    qmgr_message_recipient_limit: int = integer("20000")
    qmgr_message_recipient_minimum: int = integer("10")
    queue_file_attribute_count_limit: int = integer("100")
    queue_minfree: int = integer("0")
    queue_run_delay: float = duration("300s")
    queue_service_name: str = text("qmgr")
