"""Command destinations: environment, rights, statuses."""

import os

import pytest

ROOT = os.geteuid() == 0
root = pytest.mark.skipif(not ROOT, reason="needs root")


@root
def test_root_never_runs_a_command(site):
    site.write("home/root/.forward", b"|id -u > %s/id" % str(site.spool).encode(), owner="root")
    site.deliver(b"root@h.example")
    assert (site.spool / "id").read_text() == "20003\n"


def test_command_environment(site):
    command = f"/usr/bin/env > {site.spool}/env; pwd > {site.spool}/pwd"
    site.deliver(
        b"joe+a;b@h.example",
        f"mailbox_command = {command}\ncommand_execution_directory = $home",
        sender=b"a`id`@x.example",
    )
    have = dict(line.split("=", 1) for line in (site.spool / "env").read_text().split("\n") if "=" in line)
    assert have["USER"] == have["LOGNAME"] == "joe"
    assert have["HOME"] == str(site.folder / "home/joe") and have["SHELL"] == "/bin/sh"
    assert have["EXTENSION"] == "a_b" and have["LOCAL"] == "joe+a_b" and have["DOMAIN"] == "h.example"
    assert have["SENDER"] == "a_id_@x.example" and have["RECIPIENT"] == "joe+a_b@h.example"
    assert have["PATH"] == "/usr/bin:/bin" and "CLIENT_ADDRESS" not in have
    assert (site.spool / "pwd").read_text() == f"{site.folder}/home/joe\n"


def test_the_command_of_an_alias_has_the_name_of_the_alias_and_no_home(site):
    site.aliases[b"cmd"] = b'"|/usr/bin/env > %s/env"' % str(site.spool).encode()
    site.deliver(b"cmd+x@h.example")
    have = dict(line.split("=", 1) for line in (site.spool / "env").read_text().split("\n") if "=" in line)
    assert have["USER"] == have["LOGNAME"] == "cmd" and have["EXTENSION"] == "x"
    assert "HOME" not in have and "SHELL" not in have


@pytest.mark.parametrize(("code", "word", "dsn"), [(67, "bounced", "5.1.1"), (75, "deferred", "4.3.0")])
def test_command_failures(site, code, word, dsn):
    site.aliases[b"cmd"] = b'"|exit %d"' % code
    status = site.deliver(b"cmd@h.example")
    assert (status.word, status.dsn) == (word, dsn)


def test_restricted_shell(site):
    site.aliases[b"cmd"] = b'"|exit 3"'
    assert site.deliver(b"cmd@h.example", "local_command_shell = /bin/echo -n").word == "sent"
