"""smtp - the SMTP client (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, text


class SmtpParams(Params):
    """The SMTP client."""

    allow_srv_lookup_fallback: bool = boolean(
        "no", doc="Use MX or address records for a destination without usable SRV records."
    )
    fallback_relay: str = text(doc="The older name of smtp_fallback_relay.")
    ignore_srv_lookup_error: bool = boolean(
        "no", doc="When the SRV lookup fails, use MX or address records; otherwise defer."
    )
    smtp_address_preference: str = text("any", doc="Which addresses are tried first: any, ipv4 or ipv6.")
    smtp_address_verify_target: str = text("rcpt", doc="How far a verification probe goes: rcpt or data.")
    smtp_always_send_ehlo: bool = boolean(
        "yes", doc="Say EHLO to every server, also to one that does not announce ESMTP."
    )
    smtp_balance_inet_protocols: bool = boolean(
        "yes", doc="Keep addresses of both IP versions among the smtp_mx_address_limit that are tried."
    )
    smtp_bind_address: str = text(doc="The IPv4 address from which to connect.")
    smtp_bind_address6: str = text(doc="The IPv6 address from which to connect.")
    smtp_bind_address_enforce: bool = boolean(
        "no", doc="Defer when that address cannot be used; otherwise connect from any."
    )
    smtp_body_checks: str = text(doc="Tables with actions for lines of the body as it goes out.")
    smtp_cname_overrides_servername: bool = boolean(
        "no", doc="Use a destination's canonical name for certificates, passwords and policies."
    )
    smtp_connect_timeout: float = duration("30s", doc="How long to wait for a connection; 0 is the system's limit.")
    smtp_connection_cache_destinations: str = text(doc="Destinations whose connections are kept for later messages.")
    smtp_connection_cache_on_demand: bool = boolean(
        "yes", doc="Keep connections while a destination has much mail waiting."
    )
    smtp_connection_cache_time_limit: float = duration("2s", min=1, doc="How long an idle connection is kept.")
    smtp_connection_reuse_count_limit: int = integer(
        "0", doc="How many deliveries one connection serves; 0 is no limit."
    )
    smtp_connection_reuse_time_limit: float = duration("300s", min=1, doc="How long one connection serves deliveries.")
    smtp_data_done_timeout: float = duration("600s", min=1, doc="How long to wait for the answer to a message.")
    smtp_data_init_timeout: float = duration("120s", min=1, doc="How long to wait for the answer to DATA.")
    smtp_data_xfer_timeout: float = duration("180s", min=1, doc="How long sending a piece of a message may take.")
    smtp_defer_if_no_mx_address_found: bool = boolean(
        "no", doc="Defer mail when no MX has an address; otherwise return it."
    )
    smtp_delivery_status_filter: str = text(
        "$default_delivery_status_filter",
        doc="A table that changes status codes and texts of deliveries by this client.",
    )
    smtp_discard_ehlo_keyword_address_maps: str = text(doc="EHLO keywords to ignore, by server address.")
    smtp_discard_ehlo_keywords: str = text(doc="EHLO keywords of servers to ignore.")
    smtp_dns_reply_filter: str = text(doc="A table that changes or drops DNS records.")
    smtp_dns_resolver_options: str = text(doc="Options of name lookups: res_defnames, res_dnsrch.")
    smtp_dns_support_level: str = text(doc="disabled, enabled or dnssec.")
    smtp_enforce_tls: bool = boolean("no", doc="Require TLS (older than smtp_tls_security_level).")
    smtp_fallback_relay: str = text(
        "$fallback_relay", doc="Hosts that take mail whose destination cannot be found or reached."
    )
    smtp_generic_maps: str = text(doc="Tables that turn local addresses into ones the Internet knows (generic(5)).")
    smtp_header_checks: str = text(doc="Tables with actions for header lines as they go out.")
    smtp_helo_name: str = text("$myhostname", min=1, doc="The name to say in HELO and EHLO.")
    smtp_helo_timeout: float = duration(
        "300s", min=1, doc="How long to wait for the greeting, and for the answer to HELO or EHLO."
    )
    smtp_host_lookup: str = text("dns", min=1, doc="How hosts are found: dns, native, or both.")
    smtp_line_length_limit: int = integer("998", doc="Longer lines are broken when sent; 0 never.")
    smtp_mail_timeout: float = duration("300s", min=1, doc="How long to wait for the answer to MAIL FROM.")
    smtp_mime_header_checks: str = text(doc="Tables with actions for MIME headers as they go out.")
    smtp_min_data_rate: int = integer(
        "500", min=1, doc="With smtp_per_request_deadline: bytes per second that a message transfer must keep up."
    )
    smtp_mx_address_limit: int = integer("5", doc="How many addresses of a destination are considered; 0 is no limit.")
    smtp_mx_session_limit: int = integer(
        "2", doc="How many sessions one delivery tries before it is deferred; 0 is no limit."
    )
    smtp_nested_header_checks: str = text(doc="Tables with actions for headers of attached messages as they go out.")
    smtp_never_send_ehlo: bool = boolean("no", doc="Say HELO to every server.")
    smtp_per_record_deadline: str = text(doc="The older name of smtp_per_request_deadline.")
    smtp_per_request_deadline: bool = boolean(
        "${smtp_per_record_deadline?{$smtp_per_record_deadline}:{no}}",
        doc="Let timeouts hold for a whole command and its answer, not for each read and write.",
    )
    smtp_pix_workaround_delay_time: float = duration(
        "10s", min=1, doc="How long to wait before the final dot, for a firewall that needs it."
    )
    smtp_pix_workaround_maps: str = text(doc="Workarounds by server address.")
    smtp_pix_workaround_threshold_time: float = duration("500s", doc="How old a message must be for workarounds.")
    smtp_pix_workarounds: str = text(
        "disable_esmtp,delay_dotcrlf", doc="Workarounds for old firewalls: disable_esmtp, delay_dotcrlf."
    )
    smtp_quit_timeout: float = duration("300s", min=1, doc="How long to wait for the answer to QUIT.")
    smtp_quote_rfc821_envelope: bool = boolean(
        "yes", doc="Quote addresses in MAIL FROM and RCPT TO as the protocol asks."
    )
    smtp_randomize_addresses: bool = boolean("yes", doc="Try equally good servers in random order.")
    smtp_rcpt_timeout: float = duration("300s", min=1, doc="How long to wait for the answer to RCPT TO.")
    smtp_reply_filter: str = text(doc="A table that changes servers' replies.")
    smtp_rset_timeout: float = duration("20s", min=1, doc="How long to wait for the answer to RSET.")
    smtp_sasl_auth_cache_name: str = text(
        doc="A table that remembers failed logins, so that they are not tried again at once."
    )
    smtp_sasl_auth_cache_time: float = duration("90d", doc="How long a failed login is remembered.")
    smtp_sasl_auth_enable: bool = boolean("no", doc="Log in to servers.")
    smtp_sasl_auth_soft_bounce: bool = boolean("yes", doc="Defer mail when a login fails; otherwise return it.")
    smtp_sasl_mechanism_filter: str = text(doc="Mechanisms that may be used, of those a server offers.")
    smtp_sasl_password_maps: str = text(doc="Tables of user:password by destination or server.")
    smtp_sasl_path: str = text(doc="What the SASL plug-in is told beyond its type.")
    smtp_sasl_security_options: str = text(
        "noplaintext, noanonymous",
        doc=(
            "What a mechanism must not be: noplaintext, noactive, nodictionary, noanonymous; mutual_auth asks for more."
        ),
    )
    smtp_sasl_tls_security_options: str = text("$smtp_sasl_security_options", doc="The same inside TLS.")
    smtp_sasl_tls_verified_security_options: str = text(
        "$smtp_sasl_tls_security_options", doc="The same inside TLS with a server whose certificate was verified."
    )
    smtp_sasl_type: str = text("cyrus", min=1, doc="The SASL plug-in of the client.")
    smtp_send_dummy_mail_auth: bool = boolean("no", doc="Send AUTH=<> with MAIL FROM once logged in.")
    smtp_send_xforward_command: bool = boolean(
        "no", doc="Tell a server that allows it who the original client was (XFORWARD)."
    )
    smtp_sender_dependent_authentication: bool = boolean(
        "no", doc="Look for passwords by sender first; connections are not shared then."
    )
    smtp_skip_5xx_greeting: bool = boolean(
        "yes", doc="Try the next server when one greets with 5xx; otherwise return the mail."
    )
    smtp_skip_quit_response: bool = boolean("yes", doc="Do not wait for the answer to QUIT.")
    smtp_starttls_timeout: float = duration("300s", min=1, doc="How long the TLS handshake may take.")
    smtp_tcp_port: str = text("smtp", doc="The port to connect to.")
    smtp_use_tls: bool = boolean("no", doc="Use TLS where offered (older than smtp_tls_security_level).")
    smtp_xforward_timeout: float = duration("300s", min=1, doc="How long to wait for the answer to XFORWARD.")
    use_srv_lookup: str = text(doc="Services (submission, submissions ...) for which SRV records are looked up.")
