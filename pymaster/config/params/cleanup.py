"""cleanup - parameters of this topic (postconf(5))."""

from pymaster.config.param import Params, boolean, integer, text


class CleanupParams(Params):
    """Parameters of cleanup."""

    body_checks: str = text()
    body_checks_size_limit: int = integer("51200")
    cleanup_replace_stray_cr_lf: bool = boolean("yes")
    cleanup_service_name: str = text("cleanup")
    content_filter: str = text()
    detect_8bit_encoding_header: bool = boolean("yes")
    disable_mime_input_processing: bool = boolean("no")
    disable_mime_output_conversion: bool = boolean("no")
    enable_original_recipient: bool = boolean("yes")
    header_address_token_limit: int = integer("10240")
    header_checks: str = text()
    header_from_format: str = text("standard")
    header_size_limit: int = integer("102400")
    hopcount_limit: int = integer("50")
    line_length_limit: int = integer("2048")
    message_drop_headers: str = text("bcc, content-length, resent-bcc, return-path")
    message_reject_characters: str = text()
    message_size_limit: int = integer("10240000")
    message_strip_characters: str = text()
    mime_boundary_length_limit: int = integer("2048")
    mime_header_checks: str = text("$header_checks")
    mime_nesting_limit: int = integer("100")
    nested_header_checks: str = text("$header_checks")
    receive_override_options: str = text()
    sendmail_fix_line_endings: str = text("always")
    smtputf8_autodetect_classes: str = text("sendmail, verify")
    smtputf8_enable: bool = boolean("${{$compatibility_level} <level {1} ? {no} : {yes}}")
    strict_7bit_headers: bool = boolean("no")
    strict_8bitmime: bool = boolean("no")
    strict_8bitmime_body: bool = boolean("no")
    strict_mime_encoding_domain: bool = boolean("no")
    strict_smtputf8: bool = boolean("no")
    undisclosed_recipients_header: str = text()
