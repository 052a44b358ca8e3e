"""Flag lists of STORE and APPEND."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.flags import MAX_FLAGS, flag_list, flags_to_end


def test_lists_and_bare_flags() -> None:
    assert flags_to_end(Cursor([b"(\\Seen $Junk)"], [])) == [b"\\Seen", b"$Junk"]
    assert flags_to_end(Cursor([b"\\sEEN NonJunk"], [])) == [b"\\sEEN", b"NonJunk"]
    assert flags_to_end(Cursor([b"()"], [])) == []
    assert flag_list(Cursor([b"(a b) rest"], [])) == [b"a", b"b"]


@pytest.mark.parametrize(
    "text",
    [b"", b"(", b"(a", b"(a  b)", b"\\Recent", b"(\\Foo)", b"\\", b"a ", b"a)", b"(a) b", b"a]b", b"a*", b"\xff",
     b" ".join([b"x"] * (MAX_FLAGS + 1))],
)  # fmt: skip
def test_refused(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        flags_to_end(Cursor([text], []))


@given(st.lists(st.sampled_from([b"(", b")", b" ", b"\\", b"Seen", b"x", b"]", b"*", b'"']), max_size=12))
def test_anything(parts: list[bytes]) -> None:
    try:
        assert all(flags_to_end(Cursor([b"".join(parts)], [])))
    except BadSyntax:
        return
