"""layout - configuration entries as lines for a person: folded at 80 columns, master.cf in columns."""

from __future__ import annotations

from pymaster.config.mastercf import FIELDS, split_override
from pymaster.config.words import BLANKS, split_list, strip_braces
from pymaster.util.errors import ConfigError

WIDTH = 80
INDENT = "    "
# Where each field of a master.cf line begins.
COLUMNS = (0, 11, 17, 25, 33, 41, 49, 57)


def paragraph(text: str, fold: bool) -> str:
    """`text` with each run of blanks as one; with `fold`, broken where a line would pass 80 columns."""
    words = split_list(text.replace("{", "\x01").replace("}", "\x02"), BLANKS)
    words = [word.replace("\x01", "{").replace("\x02", "}") for word in words]
    if not fold:
        return " ".join(words)
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + 1 + len(word) <= WIDTH:
            lines[-1] += " " + word
        else:
            lines.append(INDENT + word if lines else word)
    return "\n".join(lines)


def braced(word: str) -> str:
    """`word`, in braces when it could not stand as one word without."""
    return "{" + word + "}" if not word or any(blank in word for blank in BLANKS) else word


def arguments(words: list[str]) -> list[tuple[str, bool]]:
    """A service's arguments in normal form, with whether each is an option: `-o name=value` is one item."""
    items: list[tuple[str, bool]] = []
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] != "-":
        word = words[at]
        at += 1
        if word.startswith("-o"):
            setting = word[2:]
            if not setting and at < len(words):
                setting, at = words[at], at + 1
            items.append((f"-o {normal_setting(setting)}" if setting else word, True))
        else:
            items.append((word, True))
    items += [(braced(_bare(word)), False) for word in words[at:]]
    return items


def _bare(word: str) -> str:
    try:
        return strip_braces(word)
    except ConfigError:
        return word


def normal_setting(setting: str) -> str:
    """`name=value` of an `-o`, in braces where it holds blanks; what cannot be understood stays as it is."""
    try:
        name, value = split_override(setting)
    except ConfigError:
        return setting
    return braced(f"{name}={value}")


def command(words: list[str], fold: bool, start: int = 0) -> str:
    """A service's command and its arguments; `start` is the column where it begins."""
    lines = [words[0]]
    offset = start
    options_before = False
    for item, option in arguments(words[1:]):
        wrap = (option and item.startswith("-o ")) or (not option and options_before)
        fits = offset + len(lines[-1]) + 1 + len(item) < WIDTH
        if not fold or (fits and not wrap):
            lines[-1] += " " + item
        else:
            lines.append(INDENT + item)
            offset = 0
        options_before = option
    return "\n".join(lines)


def service(words: list[str], fold: bool) -> str:
    """One entry of master.cf in columns."""
    line = words[0]
    for field, column in zip(words[1 : len(FIELDS) - 1], COLUMNS[1:], strict=False):
        line = line.ljust(column - 1) + " " + field
    line = line.ljust(COLUMNS[-1] - 1) + " "
    return line + command(words[len(FIELDS) - 1 :], fold, len(line))
