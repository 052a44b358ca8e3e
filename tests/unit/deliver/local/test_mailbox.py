"""A user's own mailbox: forms, rights, traps."""

import mailbox
import os
import subprocess

import pytest

from pymaster.util.errors import Fatal

ROOT = os.geteuid() == 0
root = pytest.mark.skipif(not ROOT, reason="needs root")


def test_mailbox(site):
    status = site.deliver(b"Joe@h.example")
    assert (status.word, status.reason, status.dsn, status.relay) == ("sent", "delivered to mailbox", "2.0.0", "local")
    lines = site.mbox().split(b"\n")
    assert lines[0].startswith(b"From s@x.example  ")
    assert lines[1:4] == [
        b"Return-Path: <s@x.example>",
        b"X-Original-To: Joe@h.example",
        b"Delivered-To: joe@h.example",
    ]
    assert lines[4:] == [b"Subject: test", b"From: a@b.example", b"", b"hello", b">From here", b"", b""]
    assert site.sink.lines[0].startswith("Q1: to=<Joe@h.example>, relay=local, delay=1, delays=0.5/0.5/0/")
    assert site.sink.lines[0].endswith("dsn=2.0.0, status=sent (delivered to mailbox)")
    assert len(mailbox.mbox(site.spool / "joe")) == 1
    if ROOT:
        assert os.stat(site.spool / "joe").st_uid == 20001


@root
@pytest.mark.parametrize("mode", [0o1777, 0o2775, 0o755])
def test_spool_rights(site, mode):
    os.chown(site.spool, 0, 8)
    site.spool.chmod(mode)
    assert site.deliver(b"joe@h.example").reason == "delivered to mailbox"
    found = os.stat(site.spool / "joe")
    assert (found.st_uid, found.st_mode & 0o777) == (20001, 0o600)
    assert not (site.spool / "joe.lock").exists()
    assert site.deliver(b"joe@h.example", queue_id="Q2").reason == "delivered to mailbox"
    assert len(mailbox.mbox(site.spool / "joe")) == 2


@pytest.mark.parametrize("trap", ["link", "hard", "fifo", "folder"])
def test_traps_in_the_spool(site, trap):
    path, other = site.spool / "joe", site.folder / "other"
    other.write_bytes(b"")
    if trap == "link":
        path.symlink_to(other)
    elif trap == "hard":
        os.link(other, path)
    elif trap == "fifo":
        os.mkfifo(path)
    else:
        path.mkdir()
    status = site.deliver(b"joe@h.example")
    assert status.word == "deferred"
    assert status.reason.startswith(f"cannot update mailbox {path} for user joe. ")
    assert other.read_bytes() == b""


@root
def test_a_mailbox_of_another_user(site):
    (site.spool / "joe").write_bytes(b"")
    os.chown(site.spool / "joe", 20002, 20002)
    (site.spool / "joe").chmod(0o666)
    status = site.deliver(b"joe@h.example")
    assert status.word == "deferred" and status.reason.endswith("destination is not owned by recipient")
    assert site.deliver(b"joe@h.example", "strict_mailbox_ownership = no").word == "sent"


def test_mailbox_limit(site):
    limits = "message_size_limit = 100\nmailbox_size_limit = 120"
    status = site.deliver(b"joe@h.example", limits)
    assert (status.word, status.dsn) == ("bounced", "5.2.2") and "File too large" in status.reason
    assert site.mbox() == b""
    with pytest.raises(Fatal, match="mailbox_size_limit is smaller than message_size_limit"):
        site.local("mailbox_size_limit = 1000")
    site.local("mailbox_size_limit = 0")


def test_home_maildir_is_delivered_once(site):
    for _ in range(2):
        assert site.deliver(b"joe@h.example", "home_mailbox = Maildir/").reason == "delivered to maildir"
    (name,) = os.listdir(site.folder / "home/joe/Maildir/new")
    assert name.endswith(".QQ1R0.h.example,S=133,W=141")


def test_spool_maildir(site):
    assert site.deliver(b"joe@h.example", f"mail_spool_directory = {site.spool}/").reason == "delivered to maildir"
    assert len(os.listdir(site.spool / "joe/new")) == 1


def test_prepend_delivered_header(site):
    site.deliver(b"joe@h.example", "prepend_delivered_header = forward")
    assert b"Delivered-To" not in site.mbox()


def test_readable_by_other_programs(site):
    site.deliver(b"joe@h.example")
    site.body = [b"Subject: two\nContent-Length: 5\n\nFrom \n\nFrom x\n", b"From", b" split\nlast"]
    site.deliver(b"joe@h.example", queue_id="Q2")
    box = mailbox.mbox(site.spool / "joe")
    assert [m["Subject"] for m in box] == ["test", "two"]
    assert box[1].get_payload() == ">From \n\n>From x\n>From split\nlast\n"
    assert subprocess.run(["grep", "-c", "^From ", str(site.spool / "joe")], capture_output=True).stdout == b"2\n"
