import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.rules import aliases
from pymaster.rules.aliases import ADDRESS, COMMAND, FILE, INCLUDE, MAILBOX, Destination, TooMany, parse, parse_lines


def kinds(text):
    return [(d.kind, d.value) for d in parse(text).destinations]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"joe", [(ADDRESS, b"joe")]),
        (b"joe, jane@x.example", [(ADDRESS, b"joe"), (ADDRESS, b"jane@x.example")]),
        (b"joe jane", [(ADDRESS, b"joe"), (ADDRESS, b"jane")]),
        (b"joe @ x . example", [(ADDRESS, b"joe@x.example")]),
        (b"Joe Doe <joe@x.example>, (comment, with comma) eve", [(ADDRESS, b"joe@x.example"), (ADDRESS, b"eve")]),
        (b"friends: a@x, b@x;", [(ADDRESS, b"a@x"), (ADDRESS, b"b@x")]),
        (b'"joe doe"@x.example', [(ADDRESS, b"joe doe@x.example")]),
        (b'"joe@x.example"', [(ADDRESS, b"joe@x.example")]),
        (b"/var/mail/archive", [(FILE, b"/var/mail/archive")]),
        (b'"/var/mail/a b", /x/', [(FILE, b"/var/mail/a b"), (FILE, b"/x/")]),
        (b'"|/usr/bin/procmail -a, b"', [(COMMAND, b"/usr/bin/procmail -a, b")]),
        (b'|"exit 67"', [(COMMAND, b"exit 67")]),
        (b"|/bin/cat -u", [(COMMAND, b"/bin/cat -u")]),
        (b"| /bin/cat (x)", [(COMMAND, b"/bin/cat (x)")]),
        (rb'"|echo \"hi\" \\ x"', [(COMMAND, b'echo "hi" \\ x')]),
        (b":include:/etc/list", [(INCLUDE, b"/etc/list")]),
        (b'":Include: /etc/my list"', [(INCLUDE, b"/etc/my list")]),
        (b":INCLUDE: /etc/list", [(INCLUDE, b"/etc/list")]),
        (rb"\joe, joe@x", [(MAILBOX, b"joe"), (ADDRESS, b"joe@x")]),
        (rb'"\\joe"', [(MAILBOX, b"joe")]),
        (b"", []),
        (b" , ,,", []),
        (b"a\n b", [(ADDRESS, b"a"), (ADDRESS, b"b")]),
    ],
)
def test_destinations(text, found):
    assert kinds(text) == found


@pytest.mark.parametrize("text", [b"|", b'"|"', b":include:", b'""', b"a@b\0c", b'"/a\0b"', b"<>", rb"\ "])
def test_junk_is_named(text):
    made = parse(text)
    assert made.destinations == () and made.junk


def test_files_of_lines():
    text = b"# comment, with comma\njoe,\n eve # no comment\n\n|cmd one, two\n:include:/x\nlast"
    assert [d.value for d in parse_lines(text).destinations] == [
        b"joe", b"eve", b"#", b"no", b"comment", b"cmd one", b"two", b"/x", b"last",
    ]  # fmt: skip


def test_a_quote_does_not_reach_over_lines():
    assert parse_lines(b'"|cmd\njoe').destinations == (
        Destination(ADDRESS, b"|cmd"), Destination(ADDRESS, b"joe"),
    ) or [d.value for d in parse_lines(b'"|cmd\njoe').destinations][-1] == b"joe"  # fmt: skip


def test_bounds(monkeypatch):
    monkeypatch.setattr(aliases, "MAX_DESTINATIONS", 10)
    with pytest.raises(TooMany):
        parse(b",".join([b"a"] * 11))
    with pytest.raises(TooMany):
        parse_lines(b"a\n" * 11)
    with pytest.raises(TooMany):
        parse(b"x" * (aliases.MAX_LINE + 1))


@given(st.binary(max_size=300))
def test_any_bytes_give_clean_destinations(text):
    for made in (*parse(text).destinations, *parse_lines(text).destinations):
        assert made.value and b"\0" not in made.value and b"\n" not in made.value
        assert made.kind in (ADDRESS, FILE, COMMAND, INCLUDE, MAILBOX)


@given(
    st.lists(st.sampled_from([b'"', b"\\", b",", b"(", b")", b"|", b"/", b":include:", b"<", b">", b";", b" ", b"a@b"]))
)
def test_any_mixture_of_special_characters(pieces):
    parse(b"".join(pieces))


@pytest.mark.parametrize("piece", [b"(", b'"', b"\\", b",", b"(a", b'"a" ', b"<", b"a ", b"(\\", b"a@b,"])
def test_cost_grows_with_length_only(piece):
    text = piece * (200_000 // len(piece))
    begun = time.perf_counter()
    try:
        parse(text)
    except TooMany:
        pass
    assert time.perf_counter() - begun < 3.0
