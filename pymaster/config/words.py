"""words - lists of words as configuration files write them: commas, blanks, and `{ groups with blanks }`.

Source: postconf(5) (list parameters), master(5) (`{arg with blanks}`).
"""

from pymaster.util.errors import ConfigError

# What Postfix calls CHARS_COMMA_SP: the separators of a list.
SEPARATORS = ", \t\r\n"
# Blanks that may stand round a name, a value or inside braces.
BLANKS = " \t\r\n\v\f"


def split_list(text: str, separators: str = SEPARATORS) -> list[str]:
    """The words of `text`; a `{...}` group counts as one word and keeps its braces, an unclosed one runs to the end."""
    if "{" not in text:
        return _split_plain(text, separators)
    words: list[str] = []
    start, level = -1, 0
    for at, char in enumerate(text):
        if level == 0 and char in separators:
            if start >= 0:
                words.append(text[start:at])
            start = -1
            continue
        if start < 0:
            start = at
        if char == "{":
            level += 1
        elif char == "}" and level:
            level -= 1
    if start >= 0:
        words.append(text[start:])
    return words


def _split_plain(text: str, separators: str) -> list[str]:
    first = separators[0]
    for other in separators[1:]:
        text = text.replace(other, first)
    return [word for word in text.split(first) if word]


def balanced(text: str, at: int, opening: str = "{", closing: str = "}") -> int:
    """The index just after the bracket that closes the one at `text[at]`; -1 when it is never closed."""
    level = 0
    for index in range(at, len(text)):
        if text[index] == opening:
            level += 1
        elif text[index] == closing:
            level -= 1
            if level == 0:
                return index + 1
    return -1


def strip_braces(item: str) -> str:
    """`item` without its outer braces and the blanks inside them; a plain word as it is. Raises ConfigError."""
    if not item.startswith("{"):
        return item
    end = balanced(item, 0)
    if end < 0:
        raise ConfigError(f"missing '}}' in \"{item}\"")
    if item[end:].strip(BLANKS):
        raise ConfigError(f"syntax error after '}}' in \"{item}\"")
    return item[1 : end - 1].strip(BLANKS)


def split_assignment(text: str) -> tuple[str, str]:
    """`name = value` with blanks round both ignored; raises ConfigError."""
    name, equals, value = text.partition("=")
    name = name.strip(BLANKS)
    if not equals:
        raise ConfigError("missing '=' after attribute name")
    if not name:
        raise ConfigError("missing attribute name")
    if any(blank in name for blank in BLANKS):
        raise ConfigError("missing '=' after attribute name")
    return name, value.strip(BLANKS)
