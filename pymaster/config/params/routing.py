"""routing - which transport and which host a message goes to (postconf(5))."""

from pymaster.config.param import Params, boolean, text


class RoutingParams(Params):
    """Which transport and which host a message goes to."""

    default_transport: str = text("smtp", min=1, doc="The transport for other domains than our own.")
    local_recipient_maps: str = text(
        "proxy:unix:passwd.byname $alias_maps", doc="Tables of all local recipients; empty accepts any."
    )
    local_transport: str = text("local:$myhostname", min=1, doc="The transport for mydestination.")
    mydestination: str = text(
        "$myhostname, localhost.$mydomain, localhost",
        doc="Domains that are delivered locally, to users and aliases of this machine.",
    )
    parent_domain_matches_subdomains: str = text(
        "debug_peer_list,fast_flush_domains,mynetworks,permit_mx_backup_networks,qmqpd_authorized_clients,rel"
        "ay_domains,smtpd_access_maps",
        doc="Parameters whose lists take example.com to cover its subdomains.",
    )
    relay_domains: str = text(
        "${{$compatibility_level} <level {2} ? {$mydestination} : {}}",
        doc="Domains for which mail is accepted and sent on.",
    )
    relay_recipient_maps: str = text(doc="Tables of all recipients in relay_domains; empty accepts any.")
    relay_transport: str = text("relay", min=1, doc="The transport for relay_domains.")
    relayhost: str = text(doc="Where mail for other domains goes; in [] without MX lookup, with :port.")
    sender_based_routing: bool = boolean("no", doc="An old kind of routing; not supported.")
    sender_dependent_default_transport_maps: str = text(doc="default_transport by sender.")
    sender_dependent_relayhost_maps: str = text(doc="relayhost by sender.")
    show_user_unknown_table_name: bool = boolean("yes", doc="Name the table in refusals of unknown users.")
    transport_maps: str = text(doc="Tables of transports and next hops by recipient or domain (transport(5)).")
    virtual_mailbox_domains: str = text(
        "$virtual_mailbox_maps", doc="Domains delivered by virtual_transport to mailboxes without system users."
    )
    virtual_mailbox_maps: str = text(doc="Tables of all such mailboxes.")
    virtual_transport: str = text("virtual", min=1, doc="The transport for virtual_mailbox_domains.")
