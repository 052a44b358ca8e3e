"""maincf - main.cf as text: logical lines, and `name = value` pairs of which the last one wins.

Source: postconf(5), "main.cf file format". Nothing here knows what a parameter means.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from pymaster.config.words import BLANKS, split_assignment
from pymaster.util.errors import ConfigError

# No real configuration comes near; a file that does is not one.
MAX_FILE = 16 << 20


@dataclass(slots=True)
class Entry:
    """One definition: the text as written, and the line where it begins (1-based)."""

    name: str
    value: str
    line: int


@dataclass(slots=True)
class MainCf:
    """A parsed file: the definitions that hold, by name in order of their first appearance, and what was odd."""

    path: str
    entries: dict[str, Entry] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def where(self, name: str) -> str:
        """`file, line N` of a name's definition, or just the file."""
        entry = self.entries.get(name)
        return f"{self.path}, line {entry.line}" if entry else self.path


def read_text(path: str) -> str:
    """A configuration file as text; bytes that are no UTF-8 survive as surrogates. Raises ConfigError."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as exc:
        raise ConfigError(f"open {path}: {os.strerror(exc.errno or 0)}", path) from exc
    except ValueError as exc:
        raise ConfigError("not a file name", repr(path)) from exc
    if len(data) > MAX_FILE:
        raise ConfigError(f"longer than {MAX_FILE} bytes", path)
    return data.decode("utf-8", "surrogateescape")


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """(line number, text) of every logical line.

    A line that begins with a blank continues the one before; empty lines and comments are dropped, also in between.
    """
    number = 0
    pieces: list[str] = []
    for at, line in enumerate(text.split("\n"), 1):
        first = line.lstrip(BLANKS)[:1]
        if not first or first == "#":
            continue
        if line[0] in BLANKS and pieces:
            pieces.append(line)
            continue
        if pieces:
            yield number, "\n".join(pieces).rstrip(BLANKS)
        number, pieces = at, [line]
    if pieces:
        yield number, "\n".join(pieces).rstrip(BLANKS)


def parse(text: str, path: str = "main.cf") -> MainCf:
    """The definitions of `text`; raises ConfigError naming file and line."""
    found = MainCf(path)
    for number, line in logical_lines(text):
        where = f"{path}, line {number}"
        if line[0] in BLANKS:
            found.warnings.append(f'{where}: logical line must not start with whitespace: "{line[:30]}"')
            continue
        try:
            if "\0" in line:
                raise ConfigError("unexpected NUL byte")
            name, value = split_assignment(line.replace("\n", ""))
        except ConfigError as exc:
            raise ConfigError(f'{exc}: "{line[:30]}"', where) from None
        earlier = found.entries.get(name)
        if earlier is not None:
            found.warnings.append(f"{where}: overriding earlier entry: {name}={earlier.value}")
        found.entries[name] = Entry(name, value, number)
    return found


def load(path: str) -> MainCf:
    """The definitions of a file; raises ConfigError naming file and line."""
    return parse(read_text(path), path)
