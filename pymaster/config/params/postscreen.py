"""postscreen - the connection filter in front of smtpd (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, raw, text


class PostscreenParams(Params):
    """The connection filter in front of smtpd."""

    dnsblog_reply_delay: float = duration("0s", doc="A pause before each answer, for tests.")
    dnsblog_service_name: str = text("dnsblog", min=1, doc="The service that asks DNS blocklists.")
    postscreen_access_list: str = text(
        "permit_mynetworks", doc="Clients that pass or are refused at once: permit_mynetworks, tables, permit, reject."
    )
    postscreen_allowlist_interfaces: str = text(
        "${postscreen_whitelist_interfaces?{$postscreen_whitelist_interfaces}:{static:all}}",
        doc="Local addresses at which a client can earn its pass.",
    )
    postscreen_bare_newline_action: str = text(
        "ignore", doc="What to do with a client that ends lines with a bare newline: ignore, enforce or drop."
    )
    postscreen_bare_newline_enable: bool = boolean("no", doc="Look for bare newlines.")
    postscreen_bare_newline_ttl: float = duration("30d", doc="How long a passed bare newline test counts.")
    postscreen_blacklist_action: str = text(doc="The older name of postscreen_denylist_action.")
    postscreen_cache_cleanup_interval: float = duration("12h", doc="How often old results are removed.")
    postscreen_cache_map: str = text(
        "btree:$data_directory/postscreen_cache", doc="The table that remembers clients that passed."
    )
    postscreen_cache_retention_time: float = duration("7d", doc="How long an expired result is kept.")
    postscreen_client_connection_count_limit: int = integer(
        "$smtpd_client_connection_count_limit", doc="How many connections one client may have at once."
    )
    postscreen_command_count_limit: int = integer("20", doc="How many commands a client may send before it has passed.")
    postscreen_command_filter: str = text(doc="A table that replaces commands of a client.")
    postscreen_command_time_limit: float = duration(
        "${stress?{10}:{300}}s", min=1, doc="How long to wait for a command."
    )
    postscreen_denylist_action: str = text(
        "${postscreen_blacklist_action?{$postscreen_blacklist_action}:{ignore}}",
        doc="What to do with a client that the access list refuses: ignore, enforce or drop.",
    )
    postscreen_disable_vrfy_command: bool = boolean("$disable_vrfy_command", doc="Refuse VRFY.")
    postscreen_discard_ehlo_keyword_address_maps: str = text(
        "$smtpd_discard_ehlo_keyword_address_maps", doc="EHLO keywords not to announce, by client address."
    )
    postscreen_discard_ehlo_keywords: str = text("$smtpd_discard_ehlo_keywords", doc="EHLO keywords not to announce.")
    postscreen_dnsbl_action: str = text(
        "ignore", doc="What to do with a client whose blocklist score is too high: ignore, enforce or drop."
    )
    postscreen_dnsbl_allowlist_threshold: int = integer(
        "${postscreen_dnsbl_whitelist_threshold?{$postscreen_dnsbl_whitelist_threshold}:{0}}",
        doc="A score at or below which other tests are skipped; 0 turns this off.",
    )
    postscreen_dnsbl_max_ttl: float = duration(
        "${postscreen_dnsbl_ttl?{$postscreen_dnsbl_ttl}:{1}}h",
        min=1,
        doc="How long a good blocklist result counts at most.",
    )
    postscreen_dnsbl_min_ttl: float = duration("60s", min=1, doc="How long a good blocklist result counts at least.")
    postscreen_dnsbl_reply_map: str = text(
        doc="Names to show clients in place of blocklists' own (they may hold secrets)."
    )
    postscreen_dnsbl_sites: str = text(doc="Blocklists, with filters and weights: list=filter*weight.")
    postscreen_dnsbl_threshold: int = integer("1", min=1, doc="The score from which a client is refused.")
    postscreen_dnsbl_timeout: float = duration("10s", min=1, doc="How long to wait for blocklists.")
    postscreen_dnsbl_ttl: str = text(doc="The older name of postscreen_dnsbl_max_ttl, in hours.")
    postscreen_dnsbl_whitelist_threshold: str = text(doc="The older name of postscreen_dnsbl_allowlist_threshold.")
    postscreen_enforce_tls: bool = boolean(
        "$smtpd_enforce_tls", doc="Require STARTTLS (older than postscreen_tls_security_level)."
    )
    postscreen_expansion_filter: str = raw(
        "$smtpd_expansion_filter", doc="Characters that may come from outside into postscreen_reject_footer."
    )
    postscreen_forbidden_commands: str = text("$smtpd_forbidden_commands", doc="Commands that end a session.")
    postscreen_greet_action: str = text(
        "ignore", doc="What to do with a client that talks before it is greeted: ignore, enforce or drop."
    )
    postscreen_greet_banner: str = text(
        "$smtpd_banner", doc="The first part of the greeting, that makes such clients talk; empty sends none."
    )
    postscreen_greet_ttl: float = duration("1d", doc="How long a passed greeting test counts.")
    postscreen_greet_wait: float = duration("${stress?{2}:{6}}s", min=1, doc="How long the greeting is held back.")
    postscreen_helo_required: bool = boolean("$smtpd_helo_required", doc="Require HELO or EHLO before MAIL.")
    postscreen_non_smtp_command_action: str = text(
        "drop", doc="What to do with a client that sends what no mail client sends: ignore, enforce or drop."
    )
    postscreen_non_smtp_command_enable: bool = boolean("no", doc="Look for such commands.")
    postscreen_non_smtp_command_ttl: float = duration("30d", doc="How long a passed command test counts.")
    postscreen_pipelining_action: str = text(
        "enforce", doc="What to do with a client that sends commands before it may: ignore, enforce or drop."
    )
    postscreen_pipelining_enable: bool = boolean("no", doc="Look for such commands.")
    postscreen_pipelining_ttl: float = duration("30d", doc="How long a passed pipelining test counts.")
    postscreen_post_queue_limit: int = integer(
        "$default_process_limit", min=1, doc="How many tested clients may wait for an SMTP server."
    )
    postscreen_pre_queue_limit: int = integer(
        "$default_process_limit", min=1, doc="How many clients may wait to be tested."
    )
    postscreen_reject_footer: str = raw("$smtpd_reject_footer", doc="Text after a refusal, as smtpd_reject_footer.")
    postscreen_reject_footer_maps: str = text("$smtpd_reject_footer_maps", doc="The same by reply.")
    postscreen_tls_security_level: str = text(
        "$smtpd_tls_security_level", doc="Whether to announce or require STARTTLS."
    )
    postscreen_upstream_proxy_protocol: str = text(
        doc="The proxy protocol that connections begin with: haproxy, or empty."
    )
    postscreen_upstream_proxy_timeout: float = duration("5s", min=1, doc="How long to wait for the proxy's line.")
    postscreen_use_tls: bool = boolean(
        "$smtpd_use_tls", doc="Announce STARTTLS (older than postscreen_tls_security_level)."
    )
    postscreen_watchdog_timeout: float = duration("10s", min=1, doc="How long the service may be stuck.")
    postscreen_whitelist_interfaces: str = text(doc="The older name of postscreen_allowlist_interfaces.")
