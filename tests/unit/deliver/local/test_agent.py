"""The whole of local(8) on a little site: order of precedence, rights, forwarding, loops, duplicates."""

import mailbox
import os
import subprocess

import pytest

from pymaster.model.envelope import VERIFY_ONLY
from pymaster.util.errors import Fatal, LookupFailed

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


# LO01: for each feature what it does, in the order of precedence.
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
    ("", 'unknown user: "who+ext"'),
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


def test_luser_relay_names(site):
    site.deliver(b"who+ext@h.example", "luser_relay = $local-$user-$extension${recipient_delimiter}x@else.example")
    assert site.forwarded[0].recipients[0].address == b"who+ext-who-ext+x@else.example"


def test_luser_relay_to_itself_ends(site):
    assert site.deliver(b"who@h.example", "luser_relay = other@h.example").reason == 'unknown user: "other"'


def test_luser_relay_has_no_special_destinations(site):
    status = site.deliver(b"who@h.example", "luser_relay = |touch@h.example")
    assert status.reason == 'unknown user: "|touch"'


@pytest.mark.parametrize("name", [b"postmaster", b"MAILER-DAEMON"])
def test_required_names(site, name):
    assert site.deliver(name + b"@h.example").reason == "discarded"
    assert any("required alias not found" in line for line in site.sink.lines)


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


def test_ill_tables_defer(site):
    site.aliases[b"bad"] = LookupFailed("down")
    assert site.deliver(b"bad@h.example").reason == "alias database unavailable"
    site.tables["ill"] = {b"joe": LookupFailed("x"), b"who": LookupFailed("x")}
    for setting in ("mailbox_transport_maps", "mailbox_command_maps"):
        assert site.deliver(b"joe@h.example", f"{setting} = ill").word == "deferred"
    assert site.deliver(b"who@h.example", "fallback_transport_maps = ill").word == "deferred"
    site.users[b"ldap"] = LookupFailed("x")
    assert site.deliver(b"ldap@h.example").reason == "user database lookup failure"
    site.aliases[b"unres"] = b"a@broken.example"
    assert site.deliver(b"unres@h.example").word == "deferred"


def test_one_deferral_holds_everything_and_forwards_nothing(site):
    site.aliases[b"list"] = b"joe, who@else.example, x@broken.example"
    assert site.deliver(b"list@h.example").word == "deferred"
    assert site.forwarded == [] and site.children == ()
    assert site.deliver(b"list@h.example").word == "deferred"
    assert len(mailbox.mbox(site.spool / "joe")) == 1  # the journal knows it


def test_a_failure_among_successes_is_reported(site):
    site.aliases[b"list"] = b"joe, nouser, who@else.example"
    status = site.deliver(b"list@h.example")
    assert (status.word, status.reason) == ("bounced", 'unknown user: "nouser"')
    assert len(site.children) == 1


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
def test_files_and_commands_have_the_users_rights(site):
    site.write(
        "home/joe/.forward",
        b'"|id -u; id -G > %s/id", %s/home/joe/box' % ((str(site.spool).encode(),) + (str(site.folder).encode(),)),
    )
    site.deliver(b"joe@h.example")
    assert (site.spool / "id").read_text() == "20001\n"
    assert os.stat(site.folder / "home/joe/box").st_uid == 20001


@root
def test_another_users_home_is_out_of_reach(site):
    (site.folder / "home/eve").chmod(0o700)
    site.write("home/joe/.forward", b"%s/home/eve/box" % str(site.folder).encode())
    assert site.deliver(b"joe@h.example").word == "deferred"
    assert not (site.folder / "home/eve/box").exists()


@root
def test_root_never_runs_a_command(site):
    site.write("home/root/.forward", b"|id -u > %s/id" % str(site.spool).encode(), owner="root")
    site.deliver(b"root@h.example")
    assert (site.spool / "id").read_text() == "20003\n"


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


def test_command_environment(site):
    command = "/usr/bin/env > %s/env; pwd > %s/pwd" % (site.spool, site.spool)
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
    assert have["PATH"] == "/usr/local/bin:/usr/bin:/bin" and "CLIENT_ADDRESS" not in have
    assert (site.spool / "pwd").read_text() == f"{site.folder}/home/joe\n"


@pytest.mark.parametrize(("code", "word", "dsn"), [(67, "bounced", "5.1.1"), (75, "deferred", "4.3.0")])
def test_command_failures(site, code, word, dsn):
    site.aliases[b"cmd"] = b'"|exit %d"' % code
    status = site.deliver(b"cmd@h.example")
    assert (status.word, status.dsn) == (word, dsn)


def test_restricted_shell(site):
    site.aliases[b"cmd"] = b'"|exit 3"'
    assert site.deliver(b"cmd@h.example", "local_command_shell = /bin/echo -n").word == "sent"


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


def test_names_from_the_network_have_no_power(site):
    for name in (b"|touch x", b"/etc/passwd", b":include:/etc/passwd", b"\\joe"):
        assert site.deliver(name + b"@h.example").dsn == "5.1.1"
    assert site.deliver(b"@h.example").dsn == "5.1.3"


def test_verify_only_touches_nothing(site):
    site.aliases[b"all"] = b"joe, |/bin/true, /tmp/file, x@else.example"
    site.deliver(b"all@h.example", flags=VERIFY_ONLY)
    reasons = [line.partition("status=")[2] for line in site.sink.lines]
    assert reasons == [
        "sent (delivers to mailbox)",
        "sent (delivers to command: /bin/true)",
        "sent (delivers to file: /tmp/file)",
        "sent (forwards to x@else.example)",
    ]
    assert not (site.spool / "joe").exists() and site.children == ()


def test_home_maildir_is_delivered_once(site):
    for _ in range(2):
        assert site.deliver(b"joe@h.example", "home_mailbox = Maildir/").reason == "delivered to maildir"
    (name,) = os.listdir(site.folder / "home/joe/Maildir/new")
    assert name.endswith(".QQ1R0.h.example")


def test_spool_maildir(site):
    assert site.deliver(b"joe@h.example", f"mail_spool_directory = {site.spool}/").reason == "delivered to maildir"
    assert len(os.listdir(site.spool / "joe/new")) == 1


def test_require_home_directory(site):
    (site.folder / "home/joe").rmdir()
    assert site.deliver(b"joe@h.example").word == "sent"
    assert site.deliver(b"joe@h.example", "require_home_directory = yes", queue_id="Q9").word == "deferred"


def test_frozen_delivered_to(site):
    site.aliases[b"list"] = b"x@else.example"
    site.deliver(b"list@h.example")
    site.aliases[b"outer"] = b"list"
    site.deliver(b"outer@h.example")
    site.deliver(b"outer@h.example", "frozen_delivered_to = no")
    assert [f.delivered for f in site.forwarded] == [b"list@h.example", b"outer@h.example", b"list@h.example"]


def test_prepend_delivered_header(site):
    site.deliver(b"joe@h.example", "prepend_delivered_header = forward")
    assert b"Delivered-To" not in site.mbox()


def test_several_recipients_of_one_request(site):
    agent = site.local()
    report = agent.deliver(site.request(b"joe@h.example", b"nouser@h.example", b"eve@h.example"))
    assert [s.word for s in report.statuses] == ["sent", "bounced", "sent"]
    assert report.request == 7


def test_message_that_cannot_be_read(site):
    def gone(queue_id):
        raise OSError(5, "the message is gone from the queue")
        yield b""

    agent = site.local()
    agent.tools.chunks = gone
    assert agent.deliver(site.request(b"joe@h.example")).statuses[0].word == "deferred"


def test_readable_by_other_programs(site):
    site.deliver(b"joe@h.example")
    site.body = [b"Subject: two\nContent-Length: 5\n\nFrom \n\nFrom x\n", b"From", b" split\nlast"]
    site.deliver(b"joe@h.example", queue_id="Q2")
    box = mailbox.mbox(site.spool / "joe")
    assert [m["Subject"] for m in box] == ["test", "two"]
    assert box[1].get_payload() == ">From \n\n>From x\n>From split\nlast\n"
    assert subprocess.run(["grep", "-c", "^From ", str(site.spool / "joe")], capture_output=True).stdout == b"2\n"
