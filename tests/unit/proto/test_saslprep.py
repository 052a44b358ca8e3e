import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.saslprep import saslprep


@pytest.mark.parametrize(
    ("text", "made"),
    [  # RFC 4013 section 3
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("\u0007", None),
        ("\u0627\u0031", None),
        ("a\u00a0b", "a b"),
        ("", ""),
    ],
)
def test_examples(text: str, made: str | None) -> None:
    assert saslprep(text) == made


@given(st.text(max_size=40))
def test_never_raises_and_is_stable(text: str) -> None:
    made = saslprep(text)
    assert made is None or saslprep(made) in (made, None)
