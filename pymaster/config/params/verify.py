"""verify - address verification (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, text


class VerifyParams(Params):
    """Address verification."""

    address_verify_cache_cleanup_interval: float = duration("12h", doc="How often old results are removed.")
    address_verify_default_transport: str = text("$default_transport", doc="default_transport for probes.")
    address_verify_local_transport: str = text("$local_transport", doc="local_transport for probes.")
    address_verify_map: str = text("btree:$data_directory/verify_cache", doc="The table that remembers results.")
    address_verify_negative_cache: bool = boolean("yes", doc="Remember failures too.")
    address_verify_negative_expire_time: float = duration("3d", min=1, doc="How long a failure is remembered.")
    address_verify_negative_refresh_time: float = duration(
        "3h", min=1, doc="The age at which a failed address is tried again."
    )
    address_verify_pending_request_limit: int = integer("5000", doc="How many probes may be under way.")
    address_verify_poll_count: int = integer(
        "${stress?{1}:{3}}", min=1, doc="How often a result is asked for before the client is told to come again."
    )
    address_verify_poll_delay: float = duration("3s", min=1, doc="The pause between such questions.")
    address_verify_positive_expire_time: float = duration("31d", min=1, doc="How long a success is remembered.")
    address_verify_positive_refresh_time: float = duration(
        "7d", min=1, doc="The age at which a good address is tried again."
    )
    address_verify_relay_transport: str = text("$relay_transport", doc="relay_transport for probes.")
    address_verify_relayhost: str = text("$relayhost", doc="relayhost for probes.")
    address_verify_sender: str = text("$double_bounce_sender", doc="The sender of probes.")
    address_verify_sender_dependent_default_transport_maps: str = text(
        "$sender_dependent_default_transport_maps", doc="sender_dependent_default_transport_maps for probes."
    )
    address_verify_sender_dependent_relayhost_maps: str = text(
        "$sender_dependent_relayhost_maps", doc="sender_dependent_relayhost_maps for probes."
    )
    address_verify_sender_ttl: float = duration("0s", doc="How often the sender of probes changes; 0 never.")
    address_verify_service_name: str = text("verify", min=1, doc="The service that verifies addresses.")
    address_verify_transport_maps: str = text("$transport_maps", doc="transport_maps for probes.")
    address_verify_virtual_transport: str = text("$virtual_transport", doc="virtual_transport for probes.")
