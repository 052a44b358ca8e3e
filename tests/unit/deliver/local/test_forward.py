""".forward files, trusted and not."""

import mailbox
import os

import pytest

ROOT = os.geteuid() == 0
root = pytest.mark.skipif(not ROOT, reason="needs root")


def test_forward_file(site):
    site.write("home/joe/.forward", b"# comment\n\\joe, joe\nx@else.example\n")
    site.deliver(b"joe@h.example")
    assert len(mailbox.mbox(site.spool / "joe")) == 1
    assert [r.address for r in site.forwarded[0].recipients] == [b"x@else.example"]
    assert site.forwarded[0].delivered == b"joe@h.example"


def test_forward_of_an_extension(site):
    site.write("home/joe/.forward", b"plain@else.example")
    site.write("home/joe/.forward+work", b"work@else.example")
    site.deliver(b"joe@h.example")
    site.deliver(b"joe+work@h.example")
    site.deliver(b"joe+none@h.example")
    found = [f.recipients[0].address.split(b"@")[0] for f in site.forwarded]
    assert found == [b"plain", b"work", b"plain"]


def test_forward_to_another_local_user_is_a_new_message(site):
    site.write("home/joe/.forward", b"eve")
    site.deliver(b"joe@h.example")
    assert site.forwarded[0].recipients[0].address == b"eve@h.example"


def test_empty_forward_means_none(site):
    site.write("home/joe/.forward", b"\n# nothing\n")
    assert site.deliver(b"joe@h.example").reason == "delivered to mailbox"


@pytest.mark.parametrize("how", ["world", "group", "owner", "link", "folder", "big", "fifo"])
def test_forward_files_that_cannot_be_trusted_are_ignored(site, how):
    path = site.folder / "home/joe/.forward"
    if how == "fifo":
        os.mkfifo(path)
    else:
        site.write("home/joe/.forward", b"x@else.example" + b"\n" * (2 << 20 if how == "big" else 0))
    if how == "world":
        path.chmod(0o606)
    elif how == "group":
        if ROOT:
            os.chown(path, 20001, 4)
        path.chmod(0o660)
    elif how == "owner":
        if not ROOT:
            pytest.skip("needs root")
        os.chown(path, 20002, 20002)
        path.chmod(0o644)
    elif how == "link":
        path.rename(path.with_name("real"))
        path.symlink_to("real")
    elif how == "folder":
        path.parent.chmod(0o777)
    if how == "group" and not ROOT:
        return
    assert site.deliver(b"joe@h.example").reason == "delivered to mailbox"
    assert any("ignored" in line for line in site.sink.lines)


@root
def test_another_users_home_is_out_of_reach(site):
    (site.folder / "home/eve").chmod(0o700)
    site.write("home/joe/.forward", b"%s/home/eve/box" % str(site.folder).encode())
    assert site.deliver(b"joe@h.example").word == "deferred"
    assert not (site.folder / "home/eve/box").exists()
