"""bounce - notices to senders and to the postmaster (postconf(5))."""

from pymaster.config.param import Params, boolean, integer, text


class BounceParams(Params):
    """Notices to senders and to the postmaster."""

    notice_recipient_2bounce: str = text("postmaster", min=1, name="2bounce_notice_recipient")
    backwards_bounce_logfile_compatibility: bool = boolean("yes", effect=False)
    bounce_notice_recipient: str = text("postmaster", min=1)
    bounce_service_name: str = text("bounce", min=1)
    bounce_size_limit: int = integer("50000")
    bounce_template_file: str = text()
    default_verp_delimiters: str = text("+=", min=2, max=2)
    defer_service_name: str = text("defer", min=1)
    delay_notice_recipient: str = text("postmaster", min=1)
    disable_verp_bounces: bool = boolean("no")
    double_bounce_sender: str = text("double-bounce", min=1)
    enable_threaded_bounces: bool = boolean("no")
    error_notice_recipient: str = text("postmaster", min=1)
    error_service_name: str = text("error", min=1)
    notify_classes: str = text("resource, software")
    requiretls_redact_dsn: bool = boolean("yes")
    soft_bounce: bool = boolean("no")
    trace_service_name: str = text("trace", min=1)
    verp_delimiter_filter: str = text("-=+", min=1)
