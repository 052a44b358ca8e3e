"""process - processes and services (postconf(5))."""

from pymaster.config.param import Params, duration, integer, text


class ProcessParams(Params):
    """Processes and services."""

    anvil_rate_time_unit: float = duration("60s", min=1)
    anvil_status_update_time: float = duration("600s", min=1)
    application_event_drain_time: float = duration("100s", min=1, effect=False)
    connection_cache_service_name: str = text("scache", min=1, effect=False)
    daemon_timeout: float = duration("18000s", min=1)
    default_process_limit: int = integer("100", min=1)
    flush_service_name: str = text("flush", min=1)
    fork_attempts: int = integer("5", min=1, effect=False)
    fork_delay: float = duration("1s", min=1, effect=False)
    ipc_idle: float = duration("5s", min=1, effect=False)
    ipc_timeout: float = duration("3600s", min=1)
    ipc_ttl: float = duration("1000s", min=1, effect=False)
    master_service_disable: str = text()
    max_idle: float = duration("100s", min=1)
    max_use: int = integer("100", min=1)
    pickup_service_name: str = text("pickup", min=1)
    process_id: str = text("0")
    process_id_directory: str = text("pid", min=1)
    process_name: str = text()
    proxymap_service_name: str = text("proxymap", min=1, effect=False)
    proxywrite_service_name: str = text("proxywrite", min=1, effect=False)
    service_name: str = text()
    service_throttle_time: float = duration("60s", min=1)
    showq_service_name: str = text("showq", min=1)
    trigger_timeout: float = duration("10s", min=1, effect=False)
