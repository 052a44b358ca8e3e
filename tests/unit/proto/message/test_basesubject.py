"""Base subjects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.message.basesubject import base_subject


@pytest.mark.parametrize(
    ("text", "base", "marked"),
    [
        ("", "", False),
        ("  a \t b  ", "a b", False),
        ("Re: a", "a", True),
        ("RE : re[2]: Fw: FWD: a", "a", True),
        ("a (fwd)", "a", True),
        ("a (FWD)  (fwd) ", "a", True),
        ("[fwd: a]", "a", True),
        ("[Fwd: re: [list] a (fwd)]", "a", True),
        ("[fwd: [fwd: a]]", "a", True),
        ("[list] a", "a", False),
        ("[list] [2] Re: a", "a", True),
        ("Re: [list] a", "a", True),
        ("[a] [b]", "[b]", False),
        ("Re: [a]", "[a]", True),
        ("Re:", "", True),
        ("(fwd)", "", True),
        ("Re", "Re", False),
        ("Rex: a", "Rex: a", False),
        ("[a[b] c", "[a[b] c", False),
        ("Re [a] : b", "b", True),
        ("[fwd: a", "[fwd: a", False),
        ("[fwd:]", "", True),
        ("a re: b", "a re: b", False),
    ],
)
def test_base(text: str, base: str, marked: bool) -> None:
    assert base_subject(text) == (base, marked)


@given(st.text(alphabet="re:[]fwd() aA") | st.text())
def test_the_base_of_a_base_is_itself(text: str) -> None:
    base, _ = base_subject(text)
    assert base_subject(base) == (base, False)
