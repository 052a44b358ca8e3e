"""parttree - where the parts of a message lie, packed for the cache: BODY[2.1] becomes a slice.

A tree of nodes in preorder. Offsets are octets of the wire form. A multipart's children are its parts, a message/rfc822's
only child is the message inside (a node for its header and body, which may itself be a multipart).
"""

import struct
from dataclasses import dataclass, field

# Kind and flags, encoding, length of the charset (which follows the node), number of children; then the numbers.
_NODE = struct.Struct("<BBHIQQQQ")
# Kinds of nodes, and transfer encodings.
LEAF, MULTIPART, MESSAGE = 0, 1, 2
IDENTITY, BASE64, QUOTED_PRINTABLE, UNKNOWN = 0, 1, 2, 3


@dataclass(slots=True)
class Part:
    """One entity. Its own header (MIME header) is [header, body), its body [body, end).

    `kind` LEAF, MULTIPART or MESSAGE (a message/rfc822 whose inner message is `children[0]`); `encoding` of the body;
    `lines` of the body; `is_text` whether its type is text/*. `charset`, in lower case, of a leaf that is text to search
    (text/* and message/*; "us-ascii" when it says none), empty for all others.
    """

    kind: int
    header: int
    body: int
    end: int
    lines: int = 0
    encoding: int = IDENTITY
    is_text: bool = False
    children: list["Part"] = field(default_factory=list)
    charset: bytes = b""


def pack(root: Part) -> bytes:
    """A tree as bytes; iterative, for depth is the sender's choice (bounded by who built it)."""
    out, stack = [], [root]
    while stack:
        part = stack.pop()
        kind = part.kind | (4 if part.is_text else 0)
        children, charset = part.children, part.charset
        out.append(
            _NODE.pack(kind, part.encoding, len(charset), len(children), part.header, part.body, part.end, part.lines)
        )
        if charset:
            out.append(charset)
        if children:
            stack.extend(reversed(children))
    return b"".join(out)


def unpack(data: bytes) -> Part:
    """The tree in `data`; raises ValueError when it is none."""
    root: Part | None = None
    open_: list[tuple[Part, int]] = []
    pos, size = 0, len(data)
    while pos < size:
        if pos + _NODE.size > size:
            raise ValueError("not a part tree")
        kind, encoding, length, count, header, body, end, lines = _NODE.unpack_from(data, pos)
        pos += _NODE.size + length
        part = Part(kind & 3, header, body, end, lines, encoding, bool(kind & 4), [], data[pos - length : pos])
        if root is None:
            root = part
        elif not open_:
            raise ValueError("more than one root")
        else:
            parent, left = open_.pop()
            parent.children.append(part)
            if left > 1:
                open_.append((parent, left - 1))
        if count:
            open_.append((part, count))
    if root is None or open_ or pos != size:
        raise ValueError("unfinished part tree")
    return root


def find(root: Part, path: tuple[int, ...]) -> Part | None:
    """The part that a section number names (RFC 3501 section 6.4.5); None when there is none.

    Part 1 of what is no multipart is that very entity; numbers go through a message/rfc822 into the message inside.
    """
    node = root
    container: Part | None = root
    for number in path:
        if container is None:
            return None
        if container.kind == MULTIPART:
            if not 1 <= number <= len(container.children):
                return None
            node = container.children[number - 1]
        elif number == 1:
            node = container
        else:
            return None
        container = inside(node)
    return node


def inside(node: Part) -> Part | None:
    """The entity in which the next number of a section counts; None for a leaf."""
    if node.kind == MULTIPART:
        return node
    return node.children[0] if node.kind == MESSAGE and node.children else None
