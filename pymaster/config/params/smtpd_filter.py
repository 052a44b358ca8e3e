"""smtpd_filter - filters and policy servers of the SMTP server (postconf(5))."""

from pymaster.config.param import Params, duration, integer, text


class SmtpdFilterParams(Params):
    """Filters and policy servers of the SMTP server."""

    smtpd_milter_maps: str = text()
    smtpd_milters: str = text()
    smtpd_policy_service_default_action: str = text("451 4.3.5 Server configuration problem")
    smtpd_policy_service_max_idle: float = duration("300s", min=1)
    smtpd_policy_service_max_ttl: float = duration("1000s", min=1)
    smtpd_policy_service_policy_context: str = text()
    smtpd_policy_service_request_limit: int = integer("0")
    smtpd_policy_service_retry_delay: float = duration("1s", min=1)
    smtpd_policy_service_timeout: float = duration("100s", min=1)
    smtpd_policy_service_try_limit: int = integer("2", min=1)
    smtpd_proxy_ehlo: str = text("$myhostname")
    smtpd_proxy_filter: str = text()
    smtpd_proxy_options: str = text()
    smtpd_proxy_timeout: float = duration("100s", min=1)
    smtpd_upstream_proxy_protocol: str = text()
    smtpd_upstream_proxy_timeout: float = duration("5s", min=1)
