"""smtpd_sasl - authentication in the SMTP server (postconf(5))."""

from pymaster.config.param import Params, boolean, integer, text


class SmtpdSaslParams(Params):
    """Authentication in the SMTP server."""

    broken_sasl_auth_clients: bool = boolean("no")
    cyrus_sasl_config_path: str = text(effect=False)
    smtpd_sasl_auth_enable: bool = boolean("no")
    smtpd_sasl_authenticated_header: bool = boolean("no")
    smtpd_sasl_exceptions_networks: str = text()
    smtpd_sasl_local_domain: str = text()
    smtpd_sasl_mechanism_filter: str = text("!external, static:rest")
    smtpd_sasl_path: str = text("smtpd", min=1)
    smtpd_sasl_response_limit: int = integer("12288", min=12288)
    smtpd_sasl_security_options: str = text("noanonymous")
    smtpd_sasl_service: str = text("smtp")
    smtpd_sasl_tls_security_options: str = text("$smtpd_sasl_security_options")
    smtpd_sasl_type: str = text("cyrus", min=1)
