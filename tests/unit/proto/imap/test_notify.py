"""Arguments of NOTIFY (RFC 5465 section 8)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.imap import notify
from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.notify import BadEvent, Request, parse_notify


def parse(text: bytes) -> Request[bytes]:
    args = Cursor([b" " + text], [])
    return parse_notify(args, args.atom)


def test_none() -> None:
    assert parse(b"none") == Request()


def test_groups() -> None:
    found = parse(
        b"SET STATUS (selected MessageNew) (SUBTREE (a b) (MessageNew MessageExpunge FlagChange)) (mailboxes x NONE)".replace(
            b"selected MessageNew", b"selected-delayed (messagenew (uid flags) MESSAGEEXPUNGE)"
        )
    )
    assert found.status
    assert [group.kind for group in found.groups] == [notify.SELECTED_DELAYED, notify.SUBTREE, notify.MAILBOXES]
    assert found.groups[0].items == [b"uid", b"flags"]
    assert found.groups[0].events == {notify.NEW, notify.EXPUNGE}
    assert found.groups[1].names == [b"a", b"b"]
    assert found.groups[2].names == [b"x"]
    assert not found.groups[2].events


@pytest.mark.parametrize(
    "text",
    [
        b"", b"SET", b"SET STATUS", b"SET ()", b"SET (personal)", b"SET (personal ())", b"SET (foo (MailboxName))", b"NONE x", b"SOME",
        b"SET (personal (MessageNew))", b"SET (personal (MessageExpunge))", b"SET (personal (FlagChange))",
        b"SET (personal (MessageNew (UID) MessageExpunge))", b"SET (selected (MailboxName))", b"SET (subtree (MailboxName))",
        b"SET (selected NONE) (selected-delayed NONE)", b"SET (personal (MailboxName)", b"SET (personal (MailboxName)) ",
        b"SET (selected (MessageNew () MessageExpunge))", b"SET " + b" ".join([b"(personal NONE)"] * 200),
        b"SET (mailboxes (" + b" ".join([b"a"] * 2000) + b") NONE)",
    ],
)  # fmt: skip
def test_bad(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        parse(text)


@pytest.mark.parametrize("event", [b"ServerMetadataChange", b"MailboxMetadataChange", b"SomethingElse"])
def test_events_that_are_not_told(event: bytes) -> None:
    with pytest.raises(BadEvent):
        parse(b"SET (personal (MailboxName %s))" % event)


def test_annotations_are_not_told() -> None:
    with pytest.raises(BadEvent):
        parse(b"SET (selected (MessageNew MessageExpunge AnnotationChange))")


WORDS = st.sampled_from(
    [
        b"SET",
        b"STATUS",
        b"NONE",
        b"(",
        b")",
        b" ",
        b"personal",
        b"selected",
        b"MessageNew",
        b"MessageExpunge",
        b"subtree",
        b"x",
        b'"',
    ]
)


@given(st.lists(WORDS, max_size=20).map(b"".join) | st.binary(max_size=60))
def test_any_bytes(text: bytes) -> None:
    try:
        parse(text)
    except (BadSyntax, BadEvent):
        return
