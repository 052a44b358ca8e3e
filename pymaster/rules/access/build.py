"""build - turns the text of a restriction list into checks, once, when the process starts.

A list is names with their arguments; a name may be a restriction, a class of the administrator's own
(smtpd_restriction_classes), or a bare `type:table`. What makes no sense becomes a check that defers all mail and says
why in the log: a mistake must not open or close a server silently.
"""

from collections.abc import Callable, Sequence

from pymaster.config.words import split_list
from pymaster.rules.access.facts import Check, Context, Facts, Verdict
from pymaster.rules.access.refuse import misconfigured, sick
from pymaster.rules.access.tools import Tools
from pymaster.util import log
from pymaster.util.errors import ConfigError, LookupFailed

# Makes a check from its argument ("" where it takes none) in a list about `context`.
Maker = Callable[["Builder", str, Context], Check]
_DEEPEST = 100


class Builder:
    """Compiles lists for one process. `makers` maps a name to (takes an argument, maker)."""

    def __init__(self, tools: Tools, makers: dict[str, tuple[bool, Maker]]) -> None:
        self.tools, self._makers = tools, makers
        self.snapshot = tools.snapshot
        self._classes = frozenset(split_list(self.snapshot.text("smtpd_restriction_classes")))
        self._made: dict[tuple[str, str], Check] = {}
        self._depth = 0

    def compile(self, text: str, context: Context) -> Check:
        """One check for a whole list; the result of the first restriction that ends it."""
        return in_turn(self._checks(split_list(text), context))

    def names(self, text: str) -> list[str]:
        """The restrictions that a list names, classes opened up, arguments and tables left out."""
        found: list[str] = []
        todo = split_list(text)
        for _ in range(10_000):
            if not todo:
                break
            word = todo.pop(0)
            if word in self._classes:
                todo = split_list(self.snapshot.text(word)) + todo
            elif word in self._makers:
                found.append(word)
                if self._makers[word][0] and todo:
                    todo.pop(0)
        return found

    def _checks(self, words: list[str], context: Context) -> list[Check]:
        checks: list[Check] = []
        while words:
            word = words.pop(0)
            if word == "warn_if_reject":
                checks.append(_warned(self._next(words, context, word)))
                continue
            checks.append(self._one(word, words, context))
        return checks

    def _next(self, words: list[str], context: Context, before: str) -> Check:
        if not words:
            return broken(f"restriction {before} is the last of its list")
        return self._one(words.pop(0), words, context)

    def _one(self, word: str, words: list[str], context: Context) -> Check:
        maker = self._makers.get(word)
        if maker is not None:
            if not maker[0]:
                return self._make(word, "", context)
            if not words:
                return broken(f"restriction {word} needs an argument")
            return self._make(word, words.pop(0), context)
        if word in self._classes:
            return self._class(word, context)
        if ":" in word and not word.startswith("{"):
            return self._make(context.table, word, context) if context.table else broken(f"no table check for {word}")
        return broken(f'unknown smtpd restriction: "{word}"')

    def _make(self, name: str, argument: str, context: Context) -> Check:
        try:
            return guarded(self._makers[name][1](self, argument, context), context)
        except ConfigError as exc:
            return broken(f"restriction {name}: {exc}")

    def _class(self, name: str, context: Context) -> Check:
        key = (name, context.word)
        if key not in self._made:
            if self._depth >= _DEEPEST:
                return broken(f"restriction class {name} contains itself")
            self._depth += 1
            made = self.compile(self.snapshot.text(name), context)
            self._depth -= 1
            self._made[key] = made
        return self._made[key]


def in_turn(checks: Sequence[Check]) -> Check:
    """The checks one after the other, until one ends the list."""
    if len(checks) == 1:
        return checks[0]
    fixed = tuple(checks)

    def run(facts: Facts) -> Verdict | None:
        for check in fixed:
            verdict = check(facts)
            if verdict is not None:
                return verdict
        return None

    return run


def guarded(check: Check, context: Context) -> Check:
    """A check whose failed lookups become a temporary refusal."""

    def run(facts: Facts) -> Verdict | None:
        try:
            return check(facts)
        except LookupFailed as exc:
            log.warning(f"{context.word.lower()} check for {facts.label}: {exc}", facts.number)
            return sick(facts, context.subject(facts))

    return run


def _warned(check: Check) -> Check:
    """warn_if_reject: what the next restriction refuses is only logged."""

    def run(facts: Facts) -> Verdict | None:
        before, facts.warn = facts.warn, True
        try:
            return check(facts)
        finally:
            facts.warn = before

    return run


def broken(why: str) -> Check:
    """A restriction that cannot be: every use is logged and defers."""

    def run(facts: Facts) -> Verdict | None:
        log.warning(why, facts.number)
        return misconfigured(facts)

    return run
