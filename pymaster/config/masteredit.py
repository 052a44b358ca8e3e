"""masteredit - master.cf with entries, fields or `-o` settings changed; all other lines stay as they were."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from pymaster.config import layout
from pymaster.config.editfile import Block, blocks, commented, join, logical, removed, replaced
from pymaster.config.mastercf import FIELDS, check, split_override
from pymaster.config.words import BLANKS, split_list
from pymaster.util.errors import ConfigError

# A change of one entry: its words in, new words out (None: leave the entry).
Change = Callable[[list[str]], list[str] | None]


def words_of(block: Block) -> list[str]:
    """The words of a block's service line; [] for comments and for what is no service line."""
    line = logical(block)
    words = split_list(line, BLANKS) if line[:1] not in ("", *BLANKS) else []
    return words if len(words) >= len(FIELDS) else []


def matches(words: list[str], pattern: list[str]) -> bool:
    """Whether an entry's name and type are those of `[name, type]`; `*` or a missing part matches any."""
    return bool(words) and all(want in ("*", have) for have, want in zip(words, pattern, strict=False))


def change(text: str, pattern: list[str], edit: Change) -> tuple[str, int]:
    """`text` with `edit` applied to every matching entry, and how many matched."""
    count = 0
    result: list[Block] = []
    for block in blocks(text):
        words = words_of(block)
        if matches(words, pattern):
            count += 1
            new = edit(words)
            block = block if new is None else replaced(block, layout.service(new, True))
        result.append(block)
    return join(result), count


def assign(text: str, pattern: list[str], entry: str) -> str:
    """`text` with the entry `pattern` replaced by the line `entry`, or with it appended; raises ConfigError."""
    new = split_list(entry, BLANKS)
    if len(new) < len(FIELDS):
        raise ConfigError(f'bad field count: "{"/".join(pattern)}={entry}"')
    check(new)
    changed, count = change(text, pattern, lambda words: new)
    return changed if count else changed + layout.service(new, True) + "\n"


def remove(text: str, pattern: list[str]) -> str:
    """`text` without the matching entries."""
    return join([removed(block) if matches(words_of(block), pattern) else block for block in blocks(text)])


def comment(text: str, pattern: list[str]) -> str:
    """`text` with the matching entries as comments."""
    return join([commented(block) if matches(words_of(block), pattern) else block for block in blocks(text)])


def with_field(words: list[str], field: str, value: str) -> list[str]:
    """An entry with one field set; `command` is the program with all its arguments. Raises ConfigError."""
    if field not in FIELDS:
        raise ConfigError(f'invalid service attribute name: "{field}"')
    at = FIELDS.index(field)
    parts = split_list(value, BLANKS)
    if not parts or (len(parts) > 1 and field != "command"):
        raise ConfigError(f'invalid {field} field "{value}"')
    new = words[:at] + parts + (words[at + 1 :] if field != "command" else [])
    check(new)
    return new


def settings(words: list[str]) -> dict[str, str]:
    """The `-o` settings of an entry, unexpanded, the last of each name."""
    found: dict[str, str] = {}
    for item, option in layout.arguments(words[len(FIELDS) :]):
        if option and item.startswith("-o "):
            with suppress(ConfigError):
                name, value = split_override(item[3:])
                found[name] = value
    return found


def with_setting(words: list[str], name: str, value: str | None) -> list[str]:
    """An entry whose `-o name` is set to `value`, or removed for None; a new one comes after the other options."""
    head, rest = words[: len(FIELDS)], layout.arguments(words[len(FIELDS) :])
    options = [item for item, option in rest if option]
    others = [item for item, option in rest if not option]
    new = [] if value is None else [f"-o {layout.braced(f'{name}={value}')}"]
    at = next((at for at, item in enumerate(options) if _names(item, name)), len(options))
    options[at:] = new + [item for item in options[at:] if not _names(item, name)]
    return head + [word for item in options for word in _split_option(item)] + others


def _names(item: str, name: str) -> bool:
    return item.startswith(("-o " + name + "=", "-o {" + name + "="))


def _split_option(item: str) -> list[str]:
    return ["-o", item[3:]] if item.startswith("-o ") else [item]
