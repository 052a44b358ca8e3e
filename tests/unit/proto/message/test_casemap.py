"""Sort keys."""

from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.message.casemap import KEY_LIMIT, casemap, key


def test_casemap() -> None:
    assert casemap("aZ1") == "AZ1" and casemap("ä") == casemap("Ä") == "A\u0308"
    assert casemap("ǆ") == casemap("Ǆ") == casemap("ǅ") and casemap("ß") == "ß" and casemap("ﬁ") == "fi"


def test_key() -> None:
    assert key(" a\r\n\tb  c ") == b"A B C" and key("a\0b") == b"A B"
    assert len(key("x" * 5000)) == KEY_LIMIT


@given(st.text())
def test_keys_are_text_and_do_not_depend_on_case_of_ascii(text: str) -> None:
    assert key(text).decode() is not None and b"\0" not in key(text)
    assert not text.isascii() or key(text) == key(text.lower())
