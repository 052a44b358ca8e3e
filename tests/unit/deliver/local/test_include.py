"""Lists in files."""

import os

import pytest

ROOT = os.geteuid() == 0
root = pytest.mark.skipif(not ROOT, reason="needs root")


def test_include(site):
    site.write("list", b"# members\njoe\neve, x@else.example\n|/bin/true\n/tmp/no\n", mode=0o644)
    site.aliases[b"list"] = b":include:%s/list" % str(site.folder).encode()
    status = site.deliver(b"list@h.example")
    assert [r.address for r in site.forwarded[0].recipients] == [b"joe@h.example", b"eve@h.example", b"x@else.example"]
    reasons = [line.partition("status=")[2] for line in site.sink.lines]
    assert reasons[:2] == ["bounced (mail to command is restricted)", "bounced (mail to file is restricted)"]
    assert status.dsn == "5.7.1"


def test_include_may_run_commands_if_configured(site):
    site.write("list", b"|id -u > %s/who\n" % str(site.spool).encode(), mode=0o644)
    site.aliases[b"list"] = b":include:%s/list" % str(site.folder).encode()
    assert site.deliver(b"list@h.example", "allow_mail_to_commands = alias,forward,include").word == "sent"
    assert (site.spool / "who").read_text() == f"{site.users[b'joe'].uid}\n"


def test_include_of_itself_ends(site):
    path = str(site.folder / "list").encode()
    site.write("list", b":include:%s, joe" % path, mode=0o644)
    site.aliases[b"list"] = b":include:%s" % path
    assert site.deliver(b"list@h.example").word == "sent"


@pytest.mark.parametrize("how", ["missing", "relative", "world", "link"])
def test_bad_includes(site, how):
    path = site.write("list", b"joe", mode=0o646 if how == "world" else 0o644)
    if how == "link":
        (site.folder / "l").symlink_to(path)
        path = site.folder / "l"
    name = {"missing": "/no/such", "relative": "list"}.get(how, str(path))
    site.aliases[b"list"] = b":include:" + name.encode()
    status = site.deliver(b"list@h.example")
    assert (status.dsn, status.reason) == ("5.3.5", "mail system configuration error")
