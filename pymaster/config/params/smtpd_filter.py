"""smtpd_filter - filters and policy servers of the SMTP server (postconf(5))."""

from pymaster.config.param import Params, duration, integer, text


class SmtpdFilterParams(Params):
    """Filters and policy servers of the SMTP server."""

    smtpd_milter_maps: str = text(doc="Mail filters by client address; DISABLE for none.")
    smtpd_milters: str = text(
        doc="Mail filters for mail that comes by SMTP: inet:host:port or unix:path, with settings in { }."
    )
    smtpd_policy_service_default_action: str = text(
        "451 4.3.5 Server configuration problem", doc="The answer when a policy server fails."
    )
    smtpd_policy_service_max_idle: float = duration(
        "300s", min=1, doc="How long an unused connection to a policy server is kept."
    )
    smtpd_policy_service_max_ttl: float = duration(
        "1000s", min=1, doc="How long a connection to a policy server is used."
    )
    smtpd_policy_service_policy_context: str = text(doc="A word for the policy server, in policy_context=.")
    smtpd_policy_service_request_limit: int = integer(
        "0", doc="How many requests one connection serves; 0 is no limit."
    )
    smtpd_policy_service_retry_delay: float = duration(
        "1s", min=1, doc="The pause before a failed request is tried again."
    )
    smtpd_policy_service_timeout: float = duration("100s", min=1, doc="How long to wait for a policy server.")
    smtpd_policy_service_try_limit: int = integer("2", min=1, doc="How often a request is tried.")
    smtpd_proxy_ehlo: str = text("$myhostname", doc="The name to say to the proxy filter.")
    smtpd_proxy_filter: str = text(doc="host:port of an SMTP filter that sees mail before it is accepted.")
    smtpd_proxy_options: str = text(doc="speed_adjust: receive the whole message before the filter is called.")
    smtpd_proxy_timeout: float = duration("100s", min=1, doc="How long to wait for the proxy filter.")
    smtpd_upstream_proxy_protocol: str = text(doc="The proxy protocol that connections begin with: haproxy, or empty.")
    smtpd_upstream_proxy_timeout: float = duration("5s", min=1, doc="How long to wait for the proxy's line.")
