"""routing - parameters of this topic (postconf(5))."""

from pymaster.config.param import Params, boolean, text


class RoutingParams(Params):
    """Parameters of routing."""

    default_transport: str = text("smtp")
    local_recipient_maps: str = text("proxy:unix:passwd.byname $alias_maps")
    local_transport: str = text("local:$myhostname")
    mydestination: str = text("$myhostname, localhost.$mydomain, localhost")
    parent_domain_matches_subdomains: str = text(
        "debug_peer_list,fast_flush_domains,mynetworks,permit_mx_backup_networks,qmqpd_authorized_clients,relay_domains,smtpd_access_maps"
    )
    relay_domains: str = text("${{$compatibility_level} <level {2} ? {$mydestination} : {}}")
    relay_recipient_maps: str = text()
    relay_transport: str = text("relay")
    relayhost: str = text()
    sender_dependent_default_transport_maps: str = text()
    sender_dependent_relayhost_maps: str = text()
    show_user_unknown_table_name: bool = boolean("yes")
    transport_maps: str = text()
    virtual_mailbox_domains: str = text("$virtual_mailbox_maps")
    virtual_mailbox_maps: str = text()
    virtual_transport: str = text("virtual")
