"""Local delivery by a real mail system that root started: aliases, lists, commands, files, .forward, luser_relay, pipe."""

import os
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness import MailSystem, eventually

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

ALIASES = """
team: daemon, games, extern@test.example
list: :include:{base}/members
owner-list: daemon
file: {base}/out/file
dir: {base}/out/dir/
command: "|cat > {base}/out/command"
fail: "|echo 5.7.1 not today; exit 77"
nested: inner, games
inner: daemon
"""


@pytest.fixture
def mail():
    system = MailSystem(
        {
            "mydestination": "local.example",
            "myorigin": "local.example",
            "local_recipient_maps": "",
            "default_privs": "games",
            "recipient_delimiter": "+",
            "transport_maps": "inline:{ piped.example=mda: }",
        },
        MailSystem.DEFAULT_MASTER
        + "mda unix - n n - - pipe flags=DRX user=games argv=/usr/bin/tee {out}/pipe-${user}\n",
        root=True,
    )
    base = system.base
    system.main |= {
        "alias_maps": f"hash:{base}/aliases",
        "mail_spool_directory": f"{base}/spool",
        "forward_path": f"{base}/forward/$user",
        "luser_relay": "games@$domain",
    }
    system.master = system.master.replace("{out}", f"{base}/out")
    system.write()
    (base / "aliases").write_text(ALIASES.format(base=base))
    (base / "members").write_text("# the members\ngames\nextern@test.example\n")
    (base / "forward").mkdir()
    for name in ("spool", "out"):
        (base / name).mkdir()
        (base / name).chmod(0o1777)
    (base / "mail/user").mkdir()
    os.chown(base / "mail/user", system.uid, system.gid)
    system.main["virtual_mailbox_maps"] = "inline:{ extern@test.example=user/ }"
    system.write()
    with system:
        yield system
        print(system.log_text()[-6000:], system.errors())  # shown when a test fails


def send(mail, *recipients, body=b"hello\r\nFrom here\r\n"):
    mail.smtp(sender="s@else.example", recipients=list(recipients), data=b"Subject: x\r\n\r\n" + body)


def count(path):
    return path.read_bytes().count(b"\nSubject: x\n") if path.exists() else 0


def test_all_kinds_of_destinations(mail):
    base = mail.base
    send(mail, "team@local.example")
    send(mail, "list@local.example")
    for name in ("file", "dir", "command", "nested", "nosuch+x", "Daemon+y"):
        send(mail, f"{name}@local.example")
    send(mail, "someone@piped.example")
    eventually(lambda: count(base / "spool/daemon") == 3, 20)  # team, nested, daemon
    eventually(lambda: count(base / "spool/games") == 4, 20)  # team, list, nested, luser_relay
    eventually(lambda: len(list((base / "mail/user/new").glob("*"))) == 2, 20)  # team, list
    eventually(lambda: count(base / "out/file") == 1 and count(base / "out/command") == 1)
    eventually(lambda: count(base / "out/pipe-someone") == 1)
    assert len(list((base / "out/dir/new").iterdir())) == 1
    assert os.stat(base / "spool/daemon").st_uid == 1
    text = mail.log_text()
    for line in (
        r"status=sent (delivered to mailbox)",
        r"status=sent (forwarded as ",
        f"status=sent (delivered to file: {base}/out/file)",
        f"status=sent (delivered to command: cat > {base}/out/command)",
        "status=sent (delivered to maildir)",
        "relay=mda, ",
    ):
        assert line in text, line
    member = next(p.read_bytes() for p in (base / "mail/user/new").iterdir() if b"owner-list@local" in p.read_bytes())
    assert member.startswith(b"Return-Path: <owner-list@local.example>\n")
    assert b"\nDelivered-To: list@local.example\n" in member
    assert not list(Path(mail.queue, "deferred").glob("*")) if Path(mail.queue, "deferred").exists() else True


def test_forward_loop_and_failure(mail):
    base = mail.base
    forward = base / "forward/daemon"
    forward.write_text("\\daemon, extern@test.example\n")
    os.chown(forward, 1, 1)
    send(mail, "daemon@local.example")
    eventually(lambda: count(base / "spool/daemon") == 1, 20)
    eventually(lambda: len(list((base / "mail/user/new").glob("*"))) == 1, 20)
    send(mail, "daemon@local.example", body=b"x\r\n")
    mail.smtp(
        sender="",
        recipients=["daemon@local.example"],
        data=b"Delivered-To: daemon@local.example\r\nSubject: x\r\n\r\nloop\r\n",
    )
    mail.wait_log(r"dsn=5\.4\.6, status=bounced \(mail forwarding loop for daemon@local\.example\)", 20)
    mail.smtp(sender="", recipients=["fail@local.example"], data=b"Subject: x\r\n\r\n")
    mail.wait_log(r"dsn=5\.7\.1, status=bounced \(not today\)", 20)


def test_a_killed_agent_loses_and_repeats_nothing(mail):
    base = mail.base
    total, sent = 60, 0
    for round_ in range(6):
        for _ in range(total // 6):
            send(mail, "dir@local.example", "extern@test.example")
            sent += 1
        for name in ("local", "virtual"):
            for pid in mail.workers(name):
                try:
                    os.kill(pid, 9)
                except ProcessLookupError:
                    continue
        time.sleep(0.05 * round_)

    def done():
        mail.command("postqueue", "-f")
        local, virtual = (len(list((base / d / "new").glob("*"))) for d in ("out/dir", "mail/user"))
        return local >= total and virtual >= total

    eventually(done, 60, 0.5)
    time.sleep(0.5)
    assert len(list((base / "out/dir/new").iterdir())) == len(list((base / "mail/user/new").iterdir())) == total
