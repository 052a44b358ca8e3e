"""smtpd_limits - limits on clients of the SMTP server (postconf(5))."""

from pymaster.config.param import Params, integer


class SmtpdLimitsParams(Params):
    """Limits on clients of the SMTP server."""

    smtpd_client_ipv4_prefix_length: int = integer("32", max=32)
    smtpd_client_ipv6_prefix_length: int = integer("84", max=128)
