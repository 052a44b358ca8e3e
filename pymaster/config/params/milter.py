"""milter - mail filters that speak the milter protocol (postconf(5))."""

from pymaster.config.param import Params, duration, integer, text


class MilterParams(Params):
    """Mail filters that speak the milter protocol."""

    internal_mail_filter_classes: str = text(
        doc="Kinds of mail made by this system that are filtered too: bounce, notify."
    )
    milter_command_timeout: float = duration(
        "30s", min=1, doc="How long to wait for a mail filter's answer to a command."
    )
    milter_connect_macros: str = text(
        "j {daemon_name} {daemon_addr} v _", doc="Macros that mail filters get with the connection."
    )
    milter_connect_timeout: float = duration("30s", min=1, doc="How long to wait for the connection to a mail filter.")
    milter_content_timeout: float = duration(
        "300s", min=1, doc="How long to wait for a mail filter's answer after content."
    )
    milter_data_macros: str = text("i", doc="Macros that mail filters get with DATA.")
    milter_default_action: str = text(
        "tempfail", doc="What to do when a mail filter fails: accept, reject, tempfail, quarantine or shutdown."
    )
    milter_end_of_data_macros: str = text("i", doc="Macros that mail filters get at the end of a message.")
    milter_end_of_header_macros: str = text("i", doc="Macros that mail filters get at the end of the header.")
    milter_header_checks: str = text(doc="Tables with actions for headers that mail filters add.")
    milter_helo_macros: str = text(
        "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}",
        doc="Macros that mail filters get with HELO.",
    )
    milter_macro_daemon_name: str = text("$myhostname", doc="The value of the {daemon_name} macro.")
    milter_macro_defaults: str = text(doc="name=value of macros that have no value otherwise.")
    milter_macro_v: str = text("$mail_name $mail_version", doc="The value of the v macro.")
    milter_mail_macros: str = text(
        "i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} {mail_mailer}",
        doc="Macros that mail filters get with MAIL FROM.",
    )
    milter_protocol: int = integer("6", doc="The version of the protocol with mail filters, and options of it.")
    milter_rcpt_macros: str = text(
        "i {rcpt_addr} {rcpt_host} {rcpt_mailer}", doc="Macros that mail filters get with RCPT TO."
    )
    milter_unknown_command_macros: str = text(doc="Macros that mail filters get with an unknown command.")
    non_smtpd_milters: str = text(doc="Mail filters for mail that does not come by SMTP.")
