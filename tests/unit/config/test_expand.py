"""Expansion of $name: the results were taken from Postfix 3.7's postconf -x."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.config import expand
from pymaster.util.errors import ConfigError

VALUES = {"host": "mx.example.org", "name": "Postfix", "empty": "", "ref": "$empty"}


def expander(values: dict[str, str] = VALUES) -> expand.Expander:
    made = expand.Expander(values.get, lambda name: made.expand(values[name]) if name in values else None)
    return made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("$host", "mx.example.org"),
        ("$(host)-${host}", "mx.example.org-mx.example.org"),
        ("a$$b", "a$b"),
        ("$nosuch", ""),
        ("${ host }", "mx.example.org"),
        ("${host?x:y}", "x:y"),
        ("${host? x }", " x "),
        ("${host?{ x } : { y } }", " x "),
        ("${nosuch?{a}:{b}}", "b"),
        ("${nosuch:{a} }", "a"),
        ("${empty:x}", "x"),
        ("${ref?x}${ref:y}", "x"),
        ("${host ?{x}}", "x"),
        ("${host?{$name}:{$nosuch}}", "Postfix"),
        ("${x}}$name", "}Postfix"),
        ("${{ a } == {a} ? {x} : {y}}", "y"),
        ("${{a}=={a}?{x}:{y}}", "x"),
        ("${{10} > {9} ? {x} : {y}}", "x"),
        ("${{10} > {9a} ? {x} : {y}}", "y"),
        ("${{a} == {b} ? {x}}", ""),
        ("${{a} == {a} ? x : y}", " x : y"),
        ("${{a} == {b} : {x}}", "x"),
        ("${{}=={}?a}", "a"),
        ("${{$name}=={Postfix}?{$host}}", "mx.example.org"),
        ("${{3.10} >level {3.9} ? {x} : {y}}", "x"),
        ("${{3.10} ==level {3.10.0} ? {x} : {y}}", "x"),
        ("${{2} <level {3.6} ? {x} : {y}}", "x"),
        ("${{2} >=level {2} ? {x} : {y}}", "x"),
        ("${{a} != {b} ? {x} : {y}}", "x"),
        ("${{1} <= {2} ? {x} : {y}}", "x"),
    ],
)
def test_expands(text: str, expected: str) -> None:
    assert expander().expand(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "x$",
        "$-x",
        "${x",
        "$(x",
        "${}",
        "$()",
        "${my-host}",
        "${host?{x}:{y}z}",
        "${nosuch:{a}b}",
        "${host:{a}:{b}}",
        "${{a} ~ {b} ? {x}}",
        "${{a} ? {x}}",
        "${{a} == b ? {x}}",
        "${{a} == {b}}",
        "${{a} <level {3} ? {x} : {y}}",
    ],
)
def test_refuses(text: str) -> None:
    with pytest.raises(ConfigError):
        expander().expand(text)


def test_a_bomb_does_not_grow() -> None:
    values = {f"a{n}": f"$a{n + 1}$a{n + 1}" for n in range(40)} | {"a40": "x" * 100}
    cache: dict[str, str] = {}

    def value(name: str) -> str | None:
        if name not in cache:
            cache[name] = made.expand(values[name])
        return cache[name]

    made = expand.Expander(values.get, value)
    with pytest.raises(ConfigError, match="longer than"):
        made.expand("$a0")


def test_deep_nesting_is_an_error() -> None:
    text = "x"
    for _ in range(300):
        text = "${host?{" + text + "$name}}"
    with pytest.raises(ConfigError, match="nesting"):
        expander().expand(text)


def test_names_of_all_branches() -> None:
    assert expand.names("$a ${b?{$c}:{$d}} ${{$e} == {x} ? {$f} : {}}") == set("abcdef")
    assert expand.names("$ bad") == set()


@given(st.text(alphabet="${}()?:=<>!leva1 \t$", max_size=60))
def test_garbage_is_only_ever_a_config_error(text: str) -> None:
    expand.names(text)
    try:
        expander({"a": "1", "l": "", "e": "$a"}).expand(text)
    except ConfigError:
        return
