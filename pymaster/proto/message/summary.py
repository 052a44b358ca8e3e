"""summary - all that POP3 and IMAP ask of a message over and over, made once when it is stored.

The code that writes a message (local, virtual, lmtpd, APPEND) or first meets it calls `summarize`; `digest` packs the
result for the mailbox's cache. Texts are in the form in which they are sent, so that FETCH joins bytes and parses nothing.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class Summary:
    """What `summarize` found. All offsets and sizes are octets of the wire form (CRLF line ends).

    `envelope`, `body`, `bodystructure`: parenthesized lists of RFC 3501 section 7.4.2, ready to send. `header`: the
    header section with its final empty line; cut at 1 MB, `header_size` is the true size. `lines`: of the body.
    `parts`: the part tree (see `parttree`). `preview`: RFC 8970, UTF-8, at most 200 characters. `subject`: base subject
    (RFC 5256 section 2.1), UTF-8, case-mapped for sorting; `is_reply`: whether taking the base removed a re/fwd mark.
    `sent`: the Date header as seconds since 1970 (UTC), None when missing or bad. `from_key`, `to_key`, `cc_key`: the
    first address's mailbox name, `from_name`, `to_name`: its display form (RFC 5957), all case-mapped UTF-8.
    `message_id`, `references`: normalised ids without <>; references hold In-Reply-To's first id when there is no
    References header, at most 100. `has_attachment`: RFC 8457's idea of it. `content_id`: 16 bytes, a hash of the wire form.
    """

    size: int
    header_size: int
    lines: int
    envelope: bytes
    body: bytes
    bodystructure: bytes
    header: bytes
    parts: bytes
    preview: bytes
    subject: bytes
    is_reply: bool
    sent: int | None
    from_key: bytes
    to_key: bytes
    cc_key: bytes
    from_name: bytes
    to_name: bytes
    message_id: bytes
    references: tuple[bytes, ...]
    has_attachment: bool
    content_id: bytes


def summarize(wire: bytes) -> Summary:
    """The summary of a message in wire form; never raises, whatever the bytes are."""
    raise NotImplementedError
