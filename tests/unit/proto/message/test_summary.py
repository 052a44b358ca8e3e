"""A message's summary: the example of RFC 3501, wild and hostile input, and that the structures agree with each other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymaster.proto.message import parttree
from pymaster.proto.message.digest import Digest, pack
from pymaster.proto.message.parttree import LEAF, MULTIPART, Part
from pymaster.proto.message.summary import summarize
from tests.cost import cpu
from tests.unit.proto.message.lab import List, hostile, messages, read, wire

EXAMPLE = wire(b"""From: Terry Gray <gray@cac.washington.edu>
To: imap@cac.washington.edu
Cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>
Subject: IMAP4rev1 WG mtg summary and minutes
Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)
Message-Id: <B27397-0100000@cac.washington.edu>
MIME-Version: 1.0
Content-Type: TEXT/PLAIN; CHARSET=US-ASCII

one
two
""")


def test_example_of_the_standard() -> None:
    found = summarize(EXAMPLE)
    assert found.envelope == (
        b'("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev1 WG mtg summary and minutes"'
        b' (("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu"))'
        b' (("Terry Gray" NIL "gray" "cac.washington.edu")) ((NIL NIL "imap" "cac.washington.edu"))'
        b' ((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL'
        b' "<B27397-0100000@cac.washington.edu>")'
    )
    assert found.body == b'("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7bit" 10 2)'
    assert found.bodystructure == b'("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7bit" 10 2 NIL NIL NIL NIL)'
    assert found.header == EXAMPLE[:-10] and found.header_size == len(EXAMPLE) - 10
    assert (found.size, found.lines, found.preview, found.sent) == (len(EXAMPLE), 2, b"one two", 837595405)
    assert (found.subject, found.is_reply) == (b"IMAP4REV1 WG MTG SUMMARY AND MINUTES", False)
    assert (found.from_key, found.to_key, found.cc_key) == (b"GRAY", b"IMAP", b"MINUTES")
    assert (found.from_name, found.to_name) == (b"TERRY GRAY", b"IMAP@CAC.WASHINGTON.EDU")
    assert (found.message_id, found.references) == (b"B27397-0100000@cac.washington.edu", ())
    assert not found.has_attachment and len(found.content_id) == 16
    assert found.content_id != summarize(EXAMPLE + b"x").content_id


def test_keys() -> None:
    found = summarize(
        wire(
            """From: =?iso-8859-1?q?J=FCrgen?= <j@x>
To: Team Ä: a@b;
Cc: "" <C@d>
Subject: AW: Re: =?utf-8?b?w4Q=?=
In-Reply-To: <1@x> <2@x>

""".encode()
        )
    )
    assert found.from_name == "JU\u0308RGEN".encode() and found.to_name == "TEAM A\u0308".encode()
    assert (found.from_key, found.to_key, found.cc_key) == (b"J", "TEAM A\u0308".encode(), b"C")
    assert found.subject == "AW: RE: A\u0308".encode() and not found.is_reply
    assert (found.message_id, found.references, found.sent) == (b"", (b"1@x",), None)
    assert summarize(b"From: <a@b>\r\n\r\n").from_name == b"A@B"


@pytest.mark.parametrize("text", [b"", b"\r\n", b"\n", b"\0", b"a", b"a:b", b"a:b\r\n", b"\r\n\r\n"])
def test_hardly_a_message(text: bytes) -> None:
    found = summarize(text)
    assert found.envelope == b"(" + b" ".join([b"NIL"] * 10) + b")"
    assert read(found.bodystructure)[:2] == [b"text", b"plain"]
    assert found.size == len(text) and found.header == text[: found.header_size]


def test_a_header_is_cut_at_a_megabyte() -> None:
    found = summarize(b"X: " + b"y" * 2_000_000 + b"\r\nSubject: late\r\n\r\nbody")
    assert found.header_size == 2_000_022 and len(found.header) == 1_000_000 and found.preview == b"body"
    assert found.subject == b""


def agree(part: Part, item: List, short: List, outer: tuple[int, int]) -> None:
    """A part and what BODYSTRUCTURE and BODY say of it: numbers of children, sizes, lines, order."""
    assert outer[0] <= part.header <= part.body <= part.end <= outer[1]
    if part.kind == MULTIPART:
        assert len(part.children) == sum(isinstance(inner, list) for inner in item[: len(part.children)])
        assert isinstance(item[len(part.children)], bytes) and len(item) == len(part.children) + 5
        assert len(short) == len(part.children) + 1
        last = part.body
        for child, inner, brief in zip(part.children, item, short, strict=False):
            assert isinstance(inner, list) and isinstance(brief, list) and child.header >= last
            agree(child, inner, brief, (part.body, part.end))
            last = child.end
        return
    assert item[6] == part.end - part.body and item[: len(short)] == [*short[:8], *item[8 : len(short)]]
    if part.kind == LEAF:
        assert (item[0].lower() == b"text") == part.is_text  # type: ignore[union-attr]
        assert len(short) == 7 + part.is_text and len(item) == len(short) + 4
        assert not part.is_text or item[7] == part.lines
        return
    assert item[1].lower() == b"rfc822" and len(short) == 10 and len(item) == 14  # type: ignore[union-attr]
    assert item[9] == part.lines and isinstance(item[7], list) and len(item[7]) == 10
    inner, brief = item[8], short[8]
    assert isinstance(inner, list) and isinstance(brief, list)
    agree(part.children[0], inner, brief, (part.body, part.end))


@settings(max_examples=400, deadline=None)
@given(messages | st.binary(max_size=200))
def test_never_raises_and_its_structures_agree(text: bytes) -> None:
    found = summarize(text)
    root = parttree.unpack(found.parts)
    assert parttree.pack(root) == found.parts
    assert (root.header, root.body, root.end, root.lines) == (0, found.header_size, len(text), found.lines)
    agree(root, read(found.bodystructure), read(found.body), (0, len(text)))
    stack = [root]
    while stack:
        part = stack.pop()
        assert part.lines == text.count(b"\n", part.body, part.end)
        stack.extend(part.children)
    assert len(read(found.envelope)) == 10
    assert len(found.preview.decode()) <= 200 and found.subject.decode() is not None
    assert found.header == text[: found.header_size]
    again = Digest(pack(found))
    assert (again.sent, again.references, again.has_attachment) == (
        found.sent, list(found.references), found.has_attachment)  # fmt: skip


@pytest.mark.parametrize("name", [name for name, _ in hostile(1)])
def test_hostile_messages_cost_what_their_length_costs(name: str) -> None:
    def seconds(count: int) -> float:
        text = dict(hostile(count))[name]
        return cpu(lambda: summarize(text), 3)

    assert seconds(20_000) < 3 * seconds(10_000) + 0.01


def test_depth_and_number_of_parts_are_bounded() -> None:
    texts = dict(hostile(30_000))
    for name in ("parts", "nested", "nested in one boundary", "messages in messages"):
        found = summarize(texts[name])
        root = parttree.unpack(found.parts)
        count = depth = 0
        stack = [(root, 1)]
        while stack:
            part, level = stack.pop()
            count, depth = count + 1, max(depth, level)
            stack.extend((child, level + 1) for child in part.children)
        assert count <= 10_001 and depth <= 101, name
        assert found.bodystructure.count(b"(") == found.bodystructure.count(b")")
