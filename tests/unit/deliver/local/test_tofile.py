"""File destinations and whose rights they have."""

import os

import pytest

ROOT = os.geteuid() == 0
root = pytest.mark.skipif(not ROOT, reason="needs root")


@root
def test_files_and_commands_have_the_users_rights(site):
    site.write(
        "home/joe/.forward",
        b'"|id -u; id -G > %s/id", %s/home/joe/box' % ((str(site.spool).encode(), str(site.folder).encode())),
    )
    site.deliver(b"joe@h.example")
    assert (site.spool / "id").read_text() == "20001\n"
    assert os.stat(site.folder / "home/joe/box").st_uid == 20001


def test_restrictions_on_files_and_commands(site):
    site.aliases |= {b"cmd": b"|/bin/true", b"file": b"/dev/null"}
    assert site.deliver(b"file@h.example").reason == "delivered to file: /dev/null"
    for name in (b"cmd", b"file"):
        off = "allow_mail_to_commands =\nallow_mail_to_files ="
        assert site.deliver(name + b"@h.example", off).dsn == "5.7.1"


def test_executable_file_is_refused(site):
    path = site.write("prog", b"", owner="nobody", mode=0o755)
    site.aliases[b"file"] = str(path).encode()
    status = site.deliver(b"file@h.example")
    assert (status.word, status.dsn) == ("bounced", "5.7.1")
