"""routing - which transport and which host a message goes to (postconf(5))."""

from pymaster.config.param import Params, boolean, text


class RoutingParams(Params):
    """Which transport and which host a message goes to."""

    default_transport: str = text("smtp", min=1)
    local_recipient_maps: str = text("proxy:unix:passwd.byname $alias_maps")
    local_transport: str = text("local:$myhostname", min=1)
    mydestination: str = text("$myhostname, localhost.$mydomain, localhost")
    parent_domain_matches_subdomains: str = text(
        "debug_peer_list,fast_flush_domains,mynetworks,permit_mx_backup_networks,qmqpd_authorized_clients,rel"
        "ay_domains,smtpd_access_maps",
    )
    relay_domains: str = text("${{$compatibility_level} <level {2} ? {$mydestination} : {}}")
    relay_recipient_maps: str = text()
    relay_transport: str = text("relay", min=1)
    relayhost: str = text()
    sender_based_routing: bool = boolean("no")
    sender_dependent_default_transport_maps: str = text()
    sender_dependent_relayhost_maps: str = text()
    show_user_unknown_table_name: bool = boolean("yes")
    transport_maps: str = text()
    virtual_mailbox_domains: str = text("$virtual_mailbox_maps")
    virtual_mailbox_maps: str = text()
    virtual_transport: str = text("virtual", min=1)
