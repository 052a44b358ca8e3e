"""postconf_master - postconf's part for master.cf: entries (-M), fields (-F) and -o settings (-P), shown and changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from pymaster.config import editfile, layout, masteredit, usage
from pymaster.config.mastercf import FIELDS, MasterEntry
from pymaster.config.snapshot import Snapshot
from pymaster.config.words import BLANKS
from pymaster.util import log
from pymaster.util.errors import ConfigError

if TYPE_CHECKING:
    from pymaster.commands.postconf import Request

Row = tuple[str, str]


def show(request: Request, out: Callable[[str], None]) -> None:
    """Print what is asked for; raises ConfigError."""
    entries = request.load_master()
    main = request.load_main()
    snapshot = Snapshot(main, dict(request.overrides), request.directory, "", "postconf")
    warnings = usage.examine(main, request.overrides, entries, request.master_path).warnings
    if "x" in request.flags:
        entries = [MasterEntry(_expanded(entry.words, snapshot), entry.line) for entry in entries]
    patterns = [_pattern(request, word) for word in request.words] or [[]]
    matched: set[int] = set()
    for entry in entries:
        for at, pattern in enumerate(patterns):
            if masteredit.matches(entry.words, pattern[:2]):
                rows = list(_rows(request, entry.words, pattern[2:]))
                if rows:
                    matched.add(at)
                for name, text in rows:
                    out(_line(request, name, text))
                if rows:
                    break
    for at, word in enumerate(request.words):
        if at not in matched:
            log.warning(f'unmatched request: "{word}"')
    for text in warnings:
        if text.startswith(request.master_path):
            log.warning(text)


def _pattern(request: Request, word: str) -> list[str]:
    parts = word.split("/", 1 if "M" in request.flags else 2)
    # A name may hold slashes itself (`private/x`); the type is the first part that is one.
    if "M" in request.flags and "/" in parts[-1]:
        raise ConfigError("-M option requires service_name[/type]")
    if "F" in request.flags and len(parts) == 3 and parts[2] not in (*FIELDS, "*"):
        raise ConfigError(f'invalid service attribute name: "{parts[2]}"')
    return parts


def _rows(request: Request, words: list[str], wanted: list[str]) -> Iterator[Row]:
    """What one entry shows: (name, value) pairs; the name is "" for a whole entry."""
    fold = "f" in request.flags
    if "M" in request.flags:
        yield "", layout.service(words, fold)
        return
    place = f"{words[0]}/{words[1]}"
    if "F" in request.flags:
        for at, name in enumerate(FIELDS):
            if not wanted or wanted[0] in ("*", name):
                text = layout.command(words[at:], fold, len(place) + 10) if name == "command" else words[at]
                yield f"{place}/{name}", text
        return
    for name, text in sorted(masteredit.settings(words).items()):
        if not wanted or wanted[0] in ("*", name):
            yield f"{place}/{name}", layout.paragraph(text, False)


def _line(request: Request, name: str, text: str) -> str:
    if not name or "h" in request.flags:
        return text
    if "H" in request.flags:
        return name
    line = f"{name} = {text}"
    return layout.paragraph(line, "f" in request.flags) if "P" in request.flags else line.rstrip(BLANKS)


def _expanded(words: list[str], snapshot: Snapshot) -> list[str]:
    """An entry with the values of its -o settings expanded; its other arguments are not main.cf's business."""
    for name, value in masteredit.settings(words).items():
        own = Snapshot(snapshot.main, snapshot.overrides, snapshot.config_directory, words[0], words[7])
        try:
            words = masteredit.with_setting(words, name, own.expand(value))
        except ConfigError as exc:
            log.warning(f"{words[0]}/{words[1]}/{name}: {exc}")
    return words


def edit(request: Request) -> None:
    """Change entries, fields or settings; raises ConfigError."""
    if any("\n" in word for word in request.words):
        raise ConfigError("-e, -X, or -# accepts no multi-line input")
    if request.edit == "#" and "M" not in request.flags:
        raise ConfigError("-# is for main.cf and for -M")
    if request.edit == "X" and "F" in request.flags:
        raise ConfigError("-F accepts no -X")

    def change(text: str) -> str:
        for word in request.words:
            text = _changed(request, text, word)
        return text

    editfile.rewrite(request.master_path, change)


def _changed(request: Request, text: str, word: str) -> str:
    what, equals, value = word.partition("=")
    pattern, value = what.strip(BLANKS).split("/"), value.strip(BLANKS)
    if (request.edit == "e") != bool(equals):
        raise ConfigError(f"-{request.edit} {'requires' if request.edit == 'e' else 'accepts no'} '=': \"{word}\"")
    if "M" in request.flags:
        if len(pattern) != 2 or not all(pattern):
            raise ConfigError("-Me, -MX or -M# requires service_name/type")
        if request.edit == "e":
            return masteredit.assign(text, pattern, value)
        return (masteredit.remove if request.edit == "X" else masteredit.comment)(text, pattern)
    if len(pattern) != 3 or not all(pattern):
        kind = "-Fe requires service_name/type/field=value" if "F" in request.flags else None
        raise ConfigError(kind or "-Pe and -PX require service_name/type/parameter")
    name = pattern.pop()

    def apply(words: list[str]) -> list[str] | None:
        if "F" in request.flags:
            return masteredit.with_field(words, name, value)
        return masteredit.with_setting(words, name, value if equals else None)

    text, count = masteredit.change(text, pattern, apply)
    if not count:
        log.warning(f'unmatched service_name/type: "{word}"')
    return text
