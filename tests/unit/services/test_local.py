import os
import pwd

import pytest


@pytest.fixture
def spool(bench):
    path = bench.folder / "mail"
    path.mkdir()
    path.chmod(0o1777)
    return path


def main_cf(spool, alias="x=y", more=""):
    return f"alias_maps = inline:{{ {alias} }}\nmail_spool_directory = {spool}\ndefault_privs = daemon\n{more}\n"


def test_a_real_user(bench, spool):
    name = "daemon" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    (report,) = bench.deliver("local", main_cf(spool), [bench.store(name.encode() + b"@h.example")])
    assert report.statuses[0].reason == "delivered to mailbox"
    assert (spool / name).read_bytes().endswith(b"Subject: test\n\nhello\n\n")


def test_forwarding_makes_a_child(bench, spool):
    body = b"Subject: big\n\n" + b"x" * 1_300_000 + b"\n"
    requests = [bench.store(b"team@h.example"), bench.store(b"team@h.example", body=body)]
    small, large = bench.deliver("local", main_cf(spool, "team=a@else.example"), requests)
    (child,) = small.children
    assert small.statuses[0].reason == f"forwarded as {child.envelope.queue_id}"
    assert small.statuses[0].action == "expanded"
    assert [r.address for r in child.envelope.recipients] == [b"a@else.example"]
    assert b"".join(child.body).count(b"Delivered-To: team@h.example\n") == 1
    assert large.children[0].body == () and large.children[0].staged == large.children[0].envelope.queue_id


def test_an_alias_to_an_alias_is_resolved_here(bench, spool):
    aliases = "team=lead lead=|/bin/true"
    (report,) = bench.deliver("local", main_cf(spool, aliases), [bench.store(b"team@h.example")])
    assert report.statuses[0].reason == "delivered to command: /bin/true"


def test_a_transport_that_is_not_there(bench, spool):
    text = main_cf(spool, more="mailbox_transport = lmtp:unix:private/none")
    (report,) = bench.deliver("local", text, [bench.store(b"x1@h.example")])
    assert report.statuses[0].reason == "mail transport unavailable"


def test_unknown_user(bench, spool):
    (report,) = bench.deliver("local", main_cf(spool), [bench.store(b"no-such-user@h.example")])
    assert report.statuses[0].reason == 'unknown user: "no-such-user"'
