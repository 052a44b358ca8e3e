"""milter - mail filters that speak the milter protocol (postconf(5))."""

from pymaster.config.param import Params, duration, integer, text


class MilterParams(Params):
    """Mail filters that speak the milter protocol."""

    internal_mail_filter_classes: str = text()
    milter_command_timeout: float = duration("30s", min=1)
    milter_connect_macros: str = text("j {daemon_name} {daemon_addr} v _")
    milter_connect_timeout: float = duration("30s", min=1)
    milter_content_timeout: float = duration("300s", min=1)
    milter_data_macros: str = text("i")
    milter_default_action: str = text("tempfail")
    milter_end_of_data_macros: str = text("i")
    milter_end_of_header_macros: str = text("i")
    milter_header_checks: str = text()
    milter_helo_macros: str = text("{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}")
    milter_macro_daemon_name: str = text("$myhostname")
    milter_macro_defaults: str = text()
    milter_macro_v: str = text("$mail_name $mail_version")
    milter_mail_macros: str = text("i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} {mail_mailer}")
    milter_protocol: int = integer("6")
    milter_rcpt_macros: str = text("i {rcpt_addr} {rcpt_host} {rcpt_mailer}")
    milter_unknown_command_macros: str = text()
    non_smtpd_milters: str = text()
