"""hello - HELO and EHLO (RFC 5321 section 4.1.1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymaster.proto.smtp.command import Command
from pymaster.proto.smtp.reply import Reply

if TYPE_CHECKING:
    from pymaster.dialog.smtpd.session import Session

# A name longer than a domain name can be is cut; it is for the log and the Received: line.
_LONGEST = 1000
# Characters that would mean something in a Received: header or a reply.
_NEUTRAL = bytes.maketrans(b' <>()\\";@', b"?" * 9)
_HELO_SYNTAX = Reply(501, "", "Syntax: HELO hostname")
_EHLO_SYNTAX = Reply(501, "", "Syntax: EHLO hostname")
_LHLO_SYNTAX = Reply(501, "", "Syntax: LHLO hostname")


def helo(session: Session, command: Command) -> Reply:
    """HELO name."""
    if not command.rest:
        return _HELO_SYNTAX
    return _named(session, command, "SMTP") or Reply(250, "", session.settings.host)


def ehlo(session: Session, command: Command) -> Reply:
    """EHLO name: the list of extensions."""
    return _extended(session, command, "ESMTP") if command.rest else _EHLO_SYNTAX


def lhlo(session: Session, command: Command) -> Reply:
    """LHLO name (RFC 2033)."""
    return _extended(session, command, "LMTP") if command.rest else _LHLO_SYNTAX


def _extended(session: Session, command: Command, proto: str) -> Reply:
    refusal = _named(session, command, proto)
    if refusal is not None:
        return refusal
    session.say_silent()
    world, facts = session.world, session.facts
    xclient, xforward = world.xclient(facts.name, facts.address), world.xforward(facts.name, facts.address)
    return session.settings.ehlo(session.discard, xclient, xforward)


def _named(session: Session, command: Command, proto: str) -> Reply | None:
    """Take the name down, forget the transaction; a refusal leaves the session without a name."""
    facts = session.facts
    session.forget()
    facts.helo = command.rest[:_LONGEST].translate(_NEUTRAL)
    facts.proto = proto
    facts.held_back.pop("HELO", None)
    refusal = session.world.access.helo(facts)
    if refusal is not None:
        facts.helo = None
        return refusal
    session.esmtp = proto != "SMTP"
    return None
