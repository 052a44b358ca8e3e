"""core - names, places and networks of this mail system (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, text


class CoreParams(Params):
    """Names, places and networks of this mail system."""

    alternate_config_directories: str = text(
        doc="Further configuration directories that ordinary users may name to the set-gid commands."
    )
    authorized_flush_users: str = text("static:anyone", doc="Users who may flush the queue.")
    authorized_mailq_users: str = text("static:anyone", doc="Users who may look at the queue.")
    authorized_submit_users: str = text("static:anyone", doc="Users who may submit mail with the sendmail command.")
    best_mx_transport: str = text(
        doc=(
            "Where mail goes when this machine is the best MX of a domain that it does not know as its own; "
            "empty returns it as a loop."
        ),
    )
    compatibility_level: str = text(
        "0", doc="The release whose defaults hold; a lower level keeps old ones, with a note in the log."
    )
    config_directory: str = text("/etc/postfix", min=1, doc="Where main.cf and master.cf are.")
    connection_cache_protocol_timeout: float = duration("5s", min=1, effect=False)
    connection_cache_status_update_time: float = duration("600s", min=1, effect=False)
    connection_cache_ttl_limit: float = duration("2s", min=1, effect=False)
    daemon_directory: str = text(
        min=1, doc="Where service programs are looked for first; those of this mail system are found without it."
    )
    data_directory: str = text("/var/lib/postfix", min=1, doc="Where caches and other data that may be lost are kept.")
    debug_peer_level: int = integer("2", min=1, doc="How much more is logged for hosts in debug_peer_list.")
    debug_peer_list: str = text(doc="Hosts, addresses and networks whose sessions are logged in detail.")
    debugger_command: str = text(doc="What a service with the -D option runs first.")
    disable_dns_lookups: bool = boolean(
        "no", doc="Use the system's host lookup in place of the DNS; no MX records then."
    )
    dns_ncache_ttl_fix_enable: bool = boolean(
        "no", doc="Work round resolvers whose negative answers come without a time to live."
    )
    dnssec_probe: str = text(
        "ns:.",
        doc=(
            "A query (type:name) that shows whether the resolver validates DNSSEC, asked when a validated answer "
            "fails to come."
        ),
    )
    dont_remove: int = integer("0", effect=False)
    fault_injection_code: int = integer("0", effect=False)
    helpful_warnings: bool = boolean("yes", doc="Log warnings about settings that look wrong.")
    html_directory: str = text("no", effect=False)
    ignore_mx_lookup_error: bool = boolean(
        "no", doc="When the MX lookup fails, try the domain's address; otherwise defer."
    )
    inet_interfaces: str = text(
        "all",
        doc="Addresses to listen on: all, loopback-only, or a list. They also decide what user@[address] is local.",
    )
    inet_protocols: str = text("all", doc="Versions of IP to use: all, or ipv4, ipv6.")
    known_tcp_ports: str = text(
        "lmtp=24, smtp=25, smtps=submissions=465, submission=587",
        doc="Names of ports that do not depend on the system's services file.",
    )
    mail_name: str = text("pymaster", min=1, doc="The mail system's name in Received: headers, greetings and notices.")
    mail_owner: str = text("postfix", min=1, doc="The user who owns the queue and runs most services.")
    mail_release_date: str = text("20251126", doc="The release date of the level of Postfix that is emulated.")
    mail_version: str = text("3.10.6", min=1, doc="The level of Postfix that is emulated; scripts compare it.")
    mailq_path: str = text("$command_directory/mailq", doc="Where the mailq command is.")
    manpage_directory: str = text("/usr/local/man", effect=False)
    meta_directory: str = text("$config_directory", effect=False)
    mydomain: str = text(
        "localdomain", min=1, doc="The domain this machine is in; otherwise myhostname without its first label."
    )
    myhostname: str = text(
        min=1, doc="This machine's name on the network, complete; otherwise what the system says, with mydomain."
    )
    mynetworks: str = text(
        doc="Networks whose clients are trusted (permit_mynetworks); otherwise as mynetworks_style says."
    )
    mynetworks_style: str = text(
        "${{$compatibility_level} <level {2} ? {subnet} : {host}}",
        doc="What mynetworks is when it is not set: host (only this machine), subnet, or class (rarely wise).",
    )
    myorigin: str = text(
        "$myhostname",
        min=1,
        doc=(
            "The domain that is added to addresses without one, and that local mail is from; /etc/mailname names "
            "a file."
        ),
    )
    proxy_interfaces: str = text(
        doc="Addresses at which this machine is reached through a proxy or NAT; needed for loop detection."
    )
    queue_directory: str = text("/var/spool/postfix", min=1, doc="Where the queue and the services' sockets are.")
    readme_directory: str = text("no", effect=False)
    relay_clientcerts: str = text(
        doc="A table of fingerprints of client certificates that permit_tls_clientcerts accepts."
    )
    sample_directory: str = text("$config_directory", effect=False)
    send_cyrus_sasl_authzid: bool = boolean("no", effect=False)
    sendmail_path: str = text("$command_directory/sendmail", doc="Where the sendmail command is.")
    setgid_group: str = text("postdrop", min=1, doc="The group that may submit mail and control the queue.")
    shlib_directory: str = text("no", effect=False)
    tcp_windowsize: int = integer("0", effect=False)
