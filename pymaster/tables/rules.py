"""rules - the frame that cidr, regexp and pcre tables have in common: ordered rules, `!`, nested if/endif, inline text.

A table is a list of steps. A step that does not apply goes on at `next`: for a rule the following step, for an `if` the
one after its endif. Walking it is iterative, so nesting costs no stack.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from pymaster.config.words import BLANKS, split_list, strip_braces
from pymaster.tables.base import BaseTable, Request, TableError, Watch, open_source, read_source
from pymaster.util.errors import ConfigError

P = TypeVar("P")


class Step(Generic[P]):
    """One rule (`result` is what it answers) or one `if` (`result` is None)."""

    __slots__ = ("line", "negated", "next", "pattern", "result")

    def __init__(self, line: int, pattern: P, negated: bool, result: object) -> None:
        self.line, self.pattern, self.negated, self.result = line, pattern, negated, result
        self.next = 0


class Steps(Generic[P]):
    """Steps while they are being read."""

    def __init__(self) -> None:
        self.steps: list[Step[P]] = []
        self._open: list[Step[P]] = []

    def rule(self, line: int, pattern: P, negated: bool, result: object) -> None:
        """Add a rule."""
        step = Step(line, pattern, negated, result)
        self.steps.append(step)
        step.next = len(self.steps)

    def begin(self, line: int, pattern: P, negated: bool) -> None:
        """Add an `if`."""
        step: Step[P] = Step(line, pattern, negated, None)
        self.steps.append(step)
        self._open.append(step)

    def end(self) -> bool:
        """Close the innermost `if`; whether there was one."""
        if not self._open:
            return False
        self._open.pop().next = len(self.steps)
        return True

    def finish(self) -> list[int]:
        """Close what is still open; the line numbers of those."""
        left = [step.line for step in self._open]
        while self.end():
            continue
        return left


def rule_text(request: Request) -> tuple[bytes, str, Watch | None]:
    """The text of a rule table, what to call it in messages, and its file if it has one; raises TableError.

    `type:{ {rule}, {rule} }` is text of main.cf, one rule a line.
    """
    if not request.rest.startswith("{"):
        watch = open_source(request.rest)
        return read_source(watch), request.rest, watch
    lines = []
    try:
        for item in split_list(strip_braces(request.rest)):
            if not item.startswith("{"):
                raise TableError(f"{request.type} map: no '{{' at start of text in \"{item}\"")
            lines.append(strip_braces(item).lstrip(BLANKS))
    except ConfigError as exc:
        raise TableError(f"{request.type} map: {exc}") from exc
    return "\n".join(lines).encode("utf-8", "surrogateescape"), request.rest, None


class RuleTable(BaseTable):
    """A table of steps; it sees keys as they came."""

    fixed = False
