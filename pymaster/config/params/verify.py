"""verify - address verification (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, text


class VerifyParams(Params):
    """Address verification."""

    address_verify_cache_cleanup_interval: float = duration("12h")
    address_verify_default_transport: str = text("$default_transport")
    address_verify_local_transport: str = text("$local_transport")
    address_verify_map: str = text("btree:$data_directory/verify_cache")
    address_verify_negative_cache: bool = boolean("yes")
    address_verify_negative_expire_time: float = duration("3d", min=1)
    address_verify_negative_refresh_time: float = duration("3h", min=1)
    address_verify_pending_request_limit: int = integer("5000")
    address_verify_poll_count: int = integer("${stress?{1}:{3}}", min=1)
    address_verify_poll_delay: float = duration("3s", min=1)
    address_verify_positive_expire_time: float = duration("31d", min=1)
    address_verify_positive_refresh_time: float = duration("7d", min=1)
    address_verify_relay_transport: str = text("$relay_transport")
    address_verify_relayhost: str = text("$relayhost")
    address_verify_sender: str = text("$double_bounce_sender")
    address_verify_sender_dependent_default_transport_maps: str = text("$sender_dependent_default_transport_maps")
    address_verify_sender_dependent_relayhost_maps: str = text("$sender_dependent_relayhost_maps")
    address_verify_sender_ttl: float = duration("0s")
    address_verify_service_name: str = text("verify", min=1)
    address_verify_transport_maps: str = text("$transport_maps")
    address_verify_virtual_transport: str = text("$virtual_transport")
