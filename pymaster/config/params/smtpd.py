"""smtpd - the SMTP server (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, raw, text


class SmtpdParams(Params):
    """The SMTP server."""

    authorized_verp_clients: str = text("$mynetworks")
    disable_vrfy_command: bool = boolean("no")
    qmqpd_authorized_clients: str = text(effect=False)
    qmqpd_client_port_logging: bool = boolean("no", effect=False)
    qmqpd_error_delay: float = duration("1s", effect=False)
    qmqpd_timeout: float = duration("300s", effect=False)
    smtpd_authorized_verp_clients: str = text("$authorized_verp_clients")
    smtpd_authorized_xclient_hosts: str = text()
    smtpd_authorized_xforward_hosts: str = text()
    smtpd_banner: str = text("$myhostname ESMTP $mail_name", min=1)
    smtpd_client_auth_rate_limit: int = integer("0")
    smtpd_client_connection_count_limit: int = integer("50")
    smtpd_client_connection_limit_exceptions: str = text()
    smtpd_client_connection_rate_limit: int = integer("0")
    smtpd_client_event_limit_exceptions: str = text("${smtpd_client_connection_limit_exceptions:$mynetworks}")
    smtpd_client_message_rate_limit: int = integer("0")
    smtpd_client_new_tls_session_rate_limit: int = integer("0")
    smtpd_client_port_logging: bool = boolean("no")
    smtpd_client_recipient_rate_limit: int = integer("0")
    smtpd_command_filter: str = text()
    smtpd_delay_open_until_valid_rcpt: bool = boolean("yes")
    smtpd_discard_ehlo_keyword_address_maps: str = text()
    smtpd_discard_ehlo_keywords: str = text()
    smtpd_dns_reply_filter: str = text()
    smtpd_enforce_tls: bool = boolean("no")
    smtpd_error_sleep_time: float = duration("1s")
    smtpd_expansion_filter: str = raw(
        "\\t\\40!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"
    )
    smtpd_forbid_bare_newline: str = text("normalize")
    smtpd_forbid_bare_newline_exclusions: str = text("$mynetworks")
    smtpd_forbid_unauth_pipelining: bool = boolean("yes")
    smtpd_forbidden_commands: str = text("CONNECT GET POST regexp:{{/^[^A-Z]/ Bogus}}")
    smtpd_hard_error_limit: int = integer("${stress?{1}:{20}}", min=1)
    smtpd_helo_required: bool = boolean("no")
    smtpd_hide_client_session: bool = boolean("no")
    smtpd_history_flush_threshold: int = integer("100", min=1, effect=False)
    smtpd_junk_command_limit: int = integer("${stress?{1}:{100}}", min=1)
    smtpd_min_data_rate: int = integer("500", min=1)
    smtpd_noop_commands: str = text()
    smtpd_peername_lookup: bool = boolean("yes")
    smtpd_per_record_deadline: str = text()
    smtpd_per_request_deadline: bool = boolean(
        "${smtpd_per_record_deadline?{$smtpd_per_record_deadline}:{${stress?{yes}:{no}}}}"
    )
    smtpd_recipient_limit: int = integer("1000", min=1)
    smtpd_recipient_overshoot_limit: int = integer("1000", min=1)
    smtpd_reject_footer: str = raw()
    smtpd_reject_footer_maps: str = text()
    smtpd_service_name: str = text("smtpd", min=1)
    smtpd_soft_error_limit: int = integer("10", min=1)
    smtpd_starttls_timeout: float = duration("${stress?{10}:{300}}s", min=1)
    smtpd_timeout: float = duration("${stress?{10}:{300}}s", min=1)
    smtpd_use_tls: bool = boolean("no")
    stress: str = text()
    strict_rfc821_envelopes: bool = boolean("no")
