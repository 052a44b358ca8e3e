"""bounce - parameters of this topic (postconf(5))."""

from pymaster.config.param import Params, boolean, integer, text


class BounceParams(Params):
    """Parameters of bounce."""

    notice_recipient_2bounce: str = text("postmaster", name="2bounce_notice_recipient")
    backwards_bounce_logfile_compatibility: bool = boolean("yes")
    bounce_notice_recipient: str = text("postmaster")
    bounce_service_name: str = text("bounce")
    bounce_size_limit: int = integer("50000")
    bounce_template_file: str = text()
    default_verp_delimiters: str = text("+=")
    defer_service_name: str = text("defer")
    delay_notice_recipient: str = text("postmaster")
    disable_verp_bounces: bool = boolean("no")
    double_bounce_sender: str = text("double-bounce")
    enable_threaded_bounces: bool = boolean("no")
    error_notice_recipient: str = text("postmaster")
    error_service_name: str = text("error")
    notify_classes: str = text("resource, software")
    soft_bounce: bool = boolean("no")
    trace_service_name: str = text("trace")
    verp_delimiter_filter: str = text("-=+")
