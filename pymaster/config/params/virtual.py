"""virtual - delivery to virtual mailboxes (postconf(5))."""

from pymaster.config.param import Params, integer, text


class VirtualParams(Params):
    """Delivery to virtual mailboxes."""

    virtual_delivery_status_filter: str = text("$default_delivery_status_filter")
    virtual_gid_maps: str = text()
    virtual_mailbox_base: str = text()
    virtual_mailbox_limit: int = integer("51200000")
    virtual_mailbox_lock: str = text("fcntl, dotlock")
    virtual_minimum_uid: int = integer("100", min=1)
    virtual_uid_maps: str = text()
