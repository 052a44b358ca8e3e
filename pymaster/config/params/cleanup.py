"""cleanup - what happens to a message on its way into the queue (postconf(5))."""

from pymaster.config.param import Params, boolean, integer, text


class CleanupParams(Params):
    """What happens to a message on its way into the queue."""

    body_checks: str = text(doc="Tables (pcre, regexp) with actions for lines of the body.")
    body_checks_size_limit: int = integer("51200", doc="How many bytes of each body part body_checks looks at.")
    cleanup_replace_stray_cr_lf: bool = boolean(
        "yes", doc="Replace a CR or LF that is not part of a line end by a blank, so that no one else takes it for one."
    )
    cleanup_service_name: str = text(
        "cleanup",
        min=1,
        doc="The line of master.cf whose -o settings hold for the pipeline that takes mail into the queue.",
    )
    content_filter: str = text(doc="transport:nexthop that all new mail goes to first, in place of its destination.")
    detect_8bit_encoding_header: bool = boolean(
        "yes",
        doc="Notice a Content-Transfer-Encoding of 8bit in the header, for mail that did not announce BODY=8BITMIME.",
    )
    disable_mime_input_processing: bool = boolean(
        "no", doc="Treat all of a message after its header as text: no MIME parts, no nested headers."
    )
    disable_mime_output_conversion: bool = boolean(
        "no", doc="Never convert 8-bit mail to 7 bits for a server without 8BITMIME."
    )
    enable_original_recipient: bool = boolean(
        "yes", doc="Keep the recipient as it was before rewriting, for X-Original-To, logs and notices."
    )
    force_mime_input_conversion: bool = boolean(
        "no", doc="Convert 8-bit mail to 7 bits when it is taken in, whatever the next server can do."
    )
    full_name_encoding_charset: str = text(
        "utf-8",
        doc="The character set of full names in From: headers that sendmail adds, when they are not plain ASCII.",
    )
    header_address_token_limit: int = integer(
        "10240", min=1, doc="How many tokens of an address header are parsed; what comes after is cut off."
    )
    header_checks: str = text(
        doc="Tables (pcre, regexp) with actions for header lines; see also the mime_ and nested_ kinds."
    )
    header_from_format: str = text(
        "standard",
        doc="How a From: header is made for mail without one: standard (Name <address>) or obsolete (address (Name)).",
    )
    header_size_limit: int = integer(
        "102400", min=1, doc="How many bytes one header line may have; the rest is cut off."
    )
    hopcount_limit: int = integer(
        "50", min=1, doc="How many Received: headers a message may have before it counts as looping."
    )
    line_length_limit: int = integer("2048", min=512, doc="Longer lines are processed in pieces of this size.")
    message_drop_headers: str = text(
        "bcc, content-length, resent-bcc, return-path",
        doc="Names of headers that are removed when a message is taken in.",
    )
    message_reject_characters: str = text(doc="Characters (in C notation) whose presence makes a message be refused.")
    message_size_limit: int = integer("10240000", doc="The largest message, in bytes with its envelope; 0 is no limit.")
    message_strip_characters: str = text(doc="Characters (in C notation) that are removed from messages.")
    mime_boundary_length_limit: int = integer("2048", min=1, doc="How many characters of a MIME boundary are compared.")
    mime_header_checks: str = text(
        "$header_checks", doc="Tables with actions for MIME headers of a message and its parts."
    )
    mime_nesting_limit: int = integer("100", min=1, doc="How deep MIME parts may nest before a message is refused.")
    nested_header_checks: str = text("$header_checks", doc="Tables with actions for headers of attached messages.")
    non_empty_end_of_header_action: str = text(
        "fix_quietly",
        doc="What to do when a header ends with a line that is no header: fix_quietly, add_header or reject.",
    )
    receive_override_options: str = text(
        doc=(
            "What not to do with incoming mail: no_unknown_recipient_checks, no_address_mappings, "
            "no_header_body_checks, no_milters."
        ),
    )
    requiretls_esmtp_header: bool = boolean("yes", doc="Honour REQUIRETLS also when it comes in a message header.")
    sendmail_fix_line_endings: str = text(
        "always", doc="How the sendmail command treats CRLF line ends of its input: always, strict or never."
    )
    smtputf8_autodetect_classes: str = text(
        "sendmail, verify",
        doc=(
            "Kinds of mail in which non-ASCII addresses or headers are looked for: sendmail, smtpd, qmqpd, "
            "forward, bounce, notify, verify, all."
        ),
    )
    smtputf8_enable: bool = boolean(
        "${{$compatibility_level} <level {1} ? {no} : {yes}}",
        doc="Support internationalised addresses and headers (RFC 6531).",
    )
    strict_7bit_headers: bool = boolean("no", doc="Refuse mail with 8-bit characters in its header.")
    strict_8bitmime: bool = boolean("no", doc="Turn on strict_7bit_headers and strict_8bitmime_body.")
    strict_8bitmime_body: bool = boolean("no", doc="Refuse 8-bit body text that does not say its encoding.")
    strict_mime_encoding_domain: bool = boolean(
        "no", doc="Refuse nonsense encodings of message/* and multipart/* parts."
    )
    strict_smtputf8: bool = boolean("no", doc="Refuse non-ASCII addresses from a client that did not ask for SMTPUTF8.")
    tls_required_enable: bool = boolean(
        "yes", doc="Honour the TLS-Required: no header (RFC 8689): delivery matters more than TLS."
    )
    undisclosed_recipients_header: str = text(doc="A To: header for mail that names no recipients; empty adds none.")
