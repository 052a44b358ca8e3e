"""settings - the small files behind `sql:PATH` and `ldap:PATH`: `name = value` lines, `#` comments, indented continuations."""

from __future__ import annotations

import re

from pymaster.util.errors import ConfigError

MAX_FILE = 1 << 20
_NAME = re.compile(r"([a-z][a-z0-9_]*)[ \t]*=[ \t]*(.*)")


def load(path: str, known: frozenset[str]) -> dict[str, str]:
    """The settings of a file; raises ConfigError for one that cannot be read or holds what is not `known`."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read(MAX_FILE)
    except OSError as exc:
        raise ConfigError(exc.strerror or "cannot be read", path) from None
    return parse(text, path, known)


def parse(text: str, path: str, known: frozenset[str]) -> dict[str, str]:
    """The settings in a text; raises ConfigError."""
    found: dict[str, str] = {}
    name = ""
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip(" \t\r")
        if not line or line.lstrip(" \t").startswith("#"):
            continue
        if line[0] in " \t" and name:
            found[name] += " " + line.lstrip(" \t")
            continue
        match = _NAME.fullmatch(line)
        if match is None:
            raise ConfigError("expected name = value", f"{path}, line {number}")
        name = match[1]
        if name not in known:
            raise ConfigError(f"unknown setting {name}", f"{path}, line {number}")
        found[name] = match[2]
    return found
