"""dsn - a delivery status notification as text: multipart/report (RFC 6522) with message/delivery-status (RFC 3464).

Pure building: values in, blocks of bytes with LF line ends out. Nothing here decides who is told what.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pymaster.util.text import printable

FULL_TYPES, GLOBAL_TYPES = ("rfc822", "message/rfc822"), ("utf-8", "message/global")
WIDTH, INDENT = 79, 4


@dataclass(slots=True)
class Field:
    """What the report says of one recipient. `action` and `status` as in RFC 3464 section 2.3; empty text is left out.

    `original` is `type;address` (ORCPT), `remote_mta` `type; name`; `will_retry` a date for a delayed recipient.
    """

    recipient: bytes
    action: str
    status: str
    original: str = ""
    remote_mta: str = ""
    diag_type: str = ""
    diag_text: str = ""
    last_attempt: str = ""
    will_retry: str = ""


@dataclass(slots=True)
class Report:
    """A whole notification. Texts are str with LF; `returned` are the blocks of the returned content, `headers_only`
    says what they are; `utf8` that addresses or content need SMTPUTF8 (RFC 6533)."""

    head: list[tuple[str, str]]
    boundary: str
    charset: str
    text: str
    message_fields: list[tuple[str, str]]
    recipients: Sequence[Field]
    description: str
    returned: Sequence[bytes]
    headers_only: bool = False
    eight_bit: bool = False
    utf8: bool = False


def one_line(text: str) -> str:
    """Text fit for a header or a field: one line, nothing unprintable."""
    return printable(text, 1000)


def wrap(text: str) -> str:
    """Text in lines of at most 79 characters, broken at blanks, all but the first indented by four."""
    lines: list[str] = []
    line = ""
    for word in one_line(text).split(" "):
        if line.strip() and len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = " " * INDENT + word
        else:
            line = f"{line} {word}" if line else word
    return "\n".join([*lines, line]) + "\n"


def build(report: Report) -> list[bytes]:
    """The notification as blocks of content."""
    encoding = "Content-Transfer-Encoding: 8bit\n" if report.eight_bit or report.utf8 else ""
    boundary = report.boundary
    head = "".join(f"{name}: {value}\n" for name, value in report.head)
    top = (
        f"{head}MIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type=delivery-status;\n\tboundary="{boundary}"\n{encoding}'
        f"\nThis is a MIME-encapsulated message.\n"
        f"\n--{boundary}\nContent-Description: Notification\n"
        f"Content-Type: text/plain; charset={report.charset}\n{encoding}\n{report.text}"
        f"\n--{boundary}\nContent-Description: Delivery report\n"
        f"Content-Type: message/{'global-' if report.utf8 else ''}delivery-status\n{encoding}\n"
        f"{_fields(report)}"
        f"\n--{boundary}\nContent-Description: {report.description}\nContent-Type: {_returned_type(report)}\n{encoding}\n"
    )
    return [_bytes(top), *report.returned, _bytes(f"\n--{boundary}--\n")]


def _returned_type(report: Report) -> str:
    if report.headers_only:
        return "message/global-headers" if report.utf8 else "text/rfc822-headers"
    return (GLOBAL_TYPES if report.utf8 else FULL_TYPES)[1]


def _fields(report: Report) -> str:
    groups = ["".join(f"{name}: {one_line(value)}\n" for name, value in report.message_fields)]
    kind = (GLOBAL_TYPES if report.utf8 else FULL_TYPES)[0]
    groups += [_recipient_fields(field, kind) for field in report.recipients]
    return "\n".join(groups)


def _recipient_fields(field: Field, kind: str) -> str:
    pairs = [
        ("Final-Recipient", f"{kind}; {printable(field.recipient)}"),
        ("Original-Recipient", field.original),
        ("Action", field.action),
        ("Status", field.status),
        ("Remote-MTA", field.remote_mta),
    ]
    text = "".join(f"{name}: {one_line(value)}\n" for name, value in pairs if value)
    if field.diag_text:
        text += wrap(f"Diagnostic-Code: {field.diag_type}; {field.diag_text}")
    for name, value in (("Last-Attempt-Date", field.last_attempt), ("Will-Retry-Until", field.will_retry)):
        if value:
            text += f"{name}: {one_line(value)}\n"
    return text


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
