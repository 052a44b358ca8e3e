"""expand - `$name` in parameters that agents fill in at delivery: forward_path, luser_relay, mailbox_command ...

The syntax is that of main.cf (`config.expand`); the values come from an address, and so from a stranger: every character
of a value that the filter does not allow becomes `_`. The parameter's own text is the administrator's and is left alone.
Source: postconf(5) forward_expansion_filter, command_expansion_filter, execution_directory_expansion_filter.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pymaster.config import expand as syntax
from pymaster.util.errors import ConfigError

MAX_DEPTH = 20


@dataclass(slots=True, frozen=True)
class Expanded:
    """The text, and whether a name in it had no value (`${name?text}` asks and so does not count)."""

    text: str
    missing: bool = False


@cache
def _outside(allowed: str) -> re.Pattern[str]:
    return re.compile(f"[^{re.escape(allowed)}]") if allowed else re.compile(r"[\s\S]")


def clean(value: str, allowed: str) -> str:
    """`value` with `_` for every character that is not in `allowed`."""
    return _outside(allowed).sub("_", value)


def expand(text: str, values: Mapping[str, str], allowed: str | None = None) -> Expanded:
    """`text` with every reference replaced; `allowed` filters the values (None: not). Raises ConfigError."""
    return _expand(text, values, allowed, 0)


def _expand(text: str, values: Mapping[str, str], allowed: str | None, depth: int) -> Expanded:
    if depth > MAX_DEPTH:
        raise ConfigError("unreasonable macro call nesting")
    pieces: list[str] = []
    missing = False
    for kind, part in syntax.parse(text):
        if kind == "text":
            pieces.append(part)
            continue
        made = _reference(part, values, allowed, depth)
        pieces.append(made.text)
        missing = missing or made.missing
    return Expanded("".join(pieces), missing)


def _reference(body: str, values: Mapping[str, str], allowed: str | None, depth: int) -> Expanded:
    reference = syntax.parse_reference(body)
    if not reference.branches:
        value = values.get(reference.name, "")
        return Expanded(value if allowed is None else clean(value, allowed), not value)
    if reference.operator:
        sides = [_expand(side, values, allowed, depth + 1).text for side in reference.operands]
        holds = syntax.compare(sides[0], reference.operator, sides[1])
    else:
        holds = bool(values.get(reference.name))
    return _expand(reference.branches[0 if holds else 1], values, allowed, depth + 1)
