"""actions - what the right-hand side of an access table, or a policy server's answer, makes smtpd do (access(5)).

A value is compiled once and kept; its meaning depends on what the list is about, for the texts of replies.
"""

from collections.abc import Callable

from pymaster.config.params.restrictions import RestrictionsParams
from pymaster.proto.smtp import reply
from pymaster.rules.access.build import Builder
from pymaster.rules.access.facts import PERMIT, Check, Context, Facts, Verdict
from pymaster.rules.access.refuse import defer_if_permit, defer_if_reject, fit, refuse, rejected
from pymaster.util import log

_KEPT = 10_000


class Actions:
    """Compiles and keeps the actions of one process."""

    def __init__(self, build: Builder) -> None:
        self._build = build
        self._kept: dict[tuple[bytes, str], Check] = {}
        params = build.snapshot[RestrictionsParams]
        self._reject_code, self._defer_code = params.access_map_reject_code, params.access_map_defer_code

    def perform(self, facts: Facts, value: bytes, context: Context, table: str) -> Verdict | None:
        """Do what `value` says; `table` is for the log."""
        key = (value, context.word)
        check = self._kept.get(key)
        if check is None:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            check = self._kept[key] = self._compile(value.decode("utf-8", "replace").strip(" \t"), context, table)
        return check(facts)

    def _compile(self, value: str, context: Context, table: str) -> Check:
        word, _, text = value.partition(" ")
        text = text.strip(" \t")
        name = word.upper()
        if value.isascii() and value.isdecimal() and not (len(value) == 3 and value[0] in "45"):
            return _permit
        simple = _SIMPLE.get(name)
        if simple is not None:
            return simple
        if len(word) == 3 and word[0] in "45" and word.isascii() and word.isdecimal():
            return _coded(value, context)
        make = _WITH_TEXT.get(name)
        if make is not None:
            return make(self, text, context, table)
        return self._build.compile(value, context)

    def reject(self, text: str, context: Context, table: str) -> Check:
        """REJECT optional text."""
        return _answer(self._reject_code, "5.7.1", text, context)

    def defer(self, text: str, context: Context, table: str) -> Check:
        """DEFER optional text."""
        return _answer(self._defer_code, "4.7.1", text, context)

    def defer_if_permit(self, text: str, context: Context, table: str) -> Check:
        """DEFER_IF_PERMIT optional text."""
        dsn, text = _split_dsn(text, "4.7.1", context)
        code, why = self._defer_code, text or "Service unavailable"
        return lambda facts: defer_if_permit(facts, code, dsn, rejected(context, facts, why))

    def defer_if_reject(self, text: str, context: Context, table: str) -> Check:
        """DEFER_IF_REJECT optional text."""
        dsn, text = _split_dsn(text, "4.7.1", context)
        code, why = self._defer_code, text or "Service unavailable"
        return lambda facts: defer_if_reject(facts, code, dsn, rejected(context, facts, why))


def _permit(facts: Facts) -> Verdict | None:
    return PERMIT


def _go_on(facts: Facts) -> Verdict | None:
    return None


def _split_dsn(text: str, default: str, context: Context) -> tuple[str, str]:
    dsn, _, rest = text.partition(" ")
    return (fit(dsn, context), rest.strip(" \t")) if reply.is_dsn(dsn) else (default, text)


def _answer(code: int, default: str, text: str, context: Context) -> Check:
    dsn, text = _split_dsn(text, default, context)
    why = text or "Access denied"
    return lambda facts: refuse(facts, code, dsn, rejected(context, facts, why))


def _coded(value: str, context: Context) -> Check:
    return _answer(int(value[:3]), "5.7.1" if value[0] == "5" else "4.7.1", value[3:].strip(" \t"), context)


def _triggers(context: Context, facts: Facts, action: str, text: str) -> str:
    return f"<{context.subject(facts)}>: {context.word} {text or f'triggers {action} action'}"


def _noted(verb: str, name: str, act: Callable[[Facts, str], None]) -> Callable[[Actions, str, Context, str], Check]:
    """An action that is logged and goes on; `act` marks the message."""

    def make(actions: Actions, text: str, context: Context, table: str) -> Check:
        def check(facts: Facts) -> Verdict | None:
            facts.report(verb, _triggers(context, facts, name, text))
            if not facts.warn:
                act(facts, text)
            return PERMIT if verb == "discard" else None

        return check

    return make


def _nothing(facts: Facts, text: str) -> None:
    return None


def _hold(facts: Facts, text: str) -> None:
    facts.actions.hold = True


def _discard(facts: Facts, text: str) -> None:
    facts.actions.discard = True


def _filter(actions: Actions, text: str, context: Context, table: str) -> Check:
    def check(facts: Facts) -> Verdict | None:
        if ":" not in text:
            log.warning(f'access table {table}: bad FILTER action "{text}": need transport:destination', facts.number)
        elif not facts.warn:
            facts.report("filter", f"<{context.subject(facts)}>: {context.word} triggers FILTER {text}")
            facts.actions.filter = text
        return None

    return check


def _mailbox(verb: str, mark: Callable[[Facts, bytes], None]) -> Callable[[Actions, str, Context, str], Check]:
    def make(actions: Actions, text: str, context: Context, table: str) -> Check:
        def check(facts: Facts) -> Verdict | None:
            if "@" not in text:
                log.warning(f'access table {table}: bad {verb.upper()} action "{text}": need user@domain', facts.number)
            elif not facts.warn:
                facts.report(verb, f"<{context.subject(facts)}>: {context.word} triggers {verb.upper()} {text}")
                mark(facts, text.encode())
            return None

        return check

    return make


def _redirect(facts: Facts, addr: bytes) -> None:
    facts.actions.redirect = addr


def _bcc(facts: Facts, addr: bytes) -> None:
    facts.actions.bcc = addr


def _prepend(actions: Actions, text: str, context: Context, table: str) -> Check:
    def check(facts: Facts) -> Verdict | None:
        if facts.stage == "END-OF-MESSAGE":
            log.warning(f"access table {table}: action PREPEND must be used before smtpd_end_of_data_restrictions")
        elif ":" not in text:
            log.warning(f'access table {table}: bad PREPEND action "{text}": need headername: value', facts.number)
        elif not facts.warn:
            facts.actions.prepend.append(text.encode("utf-8", "replace"))
        return None

    return check


_SIMPLE: dict[str, Check] = {"OK": _permit, "PERMIT": _permit, "DUNNO": _go_on}
_WITH_TEXT: dict[str, Callable[[Actions, str, Context, str], Check]] = {
    "REJECT": Actions.reject,
    "DEFER": Actions.defer,
    "DEFER_IF_PERMIT": Actions.defer_if_permit,
    "DEFER_IF_REJECT": Actions.defer_if_reject,
    "INFO": _noted("info", "INFO", _nothing),
    "WARN": _noted("warn", "WARN", _nothing),
    "HOLD": _noted("hold", "HOLD", _hold),
    "DISCARD": _noted("discard", "DISCARD", _discard),
    "FILTER": _filter,
    "REDIRECT": _mailbox("redirect", _redirect),
    "BCC": _mailbox("bcc", _bcc),
    "PREPEND": _prepend,
}
