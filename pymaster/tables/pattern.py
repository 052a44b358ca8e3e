"""pattern - regexp and pcre tables: ordered rules `/pattern/flags result` (regexp_table(5), pcre_table(5)).

Both are run by one engine with a bound on its work (`engine`); a pattern that reaches the bound fails the lookup, which
defers mail and lets nothing slip through. POSIX patterns are translated first (`posix`). Patterns see bytes.
"""

from __future__ import annotations

import re

from pymaster.tables.base import BaseTable, Request
from pymaster.tables.cidr import negation
from pymaster.tables.engine import BadPattern, Pattern, TooComplex, compile_pattern
from pymaster.tables.posix import translate
from pymaster.tables.rules import RuleTable, Steps, rule_text
from pymaster.tables.source import SPACE, logical_lines
from pymaster.util import log
from pymaster.util.errors import LookupFailed
from pymaster.util.text import printable

# Flags that are on unless a pattern's flags toggle them off, and all that there are.
DEFAULTS = {"regexp": "ix", "pcre": "is"}
FLAGS = {"regexp": "imx", "pcre": "imsxAEUX"}
_MACRO = re.compile(rb"\$(?:(\$)|\{([^}]*)\}|\(([^)]*)\)|([A-Za-z0-9_]+))")
_NUMBER = re.compile(rb"[0-9]{1,3}")


class BadRule(Exception):
    """A rule that cannot be used; in Postfix's words."""


class Template:
    """A result with `$number` in it: literal texts and group numbers in turn."""

    __slots__ = ("parts",)

    def __init__(self, parts: list[bytes | int]) -> None:
        self.parts = parts

    def fill(self, groups: list[bytes]) -> bytes:
        """The result for the groups of a match (group 0 is everything)."""
        return b"".join([part if isinstance(part, bytes) else groups[part] for part in self.parts])


class PatternTable(RuleTable):
    """Rules in order."""

    def __init__(self, name: str, steps: Steps[Pattern], where: str) -> None:
        super().__init__(name)
        self.steps, self.where = steps.steps, where

    def find(self, key: bytes) -> bytes | None:
        at, steps = 0, self.steps
        try:
            while at < len(steps):
                step = steps[at]
                result = step.result
                if type(result) is Template:
                    groups = step.pattern.groups_of(key)
                    if groups is not None:
                        return result.fill(groups)
                    at = step.next
                elif step.pattern.matches(key) is not step.negated:
                    if result is not None:
                        return result  # type: ignore[return-value]
                    at += 1
                else:
                    at = step.next
        except TooComplex as exc:
            log.warning(f"{self.where}, line {steps[at].line}: {exc}")
            raise LookupFailed(f"{self.name}: line {steps[at].line}: {exc}") from exc
        return None


class _Reader:
    """Reads the rules of one table."""

    def __init__(self, kind: str, name: str, plain_results: bool) -> None:
        self.kind, self.plain_results = kind, plain_results
        self.where = f"{kind} map {name}"
        self.steps: Steps[Pattern] = Steps()
        self.line = 0

    def warn(self, text: str) -> None:
        log.warning(f"{self.where}, line {self.line}: {text}")

    def read(self, data: bytes, name: str) -> Steps[Pattern]:
        for self.line, text in logical_lines(data, name, log.warning):
            try:
                self._line(text.rstrip(SPACE))
            except BadPattern as exc:
                self.warn(str(exc))
            except BadRule as exc:
                self.warn(f"{exc}: skipping this rule")
        for line in self.steps.finish():
            self.line = line
            self.warn("IF has no matching ENDIF")
        return self.steps

    def _line(self, text: bytes) -> None:
        word = re.match(rb"[A-Za-z0-9]*", text)[0].lower()  # type: ignore[index]
        rest = text[len(word) :]
        if not word:
            self._rule(text)
        elif word == b"if" and rest:
            negated, pattern, extra = self._pattern(rest)
            if extra:
                self.warn(f'ignoring extra text after IF statement: "{printable(extra, 100)}"')
                self.warn("do not prepend whitespace to statements between IF and ENDIF")
            self.steps.begin(self.line, pattern, negated)
        elif word == b"endif" and (not rest or rest[0] in SPACE):
            if rest:
                self.warn("ignoring extra text after ENDIF")
            if not self.steps.end():
                self.warn("ignoring ENDIF without matching IF")
        else:
            self.warn("ignoring unrecognized request")

    def _pattern(self, text: bytes) -> tuple[bool, Pattern, bytes]:
        """Negation, compiled pattern, and the text behind it."""
        negated, text = negation(text)
        if not text or text[:1].isalnum() or text[:1] == b"\\":
            raise BadRule("no regexp delimiter")
        end = _closing(text)
        if end < 0:
            raise BadRule(f'no closing regexp delimiter "{printable(text[:1])}"')
        flags, rest = re.match(rb"([^ \t\n\v\f\r]*)[ \t\n\v\f\r]*(.*)", text[end + 1 :], re.DOTALL).groups()  # type: ignore[union-attr]
        active = set(DEFAULTS[self.kind])
        for flag in flags.decode("latin-1"):
            if flag not in FLAGS[self.kind]:
                raise BadRule(f'unknown regexp option "{printable(flag)}"')
            if flag == "X":
                self.warn('ignoring obsolete regexp option "X"')
            else:
                active ^= {flag}
        source = text[1:end]
        if self.kind == "regexp":
            source, active = translate(source, extended="x" in active, newline="m" in active), posix_flags(active)
        return negated, compile_pattern(source, frozenset(active)), rest

    def _rule(self, text: bytes) -> None:
        negated, pattern, rest = self._pattern(text)
        if not rest:
            self.warn("no replacement text: using empty string")
        result = self._result(rest, pattern.groups, negated)
        self.steps.rule(self.line, pattern, negated, result)

    def _result(self, text: bytes, groups: int, negated: bool) -> bytes | Template:
        parts: list[bytes | int] = []
        at = 0
        while (start := text.find(b"$", at)) >= 0:
            parts.append(text[at:start])
            found = _MACRO.match(text, start)
            if found is None:
                self.warn(
                    "truncated macro reference" if text[start + 1 : start + 2] in (b"{", b"(") else "empty macro name"
                )
                raise BadRule("bad replacement syntax")
            parts.append(b"$" if found[1] else self._index(found[2] or found[3] or found[4] or b"", groups, negated))
            at = found.end()
        parts.append(text[at:])
        if any(isinstance(part, int) for part in parts):
            return Template(parts)
        return b"".join([part for part in parts if isinstance(part, bytes)])

    def _index(self, name: bytes, groups: int, negated: bool) -> int:
        if not _NUMBER.fullmatch(name):
            self.warn(f'non-numeric replacement index "{printable(name, 30)}"')
            raise BadRule("bad replacement syntax")
        if negated:
            raise BadRule("$number found in negative match replacement text")
        if self.plain_results:
            raise BadRule("regular expression substitution is not allowed")
        if not 1 <= int(name) <= groups:
            raise BadRule(f'out of range replacement index "{int(name)}"')
        return int(name)


def posix_flags(active: set[str]) -> set[str]:
    """Flags of a translated POSIX pattern: `.` and `$` mean what REG_NEWLINE says, and blanks count."""
    return (active & {"i", "m"}) | {"s", "E"}


def _closing(text: bytes) -> int:
    """Where the delimiter that began a pattern comes again, not after a backslash; -1 when it does not."""
    at = 1
    while at < len(text):
        if text[at] == 0x5C:
            at += 1
        elif text[at] == text[0]:
            return at
        at += 1
    return -1


def open_pattern(request: Request) -> BaseTable:
    """regexp:/path, pcre:/path, or with rules in main.cf: regexp:{ {/pattern/ result}, ... }."""
    data, name, watch = rule_text(request)
    reader = _Reader(request.type, name, request.plain_results)
    table = PatternTable(request.spec, reader.read(data, name), reader.where)
    if watch is not None:
        table.watches.append(watch)
    return table
