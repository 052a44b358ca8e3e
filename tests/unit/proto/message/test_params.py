"""MIME parameters and the pieces of RFC 2231."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.message.params import LIMIT, Params, parameters


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", []),
        (b"; a=b", [(b"a", b"b")]),
        (b';A = "b;\\" c" ;d=e', [(b"A", b'b;" c'), (b"d", b"e")]),
        (b"; name=two words.txt ; x=", [(b"name", b"two words.txt"), (b"x", b"")]),
        (b"; a=b (c; d=e); f=g", [(b"a", b"b"), (b"f", b"g")]),
        (b'; a="(b)" (c)', [(b"a", b"(b)")]),
        (b';; a ; =b; c="d', [(b"c", b"d")]),
        (b'; url*0="ftp://"; URL*1="cs.utk.edu/x"; a=b', [(b"url", b"ftp://cs.utk.edu/x"), (b"a", b"b")]),
        (b"; title*=us-ascii'en-us'This%20is", [(b"title*", b"us-ascii'en-us'This%20is")]),
        (
            b"; title*1*=%2A%2A; title*0*=us-ascii'en'This%20; title*2=\"isn't it!\"",
            [(b"title*", b"us-ascii'en'This%20%2A%2Aisn%27t%20it!")],
        ),
        (b'; a*0="x y"; a*1*=%41; a*3=lost', [(b"a*", b"''x%20y%41")]),
        (
            b"; a*1=b; b*99999=c; c=two words; A*1=d",
            [(b"a*1", b"b"), (b"b*99999", b"c"), (b"c", b"two"), (b"A*1", b"d")],
        ),
    ],
)
def test_parameters(text: bytes, expected: Params) -> None:
    assert parameters(text) == expected


def test_limit() -> None:
    assert len(parameters(b"; a=b" * 1000)) == LIMIT
    (whole,) = parameters(b"".join(b"; a*%d=b" % number for number in range(10_000)))
    assert whole == (b"a", b"b" * LIMIT)


@given(st.text(alphabet="ab;=*01\"\\( )'%").map(str.encode) | st.binary())
def test_never_raises(text: bytes) -> None:
    assert len(parameters(b";" + text)) <= LIMIT
