"""postscreen - parameters of this topic (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, raw, text


class PostscreenParams(Params):
    """Parameters of postscreen."""

    dnsblog_reply_delay: float = duration("0s")
    dnsblog_service_name: str = text("dnsblog")
    postscreen_access_list: str = text("permit_mynetworks")
    postscreen_allowlist_interfaces: str = text(
        "${postscreen_whitelist_interfaces?{$postscreen_whitelist_interfaces}:{static:all}}"
    )
    postscreen_bare_newline_action: str = text("ignore")
    postscreen_bare_newline_enable: bool = boolean("no")
    postscreen_bare_newline_ttl: float = duration("30d")
    postscreen_cache_cleanup_interval: float = duration("12h")
    postscreen_cache_map: str = text("btree:$data_directory/postscreen_cache")
    postscreen_cache_retention_time: float = duration("7d")
    postscreen_client_connection_count_limit: str = text("$smtpd_client_connection_count_limit")
    postscreen_command_count_limit: int = integer("20")
    postscreen_command_filter: str = text()
    postscreen_denylist_action: str = text("${postscreen_blacklist_action?{$postscreen_blacklist_action}:{ignore}}")
    postscreen_disable_vrfy_command: str = text("$disable_vrfy_command")
    postscreen_discard_ehlo_keyword_address_maps: str = text("$smtpd_discard_ehlo_keyword_address_maps")
    postscreen_discard_ehlo_keywords: str = text("$smtpd_discard_ehlo_keywords")
    postscreen_dnsbl_action: str = text("ignore")
    postscreen_dnsbl_allowlist_threshold: int = integer(
        "${postscreen_dnsbl_whitelist_threshold?{$postscreen_dnsbl_whitelist_threshold}:{0}}"
    )
    postscreen_dnsbl_max_ttl: str = text("${postscreen_dnsbl_ttl?{$postscreen_dnsbl_ttl}:{1}}h")
    postscreen_dnsbl_min_ttl: float = duration("60s")
    postscreen_dnsbl_reply_map: str = text()
    postscreen_dnsbl_sites: str = text()
    postscreen_dnsbl_threshold: int = integer("1")
    postscreen_dnsbl_timeout: float = duration("10s")
    postscreen_enforce_tls: str = text("$smtpd_enforce_tls")
    postscreen_expansion_filter: str = raw("$smtpd_expansion_filter")
    postscreen_forbidden_commands: str = text("$smtpd_forbidden_commands")
    postscreen_greet_action: str = text("ignore")
    postscreen_greet_banner: str = text("$smtpd_banner")
    postscreen_greet_ttl: float = duration("1d")
    postscreen_greet_wait: str = text("${stress?{2}:{6}}s")
    postscreen_helo_required: str = text("$smtpd_helo_required")
    postscreen_non_smtp_command_action: str = text("drop")
    postscreen_non_smtp_command_enable: bool = boolean("no")
    postscreen_non_smtp_command_ttl: float = duration("30d")
    postscreen_pipelining_action: str = text("enforce")
    postscreen_pipelining_enable: bool = boolean("no")
    postscreen_pipelining_ttl: float = duration("30d")
    postscreen_post_queue_limit: str = text("$default_process_limit")
    postscreen_pre_queue_limit: str = text("$default_process_limit")
    postscreen_reject_footer: str = text("$smtpd_reject_footer")
    postscreen_reject_footer_maps: str = text("$smtpd_reject_footer_maps")
    postscreen_tls_security_level: str = text("$smtpd_tls_security_level")
    postscreen_upstream_proxy_protocol: str = text()
    postscreen_upstream_proxy_timeout: float = duration("5s")
    postscreen_use_tls: str = text("$smtpd_use_tls")
    postscreen_watchdog_timeout: float = duration("10s")
