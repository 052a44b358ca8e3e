"""values - text into typed values: yes/no, numbers, times, texts with bounds (postconf(5), C09 of Postfix's types)."""

from __future__ import annotations

import re

from pymaster.config.param import BOOLEAN, DURATION, INTEGER, UNITS, Declaration
from pymaster.util.errors import ConfigError

_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_DURATION = re.compile(r"([0-9]{1,12})([smhdwSMHDW]?)", re.ASCII)


def typed(item: Declaration, text: str) -> str | int | bool | float:
    """The value that `text` (already expanded) gives the parameter; raises ConfigError."""
    if item.kind == INTEGER:
        return integer(item, text)
    if item.kind == BOOLEAN:
        return boolean(item.name, text)
    if item.kind == DURATION:
        return bounded_duration(item, text)
    if len(text) < item.min:
        raise ConfigError(f"bad string length {len(text)} < {item.min:.0f}: {item.name} = {text}")
    if item.max and len(text) > item.max:
        raise ConfigError(f"bad string length {len(text)} > {item.max:.0f}: {item.name} = {text[:100]}")
    return text


def boolean(name: str, text: str) -> bool:
    """`yes` or `no` in any case; raises ConfigError."""
    word = text.lower()
    if word not in ("yes", "no"):
        raise ConfigError(f"bad boolean configuration: {name} = {text}")
    return word == "yes"


def integer(item: Declaration, text: str) -> int:
    """A whole number within the bounds; raises ConfigError."""
    if not _INTEGER.fullmatch(text):
        raise ConfigError(f"bad numerical configuration: {item.name} = {text}")
    value = int(text)
    if value < item.min:
        raise ConfigError(f"invalid {item.name} parameter value {value} < {item.min:.0f}")
    if item.max and value > item.max:
        raise ConfigError(f"invalid {item.name} parameter value {value} > {item.max:.0f}")
    return value


def seconds(text: str, unit: str = "s") -> float | None:
    """A number and an optional unit as seconds; None for anything else."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    return int(match.group(1)) * UNITS[match.group(2).lower() or unit]


def bounded_duration(item: Declaration, text: str) -> float:
    """A time within the bounds, in seconds; raises ConfigError."""
    value = seconds(text, item.unit)
    if value is None:
        raise ConfigError(f"parameter {item.name}: bad time value or unit: {text}")
    if value < item.min:
        raise ConfigError(f"invalid {item.name} parameter value {value:.0f} < {item.min:.0f}")
    if item.max and value > item.max:
        raise ConfigError(f"invalid {item.name} parameter value {value:.0f} > {item.max:.0f}")
    return value
