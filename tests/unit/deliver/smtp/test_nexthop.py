import pytest

from pymaster.deliver.smtp.nexthop import BadNexthop, Hop, parse


@pytest.mark.parametrize(
    ("text", "hop"),
    [
        ("example.net", Hop("example.net", 25, True)),
        ("example.net:587", Hop("example.net", 587, True)),
        ("example.net:submission", Hop("example.net", 587, True)),
        ("[mx.example.net]", Hop("mx.example.net", 25, False)),
        ("[127.0.0.1]:2525", Hop("127.0.0.1", 2525, False)),
        ("[IPv6:::1]:26", Hop("::1", 26, False)),
        ("[::1]", Hop("::1", 25, False)),
    ],
)
def test_smtp_forms(text: str, hop: Hop) -> None:
    assert parse(text, 25, False) == [hop]


def test_lists_and_lmtp() -> None:
    assert [h.host for h in parse("[a]:25, b", 25, False)] == ["a", "b"]
    assert parse("unix:private/dovecot-lmtp", 24, True) == [
        Hop("private/dovecot-lmtp", 0, False, "private/dovecot-lmtp")
    ]
    assert parse("inet:host:2424", 24, True) == [Hop("host", 2424, False)]


@pytest.mark.parametrize("text", ["", "a:b:c", "x:0", "x:99999", "x:nosuchservice", ":25"])
def test_bad_forms(text: str) -> None:
    with pytest.raises(BadNexthop):
        parse(text, 25, False)
