"""rcpt - RCPT TO and its parameters (RFC 5321 section 4.1.1.3, RFC 3461); the first accepted one opens the message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymaster.config import compat
from pymaster.dialog.smtpd.mail import DSN_OFF, NEED_UTF8, ill_formed, unsupported
from pymaster.model import event
from pymaster.model.envelope import (
    NOTIFY_DELAY,
    NOTIFY_FAILURE,
    NOTIFY_NEVER,
    NOTIFY_SUCCESS,
    Origin,
    Recipient,
)
from pymaster.proto import address
from pymaster.proto.smtp import command as syntax
from pymaster.proto.smtp.command import Command
from pymaster.proto.smtp.reply import Reply
from pymaster.store.contract import StoreUnavailable
from pymaster.util import log
from pymaster.util.errors import LookupFailed
from pymaster.util.text import printable

if TYPE_CHECKING:
    from pymaster.dialog.smtpd.session import Session

OK = Reply(250, "2.1.5", "Ok")
_NEED_MAIL = Reply(503, "5.5.1", "Error: need MAIL command")
_AFTER_BDAT = Reply(503, "5.5.1", "Error: RCPT after BDAT")
_SYNTAX = Reply(501, "5.5.4", "Syntax: RCPT TO:<address>")
BAD_ADDRESS = Reply(501, "5.1.3", "Bad recipient address syntax")
_BAD_NOTIFY = Reply(501, "5.5.4", "Error: Bad NOTIFY parameter syntax")
_BAD_ORCPT = Reply(501, "5.5.4", "Error: Bad ORCPT parameter syntax")
_TOO_MANY = Reply(452, "4.5.3", "Error: too many recipients")
TROUBLE = Reply(451, "4.3.0", "Error: queue file write error")
_NOTIFY = {b"SUCCESS": NOTIFY_SUCCESS, b"FAILURE": NOTIFY_FAILURE, b"DELAY": NOTIFY_DELAY}
_LONGEST_ORCPT = 500


def rcpt(session: Session, command: Command) -> Reply:
    """RCPT TO:<address> [parameters]."""
    facts, settings = session.facts, session.settings
    if session.chunks is not None:
        return _AFTER_BDAT
    opening = session.opening
    if opening is None:
        return _NEED_MAIL
    split = syntax.path_argument(command.rest, b"TO:")
    if split is None:
        return _SYNTAX
    if (limited := _limited(session)) is not None:
        return limited
    to = address.parse_path(split[0], strict=settings.strict_envelopes)
    # An empty local part is nobody, though `""@domain` is grammatical.
    if not to or to.startswith(b"@") or not session.world.well_formed(to):
        return ill_formed(session, "RCPT", split[0], BAD_ADDRESS)
    recipient = Recipient(to, to)
    refusal = _parameters(session, split[1], recipient) if split[1] else None
    if refusal is None and settings.strict_utf8 and not to.isascii() and not opening.smtputf8:
        refusal = NEED_UTF8
    if refusal is not None:
        return refusal
    if session.recipients >= settings.recipient_limit:
        return _over_limit(session)
    facts.recipient = to
    refusal = session.world.access.recipient(facts)
    if refusal is not None:
        facts.recipient = None
        return refusal
    if settings.old_utf8 and not to.isascii():
        what = f'accept non-ASCII recipient address "{printable(to, 1000)}" from {facts.label}'
        log.info(compat.text("smtputf8_enable", what), facts.number)
    return _accept(session, recipient)


def _over_limit(session: Session) -> Reply:
    """Too many; a mailer with a long list learns it a number of times before it counts as a mistake."""
    session.overshoot += 1
    if session.overshoot <= session.settings.overshoot:
        session.errors -= 1
    return _TOO_MANY


def _accept(session: Session, recipient: Recipient) -> Reply:
    """Open the message with its first recipient (S12: a refusal before that logs NOQUEUE), add the recipient."""
    facts = session.facts
    try:
        if session.message is None:
            _open(session)
        assert session.message is not None
        session.message.recipient(recipient)
    except (LookupFailed, StoreUnavailable) as exc:
        log.warning(f"no message can be opened for {facts.label}: {exc}", facts.number)
        return session.refused(TROUBLE, "RCPT")
    session.recipients += 1
    facts.recipient_count = session.recipients
    return OK


def _open(session: Session) -> None:
    facts, opening, world = session.facts, session.opening, session.world
    assert opening is not None
    actual = Origin(
        facts.name, facts.address, facts.port, facts.reverse_name, facts.helo_text, facts.proto,
        facts.sasl_method, facts.sasl_username, facts.sasl_sender,
    )  # fmt: skip
    opening.origin, opening.received_from = session.forwarded or actual, actual
    if world.access.local_client(facts):
        opening.context = "local"
    session.message = world.open(opening, facts.number)
    facts.queue_id = session.message.queue_id
    facts.instance = facts.instance or f"{facts.number:x}.{facts.queue_id}"
    extra = _origin_before(session.forwarded) if session.forwarded is not None else ""
    line = event.ClientOf(
        facts.queue_id, facts.label, facts.sasl_method, facts.sasl_username, facts.sasl_sender, extra
    ).line()
    log.emit(line, facts.number)


def _origin_before(origin: Origin) -> str:
    """Where a message came from before a content filter gave it back (XFORWARD)."""
    parts = [f", orig_queue_id={origin.ident}"] if origin.ident else []
    if origin.client_address:
        parts.append(f", orig_client={origin.client_name}[{origin.client_address}]")
    return "".join(parts)


def _limited(session: Session) -> Reply | None:
    limits, limit, facts = session.world.limits, session.settings.smtpd.smtpd_client_recipient_rate_limit, session.facts
    if limits is None or not limit or session.world.exempt(facts.name, facts.address):
        return None
    rate = limits.recipient(facts.address)
    if rate <= limit:
        return None
    log.warning(
        f"Recipient address rate limit exceeded: {rate} from {facts.label} for service {session.world.service}",
        facts.number,
    )
    return Reply(450, "4.7.1", f"Error: too many recipients from {facts.address}")


def _parameters(session: Session, text: bytes, recipient: Recipient) -> Reply | None:
    found = syntax.parameters(text)
    if isinstance(found, bytes):
        return unsupported(found)
    for name, value in found:
        if name not in (b"NOTIFY", b"ORCPT"):
            return unsupported(name if value is None else name + b"=" + value)
        if "dsn" in session.discard:
            return DSN_OFF
        refusal = _notify(value, recipient) if name == b"NOTIFY" else _orcpt(value, recipient)
        if refusal is not None:
            return refusal
    return None


def _notify(value: bytes | None, recipient: Recipient) -> Reply | None:
    words = (value or b"").upper().split(b",")
    if recipient.notify:
        return _BAD_NOTIFY
    if words == [b"NEVER"]:
        recipient.notify = NOTIFY_NEVER
        return None
    for word in words:
        bit = _NOTIFY.get(word, 0)
        if not bit or recipient.notify & bit:
            return _BAD_NOTIFY
        recipient.notify |= bit
    return None


def _orcpt(value: bytes | None, recipient: Recipient) -> Reply | None:
    kind, semicolon, text = (value or b"").partition(b";")
    decoded = syntax.unxtext(text, _LONGEST_ORCPT)
    if recipient.orcpt or not semicolon or not kind.replace(b"-", b"").isalnum() or not decoded:
        return _BAD_ORCPT
    if syntax.has_control(decoded):
        return _BAD_ORCPT
    recipient.orcpt = kind.lower() + b";" + decoded
    return None
