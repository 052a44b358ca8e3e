"""forward - XFORWARD and XCLIENT, for clients that the administrator trusts (XFORWARD_README, XCLIENT_README).

XFORWARD only changes what the log says about where a message came from; it ends with the transaction. XCLIENT makes
the session another client's, access rules included, and sends it back to its greeting.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from pymaster.model.envelope import Origin
from pymaster.proto.smtp import command as syntax
from pymaster.proto.smtp.command import Command
from pymaster.proto.smtp.reply import Reply
from pymaster.rules.access.facts import NAME_OK, NAME_PERM, NAME_TEMP
from pymaster.util.text import printable

if TYPE_CHECKING:
    from pymaster.dialog.smtpd.session import Session

OK = Reply(250, "2.0.0", "Ok")
_DENIED = Reply(550, "5.7.0", "Error: insufficient authorization")
_EXPECTED = Reply(501, "5.5.4", "Error: attribute=value expected")
_TOO_LONG = Reply(501, "5.5.4", "Error: attribute value too long")
_IN_MAIL = Reply(503, "5.5.1", "Error: MAIL transaction in progress")
_UNAVAILABLE, _TEMPORARY = "[UNAVAILABLE]", "[TEMPUNAVAIL]"
_LONGEST = 255
XFORWARD = ("NAME", "ADDR", "PORT", "PROTO", "HELO", "IDENT", "SOURCE")
XCLIENT = ("NAME", "REVERSE_NAME", "ADDR", "PORT", "PROTO", "HELO", "LOGIN", "DESTADDR", "DESTPORT")


def xforward(session: Session, command: Command) -> Reply:
    """XFORWARD attribute=value..."""
    facts = session.facts
    if not session.world.xforward(facts.name, facts.address):
        return _DENIED
    values = _attributes(command, "XFORWARD", XFORWARD)
    if isinstance(values, Reply):
        return values
    known = {name: "" if value == _UNAVAILABLE else value for name, value in values.items()}
    before = session.forwarded or Origin()
    session.forwarded = Origin(
        client_name=known.get("NAME", before.client_name) or "unknown",
        client_address=_address(known.get("ADDR", "")) or before.client_address,
        client_port=known.get("PORT", before.client_port),
        helo=known.get("HELO", before.helo),
        protocol=known.get("PROTO", before.protocol),
        ident=known.get("IDENT", before.ident),
    )
    return OK


def xclient(session: Session, command: Command) -> Reply:
    """XCLIENT attribute=value...: 220, as if newly connected."""
    facts, world = session.facts, session.world
    if not world.xclient(facts.name, facts.address):
        return _DENIED
    if session.opening is not None:
        return _IN_MAIL
    values = _attributes(command, "XCLIENT", XCLIENT)
    if isinstance(values, Reply):
        return values
    session.forget()
    _pretend(session, values)
    facts.label = f"{facts.name}[{facts.address}]"
    facts.in_mynetworks = None
    facts.held_back.clear()
    refusal = world.access.connect(facts)
    return refusal or session.settings.banner


def _pretend(session: Session, values: dict[str, str]) -> None:
    facts = session.facts
    if "ADDR" in values:
        facts.address = _address(values["ADDR"]) or "unknown"
        facts.name, facts.name_status = "unknown", NAME_PERM
        facts.reverse_name, facts.reverse_status = "unknown", NAME_PERM
    if "NAME" in values:
        facts.name, facts.name_status = _name(values["NAME"])
        facts.reverse_name, facts.reverse_status = facts.name, facts.name_status
    if "REVERSE_NAME" in values:
        facts.reverse_name, facts.reverse_status = _name(values["REVERSE_NAME"])
    facts.port = values.get("PORT", facts.port)
    facts.local_address = _address(values.get("DESTADDR", "")) or facts.local_address
    facts.local_port = values.get("DESTPORT", facts.local_port)
    if "PROTO" in values:
        facts.proto = "ESMTP" if values["PROTO"].upper() == "ESMTP" else "SMTP"
    # Back to the greeting: the name is forgotten unless the other side gives one.
    facts.helo = values["HELO"].encode() if values.get("HELO", _UNAVAILABLE) != _UNAVAILABLE else None
    session.esmtp = False
    login = values.get("LOGIN", _UNAVAILABLE)
    facts.sasl_username = "" if login == _UNAVAILABLE else login
    facts.sasl_method = "XCLIENT" if facts.sasl_username else ""


def _name(value: str) -> tuple[str, int]:
    if value == _TEMPORARY:
        return "unknown", NAME_TEMP
    if value == _UNAVAILABLE or not value:
        return "unknown", NAME_PERM
    return value, NAME_OK


def _address(value: str) -> str:
    """An address in canonical text; empty when it is none."""
    text = value[5:] if value[:5].upper() == "IPV6:" else value
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


def _attributes(command: Command, name: str, allowed: tuple[str, ...]) -> dict[str, str] | Reply:
    words = [word for word in command.rest.split(b" ") if word]
    if not words:
        return Reply(501, "5.5.4", f"Syntax: {name} attribute=value...")
    found: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition(b"=")
        attribute = printable(key, 50).upper()
        if not equals:
            return _EXPECTED
        if attribute not in allowed:
            return Reply(501, "5.5.4", f"Bad {name} attribute name: {attribute}")
        if len(value) > _LONGEST:
            return _TOO_LONG
        decoded = syntax.unxtext(value, _LONGEST)
        if decoded is None or syntax.has_control(decoded):
            return Reply(501, "5.5.4", f"Bad {attribute} syntax: {printable(value, 100)}")
        text = found[attribute] = printable(decoded, _LONGEST)
        if attribute in ("ADDR", "DESTADDR") and text.upper() != _UNAVAILABLE and not _address(text):
            return Reply(501, "5.5.4", f"Bad {attribute} syntax: {text}")
    return found
