"""logging - the log (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, text


class LoggingParams(Params):
    """The log."""

    delay_logging_resolution_limit: int = integer("2", max=6)
    info_log_address_format: str = text("external")
    maillog_file: str = text()
    maillog_file_compressor: str = text("gzip")
    maillog_file_permissions: str = text("0600")
    maillog_file_prefixes: str = text("/var, /dev/stdout")
    maillog_file_rotate_suffix: str = text("%Y%m%d-%H%M%S")
    postlog_service_name: str = text("postlog", min=1)
    postlogd_watchdog_timeout: float = duration("10s", min=1)
    respectful_logging: bool = boolean("${{$compatibility_level} <level {3.6} ? {no} : {yes}}")
    syslog_facility: str = text("mail", min=1)
    syslog_name: str = text("${multi_instance_name?{$multi_instance_name}:{postfix}}", min=1)
