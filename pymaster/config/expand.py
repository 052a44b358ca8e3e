"""expand - `$name` in configuration values (postconf(5), "main.cf file format").

    $name ${name} $(name) $$          a parameter's value; `$$` is a dollar sign
    ${name?text} ${name?{text}:{other}}   text if the parameter is not empty, else the other
    ${name:text}                      text if the parameter is empty or unknown
    ${{a} == {b} ? {x} : {y}}         comparison: == != < <= >= >, numbers when both are all digits; with `<level` and its
                                      kin, compatibility levels (3.9 is less than 3.10)

Whether a parameter "is empty" is asked of its text as written, before expansion: that is what Postfix does.
"""

import re
from collections.abc import Callable
from typing import Any

from pymaster.config.words import BLANKS, balanced
from pymaster.util.errors import ConfigError

# A value cannot grow without bound: a chain of `a=$b$b`, `b=$c$c`, ... doubles with each link.
MAX_LENGTH = 1 << 20
MAX_DEPTH = 100

_NAME = re.compile(r"[A-Za-z0-9_]*", re.ASCII)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_OPERATOR = re.compile(r"(==|!=|<=|>=|<|>)(level)?(?![=<>])")
_LEVEL = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:\.([0-9]{1,9}))?", re.ASCII)

Lookup = Callable[[str], str | None]


class Expander:
    """Expands text with the help of two questions about a name.

    `raw` gives the text as written (None: unknown name), `value` the expanded text (None: unknown name) and is where
    the owner caches and notices that a name contains itself.
    """

    __slots__ = ("raw", "value")

    def __init__(self, raw: Lookup, value: Lookup) -> None:
        self.raw, self.value = raw, value

    def expand(self, text: str) -> str:
        """`text` with every reference replaced; raises ConfigError for bad syntax."""
        if "$" not in text:
            return text
        return self._expand(text, 0)

    def _expand(self, text: str, depth: int) -> str:
        if depth > MAX_DEPTH:
            raise ConfigError("unreasonable macro call nesting")
        pieces: list[str] = []
        size = 0
        for kind, part in parse(text):
            piece = part if kind == "text" else self._reference(part, depth)
            size += len(piece)
            if size > MAX_LENGTH:
                raise ConfigError(f"the expanded value is longer than {MAX_LENGTH} characters")
            pieces.append(piece)
        return "".join(pieces)

    def _reference(self, body: str, depth: int) -> str:
        condition = parse_reference(body)
        if not condition.branches:
            return self.value(condition.name) or ""
        if condition.operator:
            left, right = (self._expand(side, depth + 1) for side in condition.operands)
            holds = compare(left, condition.operator, right)
        else:
            holds = bool(self.raw(condition.name))
        chosen = condition.branches[0 if holds else 1]
        return self._expand(chosen, depth + 1) if "$" in chosen else chosen


class Reference:
    """One parsed `${...}`: a name or a comparison, and the texts for true and false (empty tuple: the plain value)."""

    __slots__ = ("branches", "name", "operands", "operator")

    def __init__(self, name: str, operator: str, operands: tuple[str, str], branches: tuple[str, ...]) -> None:
        self.name, self.operator, self.operands, self.branches = name, operator, operands, branches


def parse(text: str) -> list[tuple[str, str]]:
    """`text` cut into ("text", literal) and ("ref", inside of the reference); raises ConfigError."""
    parts: list[tuple[str, str]] = []
    at = 0
    while True:
        dollar = text.find("$", at)
        if dollar < 0:
            parts.append(("text", text[at:]))
            return parts
        parts.append(("text", text[at:dollar]))
        following = text[dollar + 1 : dollar + 2]
        if following == "$":
            parts.append(("text", "$"))
            at = dollar + 2
        elif following in ("{", "("):
            at = balanced(text, dollar + 1, following, "}" if following == "{" else ")")
            if at < 0:
                raise ConfigError(f'truncated macro reference: "{text}"')
            parts.append(("ref", text[dollar + 2 : at - 1]))
        else:
            name = _name_at(text, dollar + 1)
            if not name:
                raise ConfigError(f'empty macro name: "{text}"')
            parts.append(("ref", name))
            at = dollar + 1 + len(name)


def parse_reference(body: str) -> Reference:
    """The inside of a `${...}`; raises ConfigError."""
    at = _skip(body, 0)
    if body.startswith("{", at):
        left, at = _group(body, at)
        at = _skip(body, at)
        match = _OPERATOR.match(body, at)
        if match is None:
            raise ConfigError(f'a comparison operator expected at: "...{body[:at]}>>>{body[at:]}"')
        at = _skip(body, match.end())
        if not body.startswith("{", at):
            raise ConfigError(f'"{{expression}}" expected at: "...{body[:at]}>>>{body[at:]}"')
        right, at = _group(body, at)
        branches = _branches(body, _skip(body, at))
        if not branches:
            raise ConfigError(f'"?" or ":" expected after: "{body}"')
        return Reference("", match.group(), (left, right), branches)
    name = _name_at(body, at)
    if not name:
        raise ConfigError(f'empty macro name: "{body}"')
    return Reference(name, "", ("", ""), _branches(body, _skip(body, at + len(name))))


def _branches(body: str, at: int) -> tuple[str, ...]:
    if at == len(body):
        return ()
    mark = body[at]
    if mark not in "?:":
        raise ConfigError(f'attribute name syntax error at: "...{body[:at]}>>>{body[at:]}"')
    text, at = _branch(body, at + 1)
    if mark == ":":
        _end(body, at)
        return "", text
    other = ""
    if body.startswith(":", at):
        other, at = _branch(body, at + 1)
    _end(body, at)
    return text, other


def _branch(body: str, at: int) -> tuple[str, int]:
    """A `{text}`, or without braces all the rest; the index after it and its trailing blanks."""
    inner = _skip(body, at)
    if not body.startswith("{", inner):
        return body[at:], len(body)
    text, end = _group(body, inner)
    return text, _skip(body, end)


def _end(body: str, at: int) -> None:
    if at != len(body):
        raise ConfigError(f'unexpected input at: "...{body[:at]}>>>{body[at:]}"')


def _group(body: str, at: int) -> tuple[str, int]:
    end = balanced(body, at)
    if end < 0:
        raise ConfigError(f'missing "}}" in: "{body}"')
    return body[at + 1 : end - 1], end


def _skip(body: str, at: int) -> int:
    while at < len(body) and body[at] in BLANKS:
        at += 1
    return at


def _name_at(text: str, at: int) -> str:
    match = _NAME.match(text, at)
    return match.group() if match else ""


def compare(left: str, operator: str, right: str) -> bool:
    """`left operator right`; the operator may end in `level`. Raises ConfigError for a malformed level."""
    if operator.endswith("level"):
        return _holds(level(left), operator[:-5], level(right))
    if _DIGITS.fullmatch(left) and _DIGITS.fullmatch(right) and max(len(left), len(right)) <= 1000:
        return _holds(int(left), operator, int(right))
    return _holds(left, operator, right)


def level(text: str) -> tuple[int, int, int]:
    """A compatibility level `X`, `X.Y` or `X.Y.Z`; raises ConfigError."""
    match = _LEVEL.fullmatch(text)
    if match is None:
        raise ConfigError(f'malformed compatibility level syntax: "{text}"')
    major, minor, patch = (int(part or 0) for part in match.groups())
    return major, minor, patch


def _holds(left: Any, operator: str, right: Any) -> bool:
    order: int = (left > right) - (left < right)
    return {
        "==": order == 0,
        "!=": order != 0,
        "<": order < 0,
        "<=": order <= 0,
        ">": order > 0,
        ">=": order >= 0,
    }[operator]


def names(text: str) -> set[str]:
    """Every name that `text` refers to, in all branches; nothing for text with bad syntax."""
    found: set[str] = set()
    waiting = [text]
    while waiting:
        try:
            for kind, part in parse(waiting.pop()):
                if kind == "ref":
                    reference = parse_reference(part)
                    found.add(reference.name)
                    waiting += [piece for piece in (*reference.operands, *reference.branches) if "$" in piece]
        except ConfigError:
            continue
    found.discard("")
    return found
