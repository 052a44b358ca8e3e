"""lmtp - the LMTP client (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, text


class LmtpParams(Params):
    """The LMTP client."""

    lmtp_address_preference: str = text("any", doc="smtp_address_preference, for the LMTP client.")
    lmtp_address_verify_target: str = text("rcpt", doc="smtp_address_verify_target, for the LMTP client.")
    lmtp_assume_final: bool = boolean(
        "no",
        doc="Tell senders who asked for a report that an LMTP delivery is final, though the server says nothing of it.",
    )
    lmtp_balance_inet_protocols: bool = boolean("yes", doc="smtp_balance_inet_protocols, for the LMTP client.")
    lmtp_bind_address: str = text(doc="smtp_bind_address, for the LMTP client.")
    lmtp_bind_address6: str = text(doc="smtp_bind_address6, for the LMTP client.")
    lmtp_bind_address_enforce: bool = boolean("no", doc="smtp_bind_address_enforce, for the LMTP client.")
    lmtp_body_checks: str = text(doc="smtp_body_checks, for the LMTP client.")
    lmtp_cname_overrides_servername: bool = boolean("no", doc="smtp_cname_overrides_servername, for the LMTP client.")
    lmtp_connect_timeout: float = duration("0s", doc="smtp_connect_timeout, for the LMTP client.")
    lmtp_connection_cache_destinations: str = text(doc="smtp_connection_cache_destinations, for the LMTP client.")
    lmtp_connection_cache_on_demand: bool = boolean("yes", doc="smtp_connection_cache_on_demand, for the LMTP client.")
    lmtp_connection_cache_time_limit: float = duration(
        "2s", min=1, doc="smtp_connection_cache_time_limit, for the LMTP client."
    )
    lmtp_connection_reuse_count_limit: int = integer("0", doc="smtp_connection_reuse_count_limit, for the LMTP client.")
    lmtp_connection_reuse_time_limit: float = duration(
        "300s", min=1, doc="smtp_connection_reuse_time_limit, for the LMTP client."
    )
    lmtp_data_done_timeout: float = duration("600s", min=1, doc="smtp_data_done_timeout, for the LMTP client.")
    lmtp_data_init_timeout: float = duration("120s", min=1, doc="smtp_data_init_timeout, for the LMTP client.")
    lmtp_data_xfer_timeout: float = duration("180s", min=1, doc="smtp_data_xfer_timeout, for the LMTP client.")
    lmtp_defer_if_no_mx_address_found: bool = boolean(
        "no", doc="smtp_defer_if_no_mx_address_found, for the LMTP client."
    )
    lmtp_delivery_status_filter: str = text(
        "$default_delivery_status_filter", doc="smtp_delivery_status_filter, for the LMTP client."
    )
    lmtp_discard_lhlo_keyword_address_maps: str = text(
        doc="smtp_discard_ehlo_keyword_address_maps, for the LMTP client."
    )
    lmtp_discard_lhlo_keywords: str = text(doc="smtp_discard_ehlo_keywords, for the LMTP client.")
    lmtp_dns_reply_filter: str = text(doc="smtp_dns_reply_filter, for the LMTP client.")
    lmtp_dns_resolver_options: str = text(doc="smtp_dns_resolver_options, for the LMTP client.")
    lmtp_dns_support_level: str = text(doc="smtp_dns_support_level, for the LMTP client.")
    lmtp_enforce_tls: bool = boolean("no", doc="smtp_enforce_tls, for the LMTP client.")
    lmtp_fallback_relay: str = text(doc="smtp_fallback_relay, for the LMTP client.")
    lmtp_generic_maps: str = text(doc="smtp_generic_maps, for the LMTP client.")
    lmtp_header_checks: str = text(doc="smtp_header_checks, for the LMTP client.")
    lmtp_host_lookup: str = text("dns", min=1, doc="smtp_host_lookup, for the LMTP client.")
    lmtp_lhlo_name: str = text("$myhostname", min=1, doc="smtp_helo_name, for the LMTP client.")
    lmtp_lhlo_timeout: float = duration("300s", min=1, doc="smtp_helo_timeout, for the LMTP client.")
    lmtp_line_length_limit: int = integer("998", doc="smtp_line_length_limit, for the LMTP client.")
    lmtp_mail_timeout: float = duration("300s", min=1, doc="smtp_mail_timeout, for the LMTP client.")
    lmtp_mime_header_checks: str = text(doc="smtp_mime_header_checks, for the LMTP client.")
    lmtp_min_data_rate: int = integer("500", min=1, doc="smtp_min_data_rate, for the LMTP client.")
    lmtp_mx_address_limit: int = integer("5", doc="smtp_mx_address_limit, for the LMTP client.")
    lmtp_mx_session_limit: int = integer("2", doc="smtp_mx_session_limit, for the LMTP client.")
    lmtp_nested_header_checks: str = text(doc="smtp_nested_header_checks, for the LMTP client.")
    lmtp_per_record_deadline: str = text(doc="smtp_per_record_deadline, for the LMTP client.")
    lmtp_per_request_deadline: bool = boolean(
        "${lmtp_per_record_deadline?{$lmtp_per_record_deadline}:{no}}",
        doc="smtp_per_request_deadline, for the LMTP client.",
    )
    lmtp_pix_workaround_delay_time: float = duration(
        "10s", min=1, doc="smtp_pix_workaround_delay_time, for the LMTP client."
    )
    lmtp_pix_workaround_maps: str = text(doc="smtp_pix_workaround_maps, for the LMTP client.")
    lmtp_pix_workaround_threshold_time: float = duration(
        "500s", doc="smtp_pix_workaround_threshold_time, for the LMTP client."
    )
    lmtp_pix_workarounds: str = text("disable_esmtp,delay_dotcrlf", doc="smtp_pix_workarounds, for the LMTP client.")
    lmtp_quit_timeout: float = duration("300s", min=1, doc="smtp_quit_timeout, for the LMTP client.")
    lmtp_quote_rfc821_envelope: bool = boolean("yes", doc="smtp_quote_rfc821_envelope, for the LMTP client.")
    lmtp_randomize_addresses: bool = boolean("yes", doc="smtp_randomize_addresses, for the LMTP client.")
    lmtp_rcpt_timeout: float = duration("300s", min=1, doc="smtp_rcpt_timeout, for the LMTP client.")
    lmtp_reply_filter: str = text(doc="smtp_reply_filter, for the LMTP client.")
    lmtp_rset_timeout: float = duration("20s", min=1, doc="smtp_rset_timeout, for the LMTP client.")
    lmtp_sasl_auth_cache_name: str = text(doc="smtp_sasl_auth_cache_name, for the LMTP client.")
    lmtp_sasl_auth_cache_time: float = duration("90d", doc="smtp_sasl_auth_cache_time, for the LMTP client.")
    lmtp_sasl_auth_enable: bool = boolean("no", doc="smtp_sasl_auth_enable, for the LMTP client.")
    lmtp_sasl_auth_soft_bounce: bool = boolean("yes", doc="smtp_sasl_auth_soft_bounce, for the LMTP client.")
    lmtp_sasl_mechanism_filter: str = text(doc="smtp_sasl_mechanism_filter, for the LMTP client.")
    lmtp_sasl_password_maps: str = text(doc="smtp_sasl_password_maps, for the LMTP client.")
    lmtp_sasl_path: str = text(doc="smtp_sasl_path, for the LMTP client.")
    lmtp_sasl_security_options: str = text(
        "noplaintext, noanonymous", doc="smtp_sasl_security_options, for the LMTP client."
    )
    lmtp_sasl_tls_security_options: str = text(
        "$lmtp_sasl_security_options", doc="smtp_sasl_tls_security_options, for the LMTP client."
    )
    lmtp_sasl_tls_verified_security_options: str = text(
        "$lmtp_sasl_tls_security_options", doc="smtp_sasl_tls_verified_security_options, for the LMTP client."
    )
    lmtp_sasl_type: str = text("cyrus", min=1, doc="smtp_sasl_type, for the LMTP client.")
    lmtp_send_dummy_mail_auth: bool = boolean("no", doc="smtp_send_dummy_mail_auth, for the LMTP client.")
    lmtp_send_xforward_command: bool = boolean("no", doc="smtp_send_xforward_command, for the LMTP client.")
    lmtp_sender_dependent_authentication: bool = boolean(
        "no", doc="smtp_sender_dependent_authentication, for the LMTP client."
    )
    lmtp_skip_5xx_greeting: bool = boolean("yes", doc="smtp_skip_5xx_greeting, for the LMTP client.")
    lmtp_skip_quit_response: bool = boolean("no", doc="smtp_skip_quit_response, for the LMTP client.")
    lmtp_starttls_timeout: float = duration("300s", min=1, doc="smtp_starttls_timeout, for the LMTP client.")
    lmtp_tcp_port: int = integer("24", doc="smtp_tcp_port, for the LMTP client.")
    lmtp_use_tls: bool = boolean("no", doc="smtp_use_tls, for the LMTP client.")
    lmtp_xforward_timeout: float = duration("300s", min=1, doc="smtp_xforward_timeout, for the LMTP client.")
