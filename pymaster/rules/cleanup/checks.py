"""checks - header_checks, mime_header_checks, nested_header_checks and body_checks: what a table's answer does.

A logical header is looked up as a whole, its folds as line ends; a body line as it is, empty lines never
(header_checks(5)). Nothing of a message is ever a part of the answer's meaning but what the table put there.
"""

import re
from typing import TYPE_CHECKING, NamedTuple

from pymaster.model.event import ContentAction
from pymaster.model.lookup import Maps
from pymaster.proto.message.header import is_header
from pymaster.rules.cleanup import verdict
from pymaster.util import log
from pymaster.util.text import printable

if TYPE_CHECKING:
    from pymaster.rules.cleanup.pipeline import Transaction

HEADER, BODY = "header", "body"
_DSN = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:[ \t]+(.*))?", re.DOTALL)
_QUIET = ("DUNNO", "OK")


class Outcome(NamedTuple):
    """What becomes of the text: None drops it; `before` is a line that goes in front."""

    text: bytes | None
    before: bytes = b""


def apply(tx: "Transaction", maps: Maps, kind: str, text: bytes) -> Outcome:
    """Look a header or body line up and do what the table says; raises LookupFailed."""
    value = maps.get(text)
    if value is None:
        return Outcome(text)
    command, _, rest = value.decode("utf-8", "replace").strip(" \t\n").partition(" ")
    return _act(tx, kind, text, command.upper(), rest.strip(" \t"))


def _act(tx: "Transaction", kind: str, text: bytes, command: str, rest: str) -> Outcome:
    if command in _QUIET:
        return Outcome(text)
    if command == "IGNORE":
        return Outcome(None)
    action = _ACTIONS.get(command)
    if action is None:
        log.warning(f"unknown command in {kind}_checks map: {command}", tx.number, tx.rules.tag)
        return Outcome(text)
    return action(tx, kind, text, rest)


def _log(tx: "Transaction", verb: str, kind: str, text: bytes, rest: str = "") -> None:
    what = f"{kind} {printable(text, 200)}"
    recipient = tx.last_recipient
    line = ContentAction(tx.queue_id, verb, what, tx.origin, tx.envelope_sender, recipient, rest).line()
    log.emit(line, tx.number, tx.rules.tag)


def _reject(tx: "Transaction", kind: str, text: bytes, rest: str) -> Outcome:
    found = _DSN.fullmatch(rest)
    refusal = verdict.content(found.group(2) or "" if found else rest)
    if found:
        refusal.dsn = found.group(1)
        if refusal.dsn.startswith("4"):
            refusal.code = 450
    shown = refusal.text.removeprefix("Error: ")
    _log(tx, "reject", kind, text, f"{refusal.dsn} {shown}")
    tx.reject(refusal)
    return Outcome(text)


def _warn(tx: "Transaction", kind: str, text: bytes, rest: str) -> Outcome:
    _log(tx, "warning", kind, text, rest)
    return Outcome(text)


def _info(tx: "Transaction", kind: str, text: bytes, rest: str) -> Outcome:
    _log(tx, "info", kind, text, rest)
    return Outcome(text)


def _filter(tx: "Transaction", kind: str, text: bytes, rest: str) -> Outcome:
    if ":" not in rest:
        log.warning(f"bad FILTER command in {kind}_checks -- missing `transport:destination'", tx.number, tx.rules.tag)
        return Outcome(text)
    _log(tx, "filter", kind, text, rest)
    tx.content_filter = rest
    return Outcome(text)


def _pass(tx: "Transaction", kind: str, text: bytes, rest: str) -> Outcome:
    _log(tx, "pass", kind, text, rest)
    tx.flags &= ~verdict.FILTER
    return Outcome(text)


def _discard(tx: "Transaction", kind: str, text: bytes, rest: str) -> Outcome:
    _log(tx, "discard", kind, text, rest)
    tx.discard = True
    tx.flags &= ~verdict.FILTER
    return Outcome(text)


def _hold(tx: "Transaction", kind: str, text: bytes, rest: str) -> Outcome:
    if not tx.hold and not tx.discard:
        _log(tx, "hold", kind, text, rest)
        tx.hold = True
    return Outcome(text)


def _redirect(tx: "Transaction", kind: str, text: bytes, rest: str) -> Outcome:
    if "@" not in rest:
        log.warning(f'bad REDIRECT target "{rest}" in {kind}_checks map -- need user@domain', tx.number, tx.rules.tag)
        return Outcome(text)
    _log(tx, "redirect", kind, text, rest)
    tx.redirect = rest.encode()
    return Outcome(text)


def _bcc(tx: "Transaction", kind: str, text: bytes, rest: str) -> Outcome:
    if "@" not in rest:
        log.warning(f'bad BCC target "{rest}" in {kind}_checks map -- need user@domain', tx.number, tx.rules.tag)
        return Outcome(text)
    _log(tx, "bcc", kind, text, rest)
    tx.add_bcc(rest.encode())
    return Outcome(text)


def _prepend(tx: "Transaction", kind: str, text: bytes, rest: str) -> Outcome:
    line = rest.encode()
    if not rest or (kind == HEADER and not is_header(line)):
        log.warning(
            f'bad PREPEND header text "{rest}" in {kind}_checks map -- need "headername: headervalue"',
            tx.number,
            tx.rules.tag,
        )
        return Outcome(text)
    _log(tx, "prepend", kind, text, rest)
    return Outcome(text, line)


def _replace(tx: "Transaction", kind: str, text: bytes, rest: str) -> Outcome:
    line = rest.encode()
    if not rest or (kind == HEADER and not is_header(line)):
        log.warning(
            f'bad REPLACE header text "{rest}" in {kind}_checks map -- need "headername: headervalue"',
            tx.number,
            tx.rules.tag,
        )
        return Outcome(text)
    _log(tx, "replace", kind, text, rest)
    return Outcome(line)


def _strip(tx: "Transaction", kind: str, text: bytes, rest: str) -> Outcome:
    _log(tx, "strip", kind, text, rest)
    return Outcome(None)


_ACTIONS = {
    "REJECT": _reject,
    "WARN": _warn,
    "INFO": _info,
    "FILTER": _filter,
    "PASS": _pass,
    "DISCARD": _discard,
    "HOLD": _hold,
    "REDIRECT": _redirect,
    "BCC": _bcc,
    "PREPEND": _prepend,
    "REPLACE": _replace,
    "STRIP": _strip,
}
