"""Aliases, lists with owners, loops."""

import os

import pytest

ROOT = os.geteuid() == 0
root = pytest.mark.skipif(not ROOT, reason="needs root")


def test_alias_with_many_kinds(site):
    path = site.folder / "out"
    out = site.folder / "files"
    out.mkdir()
    out.chmod(0o777)
    site.aliases[b"all"] = b'joe, eve, joe, "|/bin/cat > %s", %s/file, %s/dir/, who@else.example' % (
        str(out / "cmd").encode(),
        str(out).encode(),
        str(out).encode(),
    )
    status = site.deliver(b"all@h.example")
    assert status.word == "sent"
    reasons = [line.partition("status=")[2] for line in site.sink.lines]
    assert reasons == [
        "sent (delivered to mailbox)",
        "sent (delivered to mailbox)",
        f"sent (delivered to command: /bin/cat > {out}/cmd)",
        f"sent (delivered to file: {out}/file)",
        "sent (delivered to maildir)",
        "sent (forwarded as NEW1)",
    ]
    assert (out / "cmd").read_bytes().startswith(b"From s@x.example  ")
    assert b"\nFrom here\n" in (out / "cmd").read_bytes()
    assert (out / "file").read_bytes().endswith(b">From here\n\n")
    assert len(os.listdir(out / "dir/new")) == 1
    assert site.sink.lines[0].startswith("Q1: to=<joe@h.example>, orig_to=<all@h.example>, relay=local")
    if ROOT:
        assert os.stat(out / "file").st_uid == 20003  # default_privs: the table belongs to nobody in particular
    assert not path.exists()
    assert len(site.children) == 1


def test_alias_that_names_itself_reaches_the_user(site):
    site.aliases[b"joe"] = b"joe, eve"
    assert site.deliver(b"joe@h.example").word == "sent"
    assert site.mbox("joe") and site.mbox("eve")


def test_alias_loop_ends(site):
    site.aliases[b"a"], site.aliases[b"b"] = b"b", b"a"
    status = site.deliver(b"a@h.example")
    assert (status.word, status.dsn) == ("bounced", "5.4.6")
    assert status.reason.startswith("alias database loop for")


def test_owner_alias(site):
    site.aliases |= {b"list": b"joe, x@else.example", b"owner-list": b"boss@h.example"}
    status = site.deliver(b"list@h.example")
    assert status.reason.startswith("forwarded as")
    (forwarding,) = site.forwarded
    assert forwarding.sender == b"owner-list@h.example"
    assert [r.address for r in forwarding.recipients] == [b"joe@h.example", b"x@else.example"]
    site.forwarded.clear()
    site.deliver(b"list@h.example", "expand_owner_alias = yes")
    assert site.forwarded[0].sender == b"boss@h.example"
    site.forwarded.clear()
    site.deliver(b"list@h.example", "owner_request_special = no")
    assert site.forwarded[0].sender == b"s@x.example"


def test_reset_owner_alias(site):
    site.aliases |= {b"list": b"child", b"owner-list": b"boss", b"child": b"joe"}
    assert site.deliver(b"list@h.example").reason.startswith("forwarded")
    assert site.deliver(b"list@h.example", "reset_owner_alias = yes").reason == "delivered to mailbox"


def test_frozen_delivered_to(site):
    site.aliases[b"list"] = b"x@else.example"
    site.deliver(b"list@h.example")
    site.aliases[b"outer"] = b"list"
    site.deliver(b"outer@h.example")
    site.deliver(b"outer@h.example", "frozen_delivered_to = no")
    assert [f.delivered for f in site.forwarded] == [b"list@h.example", b"outer@h.example", b"list@h.example"]
