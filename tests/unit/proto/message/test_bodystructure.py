"""BODY and BODYSTRUCTURE."""

from pymaster.proto.message.bodystructure import structure
from pymaster.proto.message.mimetree import tree
from tests.unit.proto.message.lab import read, wire

NIL = b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"


def of(text: bytes) -> tuple[bytes, bytes]:
    return structure(tree(wire(text)))


def test_all_extension_data_of_a_leaf() -> None:
    short, long = of(b"""Content-Type: image/PNG; name="a\\"b"
Content-ID: <1@x>
Content-Description: a
 b
Content-Transfer-Encoding: base64
Content-MD5: abc==
Content-Disposition: attachment; filename*=utf-8''%20
Content-Language: en-GB
Content-Location: http://x/y

QQ==
""")
    start = b'("image" "PNG" ("name" "a\\"b") "<1@x>" "a b" "base64" 6'
    assert short == start + b")"
    assert long == start + b""" "abc==" ("attachment" ("filename*" "utf-8''%20")) "en-GB" "http://x/y")"""


def test_multipart() -> None:
    short, long = of(b"""Content-Type: multipart/Alternative; boundary=b
Content-Language: en, de
Content-Disposition: inline

--b

1
--b
Content-Type: text/html; charset=utf-8

2
3
--b--
""")
    first, second = (
        b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 1 0',
        b'("text" "html" ("charset" "utf-8") NIL NIL "7bit" 4 1',
    )
    assert short == b"(" + first + b")" + second + b') "Alternative")'
    assert long == (
        b"(" + first + b" NIL NIL NIL NIL)" + second + b" NIL NIL NIL NIL)"
        b' "Alternative" ("boundary" "b") ("inline" NIL) ("en" "de") NIL)'
    )  # fmt: skip


def test_message_inside() -> None:
    short, long = of(b"Content-Type: message/rfc822\n\nSubject: x\n\n1\n")
    leaf = b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 3 1'
    start = (
        b'("message" "rfc822" NIL NIL NIL "7bit" 17 ' + NIL.replace(b"NIL", b'"x"', 2).replace(b'"x"', b"NIL", 1) + b" "
    )
    assert short == start + leaf + b") 3)"
    assert long == start + leaf + b" NIL NIL NIL NIL) 3 NIL NIL NIL NIL)"


def test_empty_containers() -> None:
    empty = b'(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0) "mixed")'
    assert of(b"Content-Type: multipart/mixed; boundary=b\n\n--b--\n")[0] == empty
    assert of(b"Content-Type: multipart/mixed\n")[0] == empty
    assert of(b"Content-Type: multipart/mixed; boundary=b\n\nx\n")[0] == empty.replace(b"0 0", b"3 1")
    inner = (
        b'("message" "rfc822" NIL NIL NIL "7bit" 0 '
        + NIL
        + b' ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0) 0)'
    )
    assert of(b"Content-Type: message/rfc822\n")[0] == inner


def test_what_stands_in_no_quotes() -> None:
    assert b'("name" {2}\r\n\xc3\xa4)' in of(b"Content-Type: a/b; name=\xc3\xa4\n")[0]
    long = of(b"Content-Language: (x), ;\nContent-Location:\nContent-Disposition: ;\nContent-Transfer-Encoding: ?\n")[1]
    assert read(long) == [
        b"text",
        b"plain",
        [b"charset", b"us-ascii"],
        None,
        None,
        b"7bit",
        0,
        0,
        None,
        None,
        b"x",
        b"",
    ]
