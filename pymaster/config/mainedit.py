"""mainedit - main.cf with settings changed, commented out or removed; everything else stays as it was."""

from __future__ import annotations

from pymaster.config.editfile import Block, blocks, commented, join, logical, removed, replaced
from pymaster.config.words import BLANKS


def name_of(block: Block) -> str:
    """The parameter that a block sets; "" for none."""
    line = logical(block)
    return line.partition("=")[0].strip(BLANKS) if line[:1] not in ("", *BLANKS) else ""


def assign(text: str, settings: dict[str, str]) -> str:
    """`text` with each name set; a name that was there keeps its place (its first, later ones go), others are appended."""
    done: set[str] = set()
    result: list[Block] = []
    for block in blocks(text):
        name = name_of(block)
        if name in done:
            result.append(removed(block))
        elif name and name in settings:
            done.add(name)
            result.append(replaced(block, f"{name} = {settings[name]}"))
        else:
            result.append(block)
    result += [([f"{name} = {value}"], [0]) for name, value in settings.items() if name not in done]
    return join(result)


def remove(text: str, names: set[str]) -> str:
    """`text` without the settings of these names."""
    return join([removed(block) if name_of(block) in names else block for block in blocks(text)])


def comment(text: str, names: set[str]) -> str:
    """`text` with the settings of these names as comments."""
    return join([commented(block) if name_of(block) in names else block for block in blocks(text)])
