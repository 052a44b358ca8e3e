import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.config.params.auth import AuthParams
from pymaster.config.snapshot import Snapshot
from pymaster.rules.auth.username import BadName, Names

PARAMS = Snapshot.from_text("")[AuthParams]
NAMES = Names(frozenset(PARAMS.auth_username_chars), True, "*")
HOSTILE = [
    "%u",
    "' OR 1=1",
    "*)(uid=*",
    "../../etc/passwd",
    "-h",
    "bj\u00f6rn",
    "",
    "a b",
    "a\tb",
    "a\nb",
    "a\0b",
    "@x",
    "@",
    ".",
    "..",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name: str) -> None:
    with pytest.raises(BadName):
        NAMES.clean(name)


@pytest.mark.parametrize("name", ["-h", "../x", "a/b", ".hidden", "a..b", "a b", "a\nb", "x" * 256, "\u202e"])
def test_some_are_refused_whatever_is_allowed(name: str) -> None:
    with pytest.raises(BadName):
        Names(frozenset(), False).clean(name)


def test_normal_form() -> None:
    assert NAMES.clean("Bob+X@Example.ORG") == "bob+x@example.org"
    assert Names(frozenset(), False).clean("Bj\u00f6rn") == "Bj\u00f6rn"


def test_masters() -> None:
    assert NAMES.split("bob*Root", "") == ("bob", "root")
    assert NAMES.split("root", "bob") == ("bob", "root")
    assert NAMES.split("Bob", "bob") == ("bob", "")
    assert NAMES.split("bob", "") == ("bob", "")
    for name, authzid in (("bob*", ""), ("*root", ""), ("a*b", "c"), ("bob", "*)(uid=*")):
        with pytest.raises(BadName):
            NAMES.split(name, authzid)


@given(st.text(max_size=30))
def test_what_passes_is_harmless(name: str) -> None:
    try:
        made = NAMES.clean(name)
    except BadName:
        return
    assert not set(made) & set("/\\%'\"*()\0\n \t:") and not made.startswith(("-", ".")) and made
