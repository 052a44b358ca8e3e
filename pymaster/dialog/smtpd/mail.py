"""mail - MAIL FROM and its parameters (RFC 5321 section 4.1.1.2, RFC 1870, 3461, 6152, 6531)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymaster.config import compat
from pymaster.dialog.smtpd.handed import Opening
from pymaster.model.envelope import RET_FULL, RET_HDRS, Origin
from pymaster.proto import address
from pymaster.proto.smtp import command as syntax
from pymaster.proto.smtp.command import Command
from pymaster.proto.smtp.reply import Reply
from pymaster.util import log
from pymaster.util.text import printable

if TYPE_CHECKING:
    from pymaster.dialog.smtpd.session import Session

OK = Reply(250, "2.1.0", "Ok")
HELO_FIRST = Reply(503, "5.5.1", "Error: send HELO/EHLO first")
NO_ROOM = Reply(452, "4.3.1", "Insufficient system storage")
NEED_UTF8 = Reply(553, "5.6.7", "Must declare SMTPUTF8 to send unicode address")
DSN_OFF = Reply(501, "5.7.1", "DSN support is disabled")
_NESTED = Reply(503, "5.5.1", "Error: nested MAIL command")
_AFTER_BDAT = Reply(503, "5.5.1", "Error: MAIL after BDAT")
_SYNTAX = Reply(501, "5.5.4", "Syntax: MAIL FROM:<address>")
_BAD_ADDRESS = Reply(501, "5.1.7", "Bad sender address syntax")
_BAD_SIZE = Reply(501, "5.5.4", "Bad message size syntax")
TOO_BIG = Reply(552, "5.3.4", "Message size exceeds fixed limit")
# A number that no file can have.
_IMPOSSIBLE = Reply(552, "5.3.4", "Message size exceeds file system imposed limit")
_BAD_RET = Reply(501, "5.5.4", "Bad RET parameter syntax")
_BAD_AUTH = Reply(501, "5.5.4", "Bad AUTH parameter syntax")
_BAD_ENVID = Reply(501, "5.5.4", "Bad ENVID parameter syntax")
_LONGEST_ENVID = 100
_LONGEST_AUTH = 500


def mail(session: Session, command: Command) -> Reply:
    """MAIL FROM:<address> [parameters]."""
    facts, settings = session.facts, session.settings
    if settings.helo_required and facts.helo is None:
        return HELO_FIRST
    if session.chunks is not None:
        return _AFTER_BDAT
    if facts.sender is not None:
        return _NESTED
    split = syntax.path_argument(command.rest, b"FROM:")
    if split is None:
        return _SYNTAX
    if (limited := _limited(session)) is not None:
        return limited
    sender = address.parse_path(split[0], strict=settings.strict_envelopes)
    if sender is None or not session.world.well_formed(sender):
        return ill_formed(session, "MAIL", split[0], _BAD_ADDRESS)
    opening = Opening(Origin(), sender)
    refusal = _parameters(session, split[1], opening) if split[1] else None
    if refusal is None and settings.strict_utf8 and not sender.isascii() and not opening.smtputf8:
        refusal = NEED_UTF8
    if refusal is not None:
        return refusal
    if not session.world.room():
        log.warning(f"not enough free space in mail queue for mail from {facts.label}", facts.number)
        return session.refused(NO_ROOM, "MAIL")
    return _checked(session, opening)


def _checked(session: Session, opening: Opening) -> Reply:
    facts = session.facts
    if session.settings.old_utf8 and not opening.sender.isascii():
        what = f'accept non-ASCII sender address "{printable(opening.sender, 1000)}" from {facts.label}'
        log.info(compat.text("smtputf8_enable", what), facts.number)
    facts.sender, facts.size = opening.sender, opening.size
    refusal = session.world.access.mail(facts)
    if refusal is not None:
        facts.new_transaction()
        return refusal
    session.opening = opening
    return OK


def _limited(session: Session) -> Reply | None:
    limits, limit, facts = session.world.limits, session.settings.smtpd.smtpd_client_message_rate_limit, session.facts
    if limits is None or not limit or session.world.exempt(facts.name, facts.address):
        return None
    rate = limits.message(facts.address)
    if rate <= limit:
        return None
    log.warning(
        f"Message delivery request rate limit exceeded: {rate} from {facts.label} for service {session.world.service}",
        facts.number,
    )
    return Reply(450, "4.7.1", f"Error: too much mail from {facts.address}")


def _parameters(session: Session, text: bytes, opening: Opening) -> Reply | None:
    """Take the parameters down in `opening`; the refusal of the first bad one."""
    found = syntax.parameters(text)
    if isinstance(found, bytes):
        return unsupported(found)
    seen: set[bytes] = set()
    for name, value in found:
        if name in seen and name in (b"RET", b"ENVID"):
            return _BAD_RET if name == b"RET" else _BAD_ENVID
        seen.add(name)
        refusal = _parameter(session, name, value, opening)
        if refusal is not None:
            return refusal
    return None


def _parameter(session: Session, name: bytes, value: bytes | None, opening: Opening) -> Reply | None:
    if name == b"SIZE":
        return _size(session, value, opening)
    if name == b"BODY" and value is not None and value.upper() in (b"7BIT", b"8BITMIME"):
        opening.encoding = "8bit" if value.upper() == b"8BITMIME" else "7bit"
        return None
    if name == b"SMTPUTF8" and value is None and session.settings.utf8:
        opening.smtputf8 = True
        return None
    if name in (b"RET", b"ENVID"):
        if "dsn" in session.discard:
            return DSN_OFF
        return _ret(value, opening) if name == b"RET" else _envid(value, opening)
    if name == b"AUTH" and value is not None:
        # Who was authenticated elsewhere means nothing here, but it must be an address (RFC 4954 section 5).
        decoded = syntax.unxtext(value, _LONGEST_AUTH)
        return _BAD_AUTH if not decoded or syntax.has_control(decoded) else None
    return unsupported(name if value is None else name + b"=" + value)


def _size(session: Session, value: bytes | None, opening: Opening) -> Reply | None:
    size = syntax.number(value)
    if size is None:
        return _IMPOSSIBLE if value and value.isdigit() and value.isascii() else _BAD_SIZE
    if session.settings.size_limit and size > session.settings.size_limit:
        return session.refused(TOO_BIG, "MAIL")
    opening.size = size
    return None


def _ret(value: bytes | None, opening: Opening) -> Reply | None:
    choice = {b"FULL": RET_FULL, b"HDRS": RET_HDRS}.get((value or b"").upper())
    if choice is None:
        return _BAD_RET
    opening.ret = choice
    return None


def _envid(value: bytes | None, opening: Opening) -> Reply | None:
    decoded = syntax.unxtext(value or b"", _LONGEST_ENVID)
    if not decoded or syntax.has_control(decoded) or not decoded.isascii():
        return _BAD_ENVID
    opening.envid = decoded
    return None


def ill_formed(session: Session, verb: str, path: bytes, reply: Reply) -> Reply:
    """The refusal of an address that is none, with its warning."""
    facts = session.facts
    text = f"Illegal address syntax from {facts.label} in {verb} command: {printable(path, 100)}"
    log.warning(text, facts.number)
    return reply


def unsupported(word: bytes) -> Reply:
    """The reply to a parameter that this server does not know."""
    return Reply(555, "5.5.4", f"Unsupported option: {printable(word, 100)}")
