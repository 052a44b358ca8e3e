"""The order that administrators rely on, and hostile names."""

import os

import pytest

ROOT = os.geteuid() == 0
root = pytest.mark.skipif(not ROOT, reason="needs root")


FEATURES = [
    ("alias", "forwarded as NEW1"),
    ("forward", "forwarded as NEW1"),
    ("transport_maps", "250 ok"),
    ("transport", "250 ok"),
    ("command_maps", "delivered to command: /bin/true maps"),
    ("command", "delivered to command: /bin/true"),
    ("home_mailbox", "delivered to maildir"),
    ("spool", "delivered to mailbox"),
]


SETTINGS = {
    "transport_maps": "mailbox_transport_maps = tm",
    "transport": "mailbox_transport = lmtp:unix:second",
    "command_maps": "mailbox_command_maps = cm",
    "command": "mailbox_command = /bin/true",
    "home_mailbox": "home_mailbox = Maildir/",
}


def arrange(site, features):
    if "alias" in features:
        site.aliases[b"joe"] = b"alias@else.example"
    if "forward" in features:
        site.write("home/joe/.forward", b"forward@else.example\n")
    site.tables["tm"] = {b"joe": b"lmtp:unix:first"}
    site.tables["cm"] = {b"joe": b"/bin/true maps"}
    return "\n".join(SETTINGS[name] for name in features if name in SETTINGS)


@pytest.mark.parametrize("first", range(len(FEATURES)))
def test_order_of_precedence(site, first):
    """With feature N and everything after it configured, N decides."""
    names = [name for name, _ in FEATURES[first:]]
    status = site.deliver(b"joe@h.example", arrange(site, names))
    assert status.reason == FEATURES[first][1]
    if names[0] == "alias":
        assert site.forwarded[0].recipients[0].address == b"alias@else.example"
    elif names[0] == "forward":
        assert site.forwarded[0].recipients[0].address == b"forward@else.example"
    elif names[0].startswith("transport"):
        which = "unix:first" if names[0] == "transport_maps" else "unix:second"
        assert site.handed[0][:2] == ("lmtp", which)


UNKNOWN = [
    ("fallback_transport_maps = fm", "250 ok"),
    ("fallback_transport = lmtp:unix:fall", "250 ok"),
    ("luser_relay = joe@$domain", "delivered to mailbox"),
    ("", 'unknown user: "who"'),
]


@pytest.mark.parametrize("first", range(len(UNKNOWN)))
def test_order_for_unknown_names(site, first):
    site.tables["fm"] = {b"who": b"lmtp:unix:maps"}
    status = site.deliver(b"who+ext@h.example", "\n".join(text for text, _ in UNKNOWN[first:]))
    assert status.reason == UNKNOWN[first][1]
    if first < 2:
        assert site.handed[0][1] == ("unix:maps", "unix:fall")[first]
    assert status.dsn == ("5.1.1" if first == 3 else "2.0.0")


def test_mailbox_transport_takes_unknown_names_too(site):
    assert site.deliver(b"who@h.example", "mailbox_transport = lmtp:x").reason == "250 ok"


def test_alias_bomb_ends(site, monkeypatch):
    monkeypatch.setattr("pymaster.deliver.local.recipient.MAX_STEPS", 2000)
    for level in range(40):
        site.aliases[b"l%d" % level] = b"l%d, l%d" % (level + 1, level + 1)
    assert site.deliver(b"l0@h.example", "duplicate_filter_limit = 1").word == "bounced"


def test_extension_is_tried_first_and_propagated_where_asked(site):
    site.aliases[b"list+x"] = b"joe"
    site.aliases[b"list"] = b"other@else.example"
    assert site.deliver(b"list+x@h.example").reason == "delivered to mailbox"
    site.deliver(b"list+y@h.example")
    site.deliver(b"list+y@h.example", "propagate_unmatched_extensions = alias")
    assert [f.recipients[0].address for f in site.forwarded] == [b"other@else.example", b"other+y@else.example"]


@pytest.mark.parametrize("extension", [b"../../eve/x", b"a/b", b"%2e%2e", b"x" * 65000, b"-rf", b"a\0b"])
def test_hostile_extensions(site, extension):
    site.write("home/joe/.forward", b"plain@else.example")
    site.deliver(b"joe+" + extension + b"@h.example")
    assert site.forwarded[0].recipients[0].address == b"plain@else.example"


def test_loop_by_delivered_to(site):
    site.body = [b"Received: x\nDelivered-To:\n\tJOE@h.example\nSubject: x\n\nDelivered-To: eve@h.example\n"]
    status = site.deliver(b"joe@h.example")
    assert (status.word, status.dsn, status.reason) == ("bounced", "5.4.6", "mail forwarding loop for joe@h.example")
    assert site.deliver(b"eve@h.example").word == "sent"


def test_names_from_the_network_have_no_power(site):
    for name in (b"|touch x", b"/etc/passwd", b":include:/etc/passwd", b"\\joe"):
        assert site.deliver(name + b"@h.example").dsn == "5.1.1"
    assert site.deliver(b"@h.example").dsn == "5.1.3"


def test_require_home_directory(site):
    (site.folder / "home/joe").rmdir()
    assert site.deliver(b"joe@h.example").word == "sent"
    assert site.deliver(b"joe@h.example", "require_home_directory = yes", queue_id="Q9").word == "deferred"
