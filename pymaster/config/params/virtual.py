"""virtual - delivery to virtual mailboxes (postconf(5))."""

from pymaster.config.param import Params, integer, text


class VirtualParams(Params):
    """Delivery to virtual mailboxes."""

    virtual_delivery_status_filter: str = text(
        "$default_delivery_status_filter",
        doc="A table that changes status codes and texts of deliveries to virtual mailboxes.",
    )
    virtual_gid_maps: str = text(doc="Tables of groups of mailboxes.")
    virtual_mailbox_base: str = text(doc="The directory in front of every path of virtual_mailbox_maps.")
    virtual_mailbox_limit: int = integer("51200000", doc="The largest mailbox, in bytes; 0 is no limit.")
    virtual_mailbox_lock: str = text("fcntl, dotlock", doc="How mailboxes are locked for delivery.")
    virtual_minimum_uid: int = integer("100", min=1, doc="The lowest user id that virtual_uid_maps may give.")
    virtual_uid_maps: str = text(doc="Tables of owners of mailboxes.")
