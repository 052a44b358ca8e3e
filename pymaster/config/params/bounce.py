"""bounce - notices to senders and to the postmaster (postconf(5))."""

from pymaster.config.param import Params, boolean, integer, text


class BounceParams(Params):
    """Notices to senders and to the postmaster."""

    notice_recipient_2bounce: str = text(
        "postmaster",
        min=1,
        name="2bounce_notice_recipient",
        doc="Who is told of notices that could themselves not be delivered.",
    )
    backwards_bounce_logfile_compatibility: bool = boolean("yes", effect=False)
    bounce_notice_recipient: str = text(
        "postmaster", min=1, doc="Who gets the postmaster's copies of bounced mail (notify_classes: bounce)."
    )
    bounce_service_name: str = text("bounce", min=1, doc="The service that builds non-delivery notices.")
    bounce_size_limit: int = integer(
        "50000", doc="How many bytes of the original message a notice returns; the header is returned in any case."
    )
    bounce_template_file: str = text(doc="A file with texts for notices (bounce(5)), in place of the built-in ones.")
    default_verp_delimiters: str = text(
        "+=", min=2, max=2, doc="The two characters that stand round the recipient in a VERP sender address."
    )
    defer_service_name: str = text("defer", min=1, doc="The service that keeps the records of deferred recipients.")
    delay_notice_recipient: str = text(
        "postmaster", min=1, doc="Who gets the postmaster's copies of delay warnings (notify_classes: delay)."
    )
    disable_verp_bounces: bool = boolean(
        "no", doc="Send one notice for all recipients even when the sender asked for VERP."
    )
    double_bounce_sender: str = text(
        "double-bounce",
        min=1,
        doc="The local part of the sender of notices to the postmaster; mail to it is discarded.",
    )
    enable_threaded_bounces: bool = boolean(
        "no", doc="Give notices References and In-Reply-To headers, so that mail programs show them in the thread."
    )
    error_notice_recipient: str = text(
        "postmaster", min=1, doc="Who is told of problems (notify_classes: data, policy, protocol, resource, software)."
    )
    error_service_name: str = text("error", min=1, doc="The service that makes mail fail with a given text.")
    notify_classes: str = text(
        "resource, software",
        doc=(
            "Kinds of problems of which the postmaster gets mail: 2bounce, bounce, data, delay, policy, "
            "protocol, resource, software."
        ),
    )
    requiretls_redact_dsn: bool = boolean(
        "yes",
        doc="Return only the header of a message sent with REQUIRETLS, when the notice itself may go without TLS.",
    )
    soft_bounce: bool = boolean(
        "no",
        doc=(
            "Turn every permanent failure into a temporary one, so that nothing is returned while a "
            "configuration is tried out."
        ),
    )
    trace_service_name: str = text(
        "trace", min=1, doc="The service that builds delivery reports (sendmail -bv, DSN success)."
    )
    verp_delimiter_filter: str = text("-=+", min=1, doc="Characters that may be given as VERP delimiters.")
