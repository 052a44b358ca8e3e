"""misc - RSET, NOOP, QUIT, HELP, VRFY, EXPN, ETRN, and the commands that later parts of the house will answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pymaster.dialog.smtpd.mail import HELO_FIRST
from pymaster.dialog.smtpd.rcpt import BAD_ADDRESS
from pymaster.proto import address
from pymaster.proto.smtp.command import Command
from pymaster.proto.smtp.reply import Reply
from pymaster.util.errors import LookupFailed
from pymaster.util.text import printable

if TYPE_CHECKING:
    from pymaster.dialog.smtpd.session import Session

OK = Reply(250, "2.0.0", "Ok")
_BYE = Reply(221, "2.0.0", "Bye")
_RSET_SYNTAX = Reply(501, "5.5.4", "Syntax: RSET")
NOT_IMPLEMENTED = Reply(502, "5.5.1", "Error: command not implemented")
_NO_AUTH = Reply(503, "5.5.1", "Error: authentication not enabled")
_VRFY_OFF = Reply(502, "5.5.1", "VRFY command is disabled")
_VRFY_SYNTAX = Reply(501, "5.5.4", "Syntax: VRFY address")
_VRFY_SYNTAX_UTF8 = Reply(501, "5.5.4", "Syntax: VRFY address [SMTPUTF8]")
_ETRN_HELO = Reply(503, "", "Error: send HELO/EHLO first")
_ETRN_MAIL = Reply(503, "", "Error: MAIL transaction in progress")
_ETRN_SYNTAX = Reply(500, "", "Syntax: ETRN domain")
_ETRN_BAD = Reply(501, "", "Error: invalid parameter syntax")
_QUEUING = Reply(250, "", "Queuing started")
_UNABLE = Reply(458, "", "Unable to queue messages")
_DOMAIN = re.compile(rb"[A-Za-z0-9_](?:[A-Za-z0-9_-]*)(?:\.[A-Za-z0-9_][A-Za-z0-9_-]*)*")
# What HELP says about each command, beyond Postfix's list of their names.
HELPS = {
    "AUTH": "AUTH mechanism [initial-response]: log in",
    "BDAT": "BDAT count [LAST]: a chunk of message content",
    "DATA": "DATA: the message content follows, ended by a line with a dot",
    "EHLO": "EHLO hostname: greet, list the extensions of this server",
    "ETRN": "ETRN domain: try to deliver the mail that waits for a domain",
    "HELO": "HELO hostname: greet",
    "HELP": "HELP [command]: this text",
    "MAIL": "MAIL FROM:<address> [SIZE=n] [BODY=8BITMIME] [RET=] [ENVID=] [SMTPUTF8]: begin a message",
    "NOOP": "NOOP: do nothing",
    "QUIT": "QUIT: end the session",
    "RCPT": "RCPT TO:<address> [NOTIFY=] [ORCPT=]: add a recipient",
    "RSET": "RSET: forget the message",
    "STARTTLS": "STARTTLS: continue encrypted",
    "VRFY": "VRFY address: ask about an address",
    "XCLIENT": "XCLIENT attribute=value...: stand in for another client",
    "XFORWARD": "XFORWARD attribute=value...: say where a message came from",
}
_HELP = Reply(214, "2.0.0", f"Commands: {' '.join(HELPS)}")
_HELP_ON = {name.encode(): Reply(214, "2.0.0", text) for name, text in HELPS.items()}
_NO_HELP = Reply(504, "5.5.4", "Error: no such command")


def rset(session: Session, command: Command) -> Reply:
    """RSET: no transaction any more."""
    if command.rest:
        return _RSET_SYNTAX
    session.forget()
    return OK


def noop(session: Session, command: Command) -> Reply:
    """NOOP; words behind it mean nothing (RFC 5321 section 4.1.1.9)."""
    return OK


def quit_(session: Session, command: Command) -> Reply:
    """QUIT."""
    session.over = True
    return _BYE


def help_(session: Session, command: Command) -> Reply:
    """HELP, HELP command."""
    if not command.rest:
        return _HELP
    return _HELP_ON.get(command.rest.upper(), _NO_HELP)


def vrfy(session: Session, command: Command) -> Reply:
    """VRFY: polite, and says nothing about who exists (RFC 5321 section 7.3)."""
    settings = session.settings
    if not settings.vrfy:
        return _VRFY_OFF
    if settings.helo_required and session.facts.helo is None:
        return HELO_FIRST
    words = [word for word in command.rest.split(b" ") if word]
    if words and words[-1].upper() == b"SMTPUTF8" and len(words) > 1:
        words.pop()
    if len(words) != 1:
        return _VRFY_SYNTAX_UTF8 if settings.utf8 else _VRFY_SYNTAX
    addr = address.parse_path(words[0])
    if not addr:
        return BAD_ADDRESS
    return Reply(252, "2.0.0", printable(words[0], 400))


def expn(session: Session, command: Command) -> Reply:
    """EXPN: nobody's business."""
    return NOT_IMPLEMENTED


def etrn(session: Session, command: Command) -> Reply:
    """ETRN domain (RFC 1985), for the domains of fast_flush_domains."""
    facts, world = session.facts, session.world
    if facts.helo is None:
        return _ETRN_HELO
    if session.opening is not None:
        return _ETRN_MAIL
    domain = command.rest
    if not domain or b" " in domain:
        return _ETRN_SYNTAX
    if domain[:1] in b"@#":
        domain = domain[1:]
    if len(domain) > 255 or _DOMAIN.fullmatch(domain) is None:
        return _ETRN_BAD
    facts.etrn = domain
    refusal = world.access.etrn(facts)
    if refusal is not None:
        return refusal
    name = domain.decode()
    try:
        if not world.flushable(name):
            return Reply(459, "", f"<{name}>: service unavailable")
    except LookupFailed:
        return _UNABLE
    world.flush(name)
    return _QUEUING


def starttls(session: Session, command: Command) -> Reply:
    """STARTTLS: not offered."""
    return NOT_IMPLEMENTED


def auth(session: Session, command: Command) -> Reply:
    """AUTH: not offered."""
    return _NO_AUTH
