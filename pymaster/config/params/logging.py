"""logging - the log (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, text


class LoggingParams(Params):
    """The log."""

    delay_logging_resolution_limit: int = integer(
        "2", max=6, doc="How many digits after the point delays have in the log."
    )
    info_log_address_format: str = text(
        "external", doc="How addresses stand in the log: external (quoted where needed) or internal."
    )
    maillog_file: str = text(doc="A file, or /dev/stdout, for the log in place of syslog.")
    maillog_file_compressor: str = text("gzip", doc="What `postfix logrotate` compresses with.")
    maillog_file_permissions: str = text("0600", doc="The mode of a new log file.")
    maillog_file_prefixes: str = text("/var, /dev/stdout", doc="Where maillog_file may be.")
    maillog_file_rotate_suffix: str = text(
        "%Y%m%d-%H%M%S", doc="What `postfix logrotate` appends to the old file's name (strftime)."
    )
    postlog_service_name: str = text("postlog", min=1, doc="The service that writes maillog_file.")
    postlogd_watchdog_timeout: float = duration("10s", min=1, doc="How long that service may be stuck.")
    respectful_logging: bool = boolean(
        "${{$compatibility_level} <level {3.6} ? {no} : {yes}}",
        doc="Log allowlist and denylist in place of older words.",
    )
    syslog_facility: str = text("mail", min=1, doc="The facility of the log.")
    syslog_name: str = text(
        "${multi_instance_name?{$multi_instance_name}:{postfix}}",
        min=1,
        doc="The name before the slash in log lines, that tools look for.",
    )
