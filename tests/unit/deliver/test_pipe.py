import os

import pytest

from pymaster.deliver import pipe
from pymaster.deliver.pipe import Pipe
from pymaster.model.envelope import VERIFY_ONLY, Origin
from pymaster.util.errors import Fatal

ROOT = os.geteuid() == 0


@pytest.fixture
def run(site):
    def go(words, *addresses, main_cf="", **kwargs):
        snapshot = site.snapshot(main_cf)
        agent = Pipe(snapshot, ["user=joe", *words.split(" ")], "mda", lambda queue_id: iter(site.body))
        report = agent.deliver(site.request(*(addresses or (b"Joe+X@H.example",)), **kwargs))
        return report.statuses[0]

    return go


def test_the_message_as_it_is(run, site):
    status = run(f"argv=/usr/bin/tee {site.spool}/out")
    assert (site.spool / "out").read_bytes() == site.body[0]
    assert status.word == "sent" and status.relay == "mda" and status.action == "relayed"
    assert status.reason.startswith("delivered via mda service (Subject: test")
    assert site.sink.lines[-1].startswith("Q1: to=<Joe+X@H.example>, relay=mda, delay=")
    if ROOT:
        assert os.stat(site.spool / "out").st_uid == 20001


def test_all_flags(run, site):
    site.body = [b"Subject: x\n\n.dot\nFrom you\nend"]
    run(f"flags=BDFORX.> argv=/usr/bin/tee {site.spool}/out")
    lines = (site.spool / "out").read_bytes().split(b"\n")
    assert lines[0].startswith(b"From s@x.example  ")
    assert lines[1:] == [
        b"Return-Path: <s@x.example>", b"X-Original-To: Joe+X@H.example", b"Delivered-To: joe+x@h.example",
        b"Subject: x", b"", b"..dot", b">From you", b"end", b"", b"",
    ]  # fmt: skip


def test_line_ends(run, site):
    run(rf"eol=\r\n argv=/usr/bin/tee {site.spool}/out")
    assert (site.spool / "out").read_bytes() == site.body[0].replace(b"\n", b"\r\n")


def test_final_delivery(run):
    assert run("flags=X argv=/bin/true").action == "delivered"
    assert run("argv=/bin/true").reason == "delivered via mda service"


def arguments(run, site, words, *addresses, **kwargs):
    script = site.write("args", b'#!/bin/sh\nfor a; do printf "%%s\\n" "$a"; done > %s/args' % str(site.spool).encode())
    script.chmod(0o755)
    status = run(words.replace("ARGS", f"argv={script}"), *addresses, **kwargs)
    assert status.word == "sent", status.reason
    return (site.spool / "args").read_bytes().split(b"\n")[:-1]


def test_macros(run, site):
    origin = Origin("c.example", "1.2.3.4", "99", helo="helo", protocol="ESMTP", sasl_username="u", sasl_method="m")
    words = "$user $extension $domain $mailbox $original_recipient $nexthop $queue_id $size $client_address"
    got = arguments(run, site, f"ARGS {words} $client_helo $client_port $sasl_username", origin=origin)
    assert got == [
        b"Joe", b"X", b"H.example", b"Joe+X", b"Joe+X@H.example", b"h.example", b"Q1", b"49", b"1.2.3.4",
        b"helo", b"99", b"u",
    ]  # fmt: skip


def test_folding_and_quoting(run, site):
    got = arguments(run, site, "flags=hqu ARGS $sender $recipient $domain", b"A B+c@X.Example", sender=b"s t@Y.example")
    assert got == [b'"s t"@Y.example', b'"a b+c"@x.example', b"x.example"]


def test_null_sender(run, site):
    assert arguments(run, site, "ARGS -f $sender", sender=b"") == [b"-f", b"MAILER-DAEMON"]
    assert arguments(run, site, "null_sender= ARGS -f $sender", sender=b"") == [b"-f", b""]


def test_shell_characters_are_only_characters(run, site):
    got = arguments(run, site, "ARGS $recipient", b"$(touch pwned);`id`|x@h", sender=b"s")
    assert got == [b"$(touch pwned);`id`|x@h"]


def test_several_recipients(run, site):
    assert arguments(run, site, "ARGS -- $recipient", b"a@x", b"b@x") == [b"--", b"a@x", b"b@x"]
    assert run("flags=D argv=/bin/true", b"a@x", b"b@x").dsn == "4.3.5"


def test_size_limit(run):
    status = run("size=10 argv=/bin/true")
    assert (status.word, status.dsn) == ("bounced", "5.2.3")


def test_loop(run, site):
    site.body = [b"Delivered-To: joe+x@h.example\n\n"]
    assert run("flags=D argv=/bin/true").reason == "mail forwarding loop for Joe+X@H.example"
    assert run("argv=/bin/true").word == "sent"


def test_failures(run, site):
    assert run("argv=/bin/false").reason == 'Command died with status 1: "/bin/false"'
    status = run("argv=/no/such")
    assert status.word == "deferred" and status.reason.endswith(
        "pipe: fatal: pipe_command: execvp /no/such: No such file or directory"
    )
    assert run("argv=/bin/sleep 20", main_cf="mda_time_limit = 1s").reason.startswith("Command time limit exceeded")


def test_verify_only(run):
    assert run("argv=/bin/false", flags=VERIFY_ONLY).reason == "delivers to command: /bin/false"


def test_directory(run, site):
    assert run("directory=/usr argv=/bin/pwd").reason == "delivered via mda service (/usr)"


@pytest.mark.skipif(not ROOT, reason="needs root")
@pytest.mark.parametrize("user", ["root", "nobody2", "nosuch", "joe:root", "joe:nosuchgroup"])
def test_privileged_users_are_refused(site, user):
    with pytest.raises(Fatal):
        pipe.identity(user, "nobody2")


def test_group(site):
    if ROOT:
        assert pipe.identity("joe:mail", "nobody2").gid == 8
    assert pipe.identity("joe", "nobody2").uid == site.users[b"joe"].uid
