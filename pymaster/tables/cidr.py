"""cidr - networks and addresses with results, in order (cidr_table(5)).

A flat table (no `!`, no `if`) is kept as one dictionary per prefix length, so that a list of 50,000 networks costs a few
dictionary lookups; the rule that was written first still wins.
"""

from __future__ import annotations

import re

from pymaster.tables.base import BaseTable, Request
from pymaster.tables.rules import RuleTable, Step, Steps, rule_text
from pymaster.tables.source import SPACE, text_lines
from pymaster.util import log
from pymaster.util.network import MAX_TEXT, BadNetwork, Network, parse_address, parse_network
from pymaster.util.text import printable

_NEGATION = re.compile(rb"[ \t\r\n\v\f!]*")


class CidrTable(RuleTable):
    """Rules in order."""

    def __init__(self, name: str, steps: list[Step[Network]]) -> None:
        super().__init__(name)
        self.steps = steps

    def find(self, key: bytes) -> bytes | None:
        found = parse_address(key.decode("ascii", "replace")) if len(key) <= MAX_TEXT else None
        if found is None:
            return None
        at, steps = 0, self.steps
        while at < len(steps):
            step = steps[at]
            net = step.pattern
            # A rule never says anything about the other family, not even with `!`.
            if net.width == found[1] and net.holds(*found) is not step.negated:
                if step.result is not None:
                    return step.result  # type: ignore[return-value]
                at += 1
            else:
                at = step.next
        return None


class FlatCidrTable(RuleTable):
    """The same for tables without conditions: (width, length) -> network bits -> (rule number, result)."""

    def __init__(self, name: str, steps: list[Step[Network]]) -> None:
        super().__init__(name)
        self._levels: dict[int, dict[int, dict[int, tuple[int, bytes]]]] = {32: {}, 128: {}}
        for number, step in enumerate(steps):
            net = step.pattern
            level = self._levels[net.width].setdefault(net.width - net.length, {})
            level.setdefault(net.value >> (net.width - net.length), (number, step.result))  # type: ignore[arg-type]

    def find(self, key: bytes) -> bytes | None:
        found = parse_address(key.decode("ascii", "replace")) if len(key) <= MAX_TEXT else None
        if found is None:
            return None
        value, width = found
        best: tuple[int, bytes] | None = None
        for shift, level in self._levels[width].items():
            hit = level.get(value >> shift)
            if hit is not None and (best is None or hit[0] < best[0]):
                best = hit
        return best[1] if best else None


def parse_rules(data: bytes, name: str) -> list[Step[Network]]:
    """The rules of a table's text; a bad one is left out with a warning in the log."""
    steps: Steps[Network] = Steps()
    for line, text in text_lines(data, name, log.warning):
        try:
            _add(steps, line, text.rstrip(SPACE))
        except BadNetwork as exc:
            log.warning(f"cidr map {name}, line {line}: {exc}: skipping this rule")
    for line in steps.finish():
        log.warning(f"cidr map {name}, line {line}: IF has no matching ENDIF")
    return steps.steps


def _add(steps: Steps[Network], line: int, text: bytes) -> None:
    word = re.match(rb"[A-Za-z]*", text)[0].lower()  # type: ignore[index]
    if word == b"endif" and not text[5:].lstrip(SPACE):
        if not steps.end():
            raise BadNetwork("ENDIF without IF")
        return
    conditional = word == b"if" and text[2:3] != b"" and text[2] in SPACE
    negated, rest = negation(text[2:] if conditional else text)
    if conditional:
        steps.begin(line, parse_network(_word(rest)), negated)
        return
    pattern, result = _split(rest)
    if not result:
        raise BadNetwork("no lookup result")
    steps.rule(line, parse_network(_word(pattern)), negated, result)


def negation(text: bytes) -> tuple[bool, bytes]:
    """Whether an odd number of `!` stands before a pattern, and the pattern."""
    found = _NEGATION.match(text)
    assert found is not None
    return found[0].count(b"!") % 2 == 1, text[found.end() :]


def _split(text: bytes) -> tuple[bytes, bytes]:
    for at, byte in enumerate(text):
        if byte in SPACE:
            return text[:at], text[at:].strip(SPACE)
    return text, b""


def _word(text: bytes) -> str:
    return printable(text, 200)


def open_cidr(request: Request) -> BaseTable:
    """cidr:/path or cidr:{ {rule}, ... }."""
    data, name, watch = rule_text(request)
    steps = parse_rules(data, name)
    flat = all(step.result is not None and not step.negated for step in steps)
    table: BaseTable = FlatCidrTable(request.spec, steps) if flat else CidrTable(request.spec, steps)
    if watch is not None:
        table.watches.append(watch)
    return table
