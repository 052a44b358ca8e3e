"""smtpd - the SMTP server (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, raw, text


class SmtpdParams(Params):
    """The SMTP server."""

    authorized_verp_clients: str = text("$mynetworks", doc="The older name of smtpd_authorized_verp_clients.")
    disable_vrfy_command: bool = boolean("no", doc="Refuse VRFY.")
    qmqpd_authorized_clients: str = text(effect=False)
    qmqpd_client_port_logging: bool = boolean("no", effect=False)
    qmqpd_error_delay: float = duration("1s", effect=False)
    qmqpd_timeout: float = duration("300s", effect=False)
    smtpd_authorized_verp_clients: str = text("$authorized_verp_clients", doc="Clients who may use XVERP.")
    smtpd_authorized_xclient_hosts: str = text(doc="Clients who may use XCLIENT.")
    smtpd_authorized_xforward_hosts: str = text(doc="Clients who may use XFORWARD.")
    smtpd_banner: str = text(
        "$myhostname ESMTP $mail_name", min=1, doc="The greeting after 220; it must begin with the machine's name."
    )
    smtpd_client_auth_rate_limit: int = integer(
        "0", doc="How many AUTH commands a client may send in anvil_rate_time_unit; 0 is no limit."
    )
    smtpd_client_connection_count_limit: int = integer(
        "50", doc="How many connections a client may have at once; 0 is no limit."
    )
    smtpd_client_connection_limit_exceptions: str = text(doc="The older name of smtpd_client_event_limit_exceptions.")
    smtpd_client_connection_rate_limit: int = integer(
        "0", doc="How many connections a client may make in anvil_rate_time_unit; 0 is no limit."
    )
    smtpd_client_event_limit_exceptions: str = text(
        "${smtpd_client_connection_limit_exceptions:$mynetworks}", doc="Clients without such limits."
    )
    smtpd_client_ipv4_prefix_length: int = integer(
        "32", max=32, doc="How many bits of an IPv4 address make a client, for limits."
    )
    smtpd_client_ipv6_prefix_length: int = integer(
        "84", max=128, doc="How many bits of an IPv6 address make a client, for limits."
    )
    smtpd_client_message_rate_limit: int = integer(
        "0", doc="How many messages a client may send in anvil_rate_time_unit; 0 is no limit."
    )
    smtpd_client_new_tls_session_rate_limit: int = integer(
        "0", doc="How many new TLS sessions a client may make in that time; 0 is no limit."
    )
    smtpd_client_port_logging: bool = boolean("no", doc="Log the client's port too.")
    smtpd_client_recipient_rate_limit: int = integer(
        "0", doc="How many recipients a client may name in that time; 0 is no limit."
    )
    smtpd_command_filter: str = text(doc="A table that replaces commands of clients.")
    smtpd_delay_open_until_valid_rcpt: bool = boolean(
        "yes", doc="Give a message its queue id at the first valid recipient."
    )
    smtpd_discard_ehlo_keyword_address_maps: str = text(doc="EHLO keywords not to announce, by client address.")
    smtpd_discard_ehlo_keywords: str = text(
        doc="EHLO keywords not to announce: pipelining, chunking, starttls, auth ..."
    )
    smtpd_dns_reply_filter: str = text(doc="A table that changes or drops DNS records.")
    smtpd_enforce_tls: bool = boolean("no", doc="Require TLS (older than smtpd_tls_security_level).")
    smtpd_error_sleep_time: float = duration(
        "1s", doc="The pause after an error, once there were more than smtpd_soft_error_limit."
    )
    smtpd_expansion_filter: str = raw(
        "\\t\\40!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\\\]^_`abcdefghijklmnopqrstuvwxyz{|}~",
        doc="Characters that may come from outside into replies; others become underscores.",
    )
    smtpd_forbid_bare_newline: str = text(
        "normalize", doc="What to do with lines that end in a bare newline: normalize, reject, note or no."
    )
    smtpd_forbid_bare_newline_exclusions: str = text("$mynetworks", doc="Clients for whom that does not hold.")
    smtpd_forbid_unauth_pipelining: bool = boolean("yes", doc="Disconnect clients who send commands before they may.")
    smtpd_forbidden_commands: str = text(
        "CONNECT GET POST regexp:{{/^[^A-Z]/ Bogus}}", doc="Commands that end a session."
    )
    smtpd_hard_error_limit: int = integer("${stress?{1}:{20}}", min=1, doc="How many errors end a session.")
    smtpd_helo_required: bool = boolean("no", doc="Require HELO or EHLO before MAIL.")
    smtpd_hide_client_session: bool = boolean(
        "no", doc="Leave the client's name and address out of Received: headers, for submission."
    )
    smtpd_history_flush_threshold: int = integer("100", min=1, effect=False)
    smtpd_junk_command_limit: int = integer(
        "${stress?{1}:{100}}", min=1, doc="How many commands without effect (NOOP, VRFY, RSET ...) count no errors yet."
    )
    smtpd_min_data_rate: int = integer(
        "500", min=1, doc="With smtpd_per_request_deadline: bytes per second that a message transfer must keep up."
    )
    smtpd_noop_commands: str = text(doc="Commands that do nothing and are accepted.")
    smtpd_peername_lookup: bool = boolean("yes", doc="Look up the names of clients.")
    smtpd_per_record_deadline: str = text(doc="The older name of smtpd_per_request_deadline.")
    smtpd_per_request_deadline: bool = boolean(
        "${smtpd_per_record_deadline?{$smtpd_per_record_deadline}:{${stress?{yes}:{no}}}}",
        doc="Let smtpd_timeout hold for a whole command, not for each read.",
    )
    smtpd_recipient_limit: int = integer("1000", min=1, doc="How many recipients a message may have.")
    smtpd_recipient_overshoot_limit: int = integer(
        "1000", min=1, doc="How many recipients beyond that count no errors yet."
    )
    smtpd_reject_footer: str = raw(
        doc="Text after every refusal, with \\c to add to its last line; attributes are expanded."
    )
    smtpd_reject_footer_maps: str = text(doc="The same by reply.")
    smtpd_service_name: str = text("smtpd", min=1, doc="The service behind postscreen.")
    smtpd_soft_error_limit: int = integer("10", min=1, doc="How many errors make replies slow.")
    smtpd_starttls_timeout: float = duration("${stress?{10}:{300}}s", min=1, doc="How long the TLS handshake may take.")
    smtpd_timeout: float = duration(
        "${stress?{10}:{300}}s", min=1, doc="How long to wait for a command, and for a client to take a reply."
    )
    smtpd_use_tls: bool = boolean("no", doc="Announce STARTTLS (older than smtpd_tls_security_level).")
    stress: str = text(doc="Not empty when a service is short of processes; defaults ask for it.")
    strict_rfc821_envelopes: bool = boolean("no", doc="Require <> round addresses, and no comments or names.")
