"""process - parameters of this topic (postconf(5))."""

from pymaster.config.param import Params, duration, integer, text


class ProcessParams(Params):
    """Parameters of process."""

    anvil_rate_time_unit: float = duration("60s")
    anvil_status_update_time: float = duration("600s")
    application_event_drain_time: float = duration("100s")
    connection_cache_service_name: str = text("scache")
    daemon_timeout: float = duration("18000s")
    default_process_limit: int = integer("100")
    flush_service_name: str = text("flush")
    fork_attempts: int = integer("5")
    fork_delay: float = duration("1s")
    ipc_idle: float = duration("5s")
    ipc_timeout: float = duration("3600s")
    ipc_ttl: float = duration("1000s")
    master_service_disable: str = text()
    max_idle: float = duration("100s")
    max_use: int = integer("100")
    pickup_service_name: str = text("pickup")
    process_id: int = integer("3082")
    process_id_directory: str = text("pid")
    process_name: str = text("postconf")
    proxymap_service_name: str = text("proxymap")
    proxywrite_service_name: str = text("proxywrite")
    service_name: str = text()
    service_throttle_time: float = duration("60s")
    showq_service_name: str = text("showq")
    trigger_timeout: float = duration("10s")
