"""smtpd_sasl - authentication in the SMTP server (postconf(5))."""

from pymaster.config.param import Params, boolean, integer, text


class SmtpdSaslParams(Params):
    """Authentication in the SMTP server."""

    broken_sasl_auth_clients: bool = boolean("no", doc="Announce AUTH= as well, for very old clients.")
    cyrus_sasl_config_path: str = text(effect=False)
    smtpd_sasl_auth_enable: bool = boolean("no", doc="Let clients log in.")
    smtpd_sasl_authenticated_header: bool = boolean("no", doc="Show the login in the Received: header.")
    smtpd_sasl_exceptions_networks: str = text(doc="Clients to whom AUTH is not announced.")
    smtpd_sasl_local_domain: str = text(doc="The realm of logins that name none.")
    smtpd_sasl_mechanism_filter: str = text(
        "!external, static:rest", doc="Mechanisms to announce, of those the authentication server has."
    )
    smtpd_sasl_path: str = text("smtpd", min=1, doc="Where the authentication server is: a socket, or inet:host:port.")
    smtpd_sasl_response_limit: int = integer("12288", min=12288, doc="How long a client's answer in a login may be.")
    smtpd_sasl_security_options: str = text(
        "noanonymous",
        doc=(
            "What a mechanism must not be: noplaintext, noactive, nodictionary, noanonymous; mutual_auth, "
            "forward_secrecy ask for more."
        ),
    )
    smtpd_sasl_service: str = text("smtp", doc="The service name that the authentication server is told.")
    smtpd_sasl_tls_security_options: str = text("$smtpd_sasl_security_options", doc="The same inside TLS.")
    smtpd_sasl_type: str = text("cyrus", min=1, doc="The kind of authentication server.")
