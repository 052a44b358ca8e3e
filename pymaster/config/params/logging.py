"""logging - parameters of this topic (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, text


class LoggingParams(Params):
    """Parameters of logging."""

    delay_logging_resolution_limit: int = integer("2")
    info_log_address_format: str = text("external")
    maillog_file: str = text()
    maillog_file_compressor: str = text("gzip")
    maillog_file_prefixes: str = text("/var, /dev/stdout")
    maillog_file_rotate_suffix: str = text("%Y%m%d-%H%M%S")
    postlog_service_name: str = text("postlog")
    postlogd_watchdog_timeout: float = duration("10s")
    respectful_logging: bool = boolean("${{$compatibility_level} <level {3.6} ? {no} : {yes}}")
    syslog_facility: str = text("mail")
    syslog_name: str = text("${multi_instance_name?{$multi_instance_name}:{postfix}}")
