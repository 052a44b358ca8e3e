"""Previews."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.message.mimetree import tree
from pymaster.proto.message.preview import CHARACTERS, preview, strip_tags
from tests.cost import cpu
from tests.unit.proto.message.lab import wire


def of(text: bytes) -> str:
    data = wire(text)
    return preview(data, tree(data)).decode()


def test_plain() -> None:
    assert of(b"\n one\n\ttwo\0\x1b[1m \n") == "one two[1m" and of(b"\n \n") == "" and of(b"") == ""
    assert of(b"\n> quoted\nanswer\n>> more\n") == "answer" and of(b"\n> quoted\n") == "> quoted"
    assert of(b"Content-Transfer-Encoding: base64\nContent-Type: text/plain; charset=latin1\n\n5GI=\n") == "äb"
    assert of(b"Content-Type: image/png\n\nx") == ""


def test_length() -> None:
    assert len(of(b"\n" + b"word " * 1000)) == CHARACTERS - 1
    assert of(b"\n" + b" " * 5000 + b"far") == "far"
    text = of(b"\n" + "ä".encode() * 5000)
    assert text == "ä" * CHARACTERS


def test_which_part() -> None:
    head = b"Content-Type: multipart/mixed; boundary=b\n\n"
    rich = b"--b\nContent-Type: text/html\n\n<p>rich</p>\n"
    assert of(head + rich + b"--b\n\nplain\n--b--") == "plain" and of(head + rich + b"--b\n\n \n--b--") == "rich"
    assert of(head + b"--b\nContent-Disposition: attachment\n\nfile\n" + rich) == "rich"
    assert of(head + b"--b\nContent-Type: message/rfc822\n\n\nin\n--b\n\nout\n") == "out"
    assert of(head + b"--b\nContent-Type: message/rfc822\n\n\nin\n--b--\n") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>a</p>b", " a b"),
        ("W<b>or</b>d", "Word"),
        ("a<br/>b<!-- > -->c", "a b c"),
        ("<html><head><title>t</title></head><STYLE>x{}</STYLE >y", "   y"),
        ("<script>a<b</script>c", " c"),
        ("1 < 2 &lt; 3 &amp;&nbsp;&#65;&#x42; &bogus;", "1 < 2 < 3 &\xa0AB &bogus;"),
        ("&#99999999999;", "\ufffd9999;"),
        ("a<p", "a"),
        ("a<!-- b", "a"),
        ("a<style>b", "a"),
        ("İ<style>İ</style>x", "İ x"),
    ],
)
def test_strip_tags(text: str, expected: str) -> None:
    assert strip_tags(text) == expected


@pytest.mark.parametrize("piece", ["<", "<!--", "<style>", "<a ", "</", "&#", "<style></styl"])
def test_tags_are_stripped_in_linear_time(piece: str) -> None:
    once, twice = (cpu(lambda size=size: strip_tags(piece * size)) for size in (20_000, 40_000))  # type: ignore[misc]
    assert twice < 3 * once + 0.005


@given(st.text(alphabet="<>!-/styleab &#;9"))
def test_never_raises(text: str) -> None:
    strip_tags(text).encode()
