"""process - processes and services (postconf(5))."""

from pymaster.config.param import Params, duration, integer, text


class ProcessParams(Params):
    """Processes and services."""

    anvil_rate_time_unit: float = duration("60s", min=1, doc="The time over which client rates are counted.")
    anvil_status_update_time: float = duration("600s", min=1, doc="How often peak rates are logged.")
    application_event_drain_time: float = duration(
        "100s", min=1, effect=False, doc="How long an application may take to finish."
    )
    connection_cache_service_name: str = text("scache", min=1, effect=False)
    daemon_timeout: float = duration(
        "18000s", min=1, doc="How long one request may keep a service from any sign of life."
    )
    default_process_limit: int = integer(
        "100", min=1, doc="How many clients a service handles at once, where master.cf does not say."
    )
    flush_service_name: str = text(
        "flush", min=1, doc="The service that remembers which mail waits for a site (ETRN, postqueue -s)."
    )
    fork_attempts: int = integer("5", min=1, effect=False)
    fork_delay: float = duration("1s", min=1, effect=False)
    ipc_idle: float = duration("5s", min=1, effect=False)
    ipc_timeout: float = duration("3600s", min=1, doc="How long to wait for another service.")
    ipc_ttl: float = duration("1000s", min=1, effect=False)
    master_service_disable: str = text(doc="Services not to run: a type (inet), or name/type.")
    max_idle: float = duration("100s", min=1, doc="How long a service process waits for work before it ends.")
    max_use: int = integer(
        "100", min=1, doc="How many requests a service process serves before another takes its place."
    )
    pickup_service_name: str = text("pickup", min=1, doc="The service that takes in locally submitted mail.")
    process_id: str = text("0", doc="The number of this process; cannot be set.")
    process_id_directory: str = text("pid", min=1, doc="Where files with process numbers are, under queue_directory.")
    process_name: str = text(doc="The name of this program; cannot be set.")
    proxymap_service_name: str = text("proxymap", min=1, effect=False)
    proxywrite_service_name: str = text("proxywrite", min=1, effect=False)
    service_name: str = text(doc="The name of this service in master.cf; cannot be set.")
    service_throttle_time: float = duration("60s", min=1, doc="The pause before a service that fails is started again.")
    showq_service_name: str = text("showq", min=1, doc="The service that lists the queue.")
    trigger_timeout: float = duration("10s", min=1, effect=False)
