"""The entities of a message: where they lie, right and wrong boundaries, bounds."""

import pytest

from pymaster.proto.message.mimetree import DEPTH_LIMIT, MISS_LIMIT, PART_LIMIT, Entity, tree
from pymaster.proto.message.parttree import BASE64, LEAF, MESSAGE, MULTIPART, QUOTED_PRINTABLE, UNKNOWN
from tests.unit.proto.message.lab import wire

MIXED = b"Content-Type: multipart/mixed; boundary=b\n\n"


def shape(text: bytes) -> list[object]:
    """The tree as nested lists: a leaf is its body, a multipart the list of its parts, a message a list with itself."""
    text = wire(text)

    def of(entity: Entity) -> object:
        part = entity.part
        if part.kind == LEAF:
            return text[part.body : part.end].replace(b"\r\n", b"\n")
        inner = [of(child) for child in entity.children]
        return inner if part.kind == MULTIPART else ("message", *inner)

    return [of(tree(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MIXED + b"pre\n--b\n\none\n--b \t\n\ntwo\n\n--b--\npost\n", [b"one", b"two\n"]),
        (MIXED + b"--b\n\none\n--bb\n--b-\n--b--x\n\n--b", [b"one\n--bb\n--b-\n--b--x\n", b""]),
        (MIXED + b"--b\n\n--b\n\n\n--b--", [b"", b""]),
        (MIXED + b"--b\n--b\nX: y\n--b--", [b"", b""]),
        (MIXED + b"--b\nno end", [b""]),
        (MIXED + b"--b\n\nno end\n", [b"no end\n"]),
        (MIXED + b"--b--\n--b\n\npost", [b""]),
        (MIXED + b"never\n--c\n", [b"never\n--c\n"]),
        (MIXED, [b""]),
        (b"Content-Type: multipart/mixed\n\n--b\n", [b"--b\n"]),
        (b"Content-Type: multipart/mixed; boundary=\n\n--\n", [b"--\n"]),
        # Inside yields to outside, the longer line is another boundary, an inner one may be the same again.
        (MIXED + b"--b\nContent-Type: multipart/x; boundary=bb\n\n--bb\n\n1\n--b\n\n2\n--bb\n--b--", [[b"1"], b"2\n--bb"]),
        (MIXED + b"--b\n" + MIXED + b"--b\n\n1\n--b--\n--b\n\n2\n--b--\n", [[b"1"], b"2"]),
        (MIXED + b'--b\nContent-Type: multipart/x; boundary="b--"\n\n--b--\n\n1\n--b----\n', [[b"1"]]),
        (MIXED + b"--b\nContent-Type: message/rfc822\n\nSubject: x\n\nin\n--b--", [("message", b"in")]),
        (MIXED + b"--b\nContent-Type: message/rfc822\n--b--", [("message", b"")]),
        (MIXED + b"--b\nContent-Type: message/rfc822\n\n--b--", [("message", b"")]),
        (MIXED + b"--b\nContent-Type: message/rfc822\n\n" + MIXED.strip(b"\n") + b"\n--b--", [("message", [b""])]),
        (MIXED + b"--b\nContent-Type: message/global\n\nx: y\n\nz\n--b--", [b"x: y\n\nz"]),
        (b"Content-Type: message/rfc822\n\n" + MIXED + b"--b\n\n1\n--b--", ("message", [b"1"])),
        (b"Content-Type: multipart/digest; boundary=b\n\n--b\n\nA: b\n\n1\n--b\nContent-Type: x/y\n\n2\n--b--",
         [("message", b"1"), b"2"]),
    ],
)  # fmt: skip
def test_shapes(text: bytes, expected: object) -> None:
    assert shape(text) == [expected]


def test_line_ends_of_any_kind() -> None:
    text = b"Content-Type: multipart/mixed; boundary=b\n\n--b\r\n\r\none\r\n--b\n\ntwo\n--b--\r\n"
    assert [text[child.part.body : child.part.end] for child in tree(text).children] == [b"one", b"two"]
    assert tree(b"A: b\rC: d\r\r\n\r\nbody").part.body == 14


def test_offsets_lines_and_encodings() -> None:
    text = wire(MIXED + b"--b\nContent-Transfer-Encoding: BASE64\n\nQQ==\n\n--b\n"
                b'Content-Transfer-Encoding: "quoted-printable" (x)\n\n--b\nContent-Transfer-Encoding: x-y\n\n1\n2\n3\n--b--\n')  # fmt: skip
    root = tree(text)
    first, second, _ = root.children
    assert (root.part.header, root.part.body, root.part.end) == (0, 45, len(text))
    assert text[first.part.header : first.part.body] == b"Content-Transfer-Encoding: BASE64\r\n\r\n"
    assert [child.part.encoding for child in root.children] == [BASE64, QUOTED_PRINTABLE, UNKNOWN]
    assert [child.encoding for child in root.children] == [b"BASE64", b"quoted-printable", b"x-y"]
    assert [child.part.lines for child in root.children] == [1, 0, 2]
    assert root.part.lines == text[45:].count(b"\n")
    assert second.part.end == second.part.body


def test_bounds() -> None:
    inner = tree(wire(MIXED + (b"--b\n" + MIXED) * (DEPTH_LIMIT + 20)))
    depth = 1
    while inner.children:
        inner, depth = inner.children[0], depth + 1
    assert depth == DEPTH_LIMIT + 1 and inner.type.major == b"application"
    root = tree(wire(MIXED + b"--b\n\nx\n" * (PART_LIMIT + 5)))
    assert len(root.children) == PART_LIMIT - 1
    assert root.children[-1].part.end == root.part.end
    last = tree(wire(MIXED + b"--b\n\nx\n" * (PART_LIMIT - 2) + b"--b\nContent-Type: message/rfc822\n\ny")).children[-1]
    assert last.part.kind == LEAF and last.type.major == b"application"


def test_lines_that_only_look_like_delimiters() -> None:
    near = MIXED + b"--b\n\nx" + b"\n--x" * MISS_LIMIT
    assert len(tree(wire(near + b"\n--b\n\n")).children) == 2
    assert len(tree(wire(near + b"\n--x\n--b\n\n")).children) == 1
    assert len(tree(wire(MIXED + b"--b\n\n--" + b" " * 100_000 + b"\n--b")).children) == 2


def test_a_deep_chain_of_messages() -> None:
    entity, depth = tree(b"Content-Type: message/rfc822\r\n\r\n" * 5000), 0
    while entity.part.kind == MESSAGE:
        (entity,), depth = entity.children, depth + 1
    assert depth == DEPTH_LIMIT
