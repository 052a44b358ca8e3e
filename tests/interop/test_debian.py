"""As root, on a copy of Debian's /etc/postfix with the ports moved: what an administrator's first hour looks like."""

import email
import email.policy
import mailbox
import os
import pwd
import re
import shutil
import smtplib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import ROOT, eventually, free_port
from peers import Postfix, need, need_root

USER = "games"


class Debian:
    """pymaster on a copy of /etc/postfix; every change goes through our own postconf."""

    def __init__(self) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="pymaster-debian-"))
        self.base.chmod(0o755)
        self.etc = self.base / "etc"
        self.port = free_port()
        shutil.copytree("/etc/postfix", self.etc)
        for name in ("mail", "out", "forward", "lists"):
            (self.base / name).mkdir()
            (self.base / name).chmod(0o755)
        (self.base / "mail").chmod(0o1777)
        os.chown(self.base / "out", pwd.getpwnam("nobody").pw_uid, -1)
        (self.base / "aliases").write_text(
            f"postmaster: root\nroot: {USER}\nteam: inner, :include:{self.base}/lists/members\ninner: {USER}\n"
            f'program: "|cat > {self.base}/out/program"\nfile: {self.base}/out/file\n'
        )
        (self.base / "lists/members").write_text("daemon\n# a comment\nbin\n")
        self.edit()

    def edit(self) -> None:
        settings = {
            "queue_directory": f"{self.base}/spool",
            "data_directory": f"{self.base}/data",
            "mail_spool_directory": f"{self.base}/mail",
            "alias_maps": f"hash:{self.base}/aliases",
            "alias_database": f"hash:{self.base}/aliases",
            "forward_path": f"{self.base}/forward/$user",
            "maillog_file": f"{self.base}/log",
            "maillog_file_prefixes": "/",
            "myhostname": "lab.test.example",
            "mydestination": "$myhostname, localhost",
            "mailbox_command": "",
            "luser_relay": f"{USER}+lost@$domain",
            "local_recipient_maps": "",
            "smtp_host_lookup": "native",
            "minimal_backoff_time": "2s",
            "queue_run_delay": "2s",
        }
        self.command("postconf", "-e", *[f"{name}={value}" for name, value in settings.items()])
        self.command("postconf", "-M", f"{self.port}/inet={self.port} inet n - y - - smtpd")
        self.command("postconf", "-MX", "smtp/inet")
        self.command("postalias", f"hash:{self.base}/aliases")

    def command(
        self, name: str, *args: str, stdin: bytes = b"", check: bool = True
    ) -> "subprocess.CompletedProcess[bytes]":
        module, function = {"mailq": ("sendmail", "mailq"), "newaliases": ("sendmail", "newaliases")}.get(
            name, (name, "main")
        )
        script = (
            f"import sys; sys.argv[0] = {name!r}; from pymaster.commands.{module} import {function} as m; sys.exit(m())"
        )
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "MAIL_CONFIG": str(self.etc)}
        done = subprocess.run(
            [sys.executable, "-P", "-c", script, *args], input=stdin, capture_output=True, timeout=60, env=env
        )
        assert not check or done.returncode == 0, f"{name} {args}: {done.stderr!r} {self.log()}"
        return done

    def log(self) -> str:
        path = self.base / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def wait_log(self, pattern: str, timeout: float = 20) -> "re.Match[str]":
        try:
            found: re.Match[str] = eventually(lambda: re.search(pattern, self.log()), timeout)
        except AssertionError:
            raise AssertionError(f"{pattern!r} is not in the log:\n{self.log()}") from None
        return found

    def messages(self, user: str) -> list[mailbox.mboxMessage]:
        path = self.base / "mail" / user
        return list(mailbox.mbox(path, create=False)) if path.exists() else []

    def wait_message(self, user: str, subject: str) -> mailbox.mboxMessage:
        def find() -> list[mailbox.mboxMessage]:
            return [m for m in self.messages(user) if m["Subject"] == subject]

        try:
            return eventually(find, 20)[0]  # type: ignore[no-any-return]
        except AssertionError:
            raise AssertionError(f"no {subject!r} for {user}:\n{self.log()}") from None

    def send(self, to: str, subject: str, sender: str = f"{USER}@lab.test.example", body: str = "hello\n") -> None:
        text = f"From: <{sender}>\nTo: <{to}>\nSubject: {subject}\n\n{body}".encode()
        self.command("sendmail", "-i", "-f", sender, to, stdin=text)

    def set(self, **settings: str) -> None:
        self.command("postconf", "-e", *[f"{name}={value}" for name, value in settings.items()])
        before = self.log().count("reload")
        self.command("postfix", "reload")
        eventually(lambda: self.log().count("reload") > before, 10)


@pytest.fixture(scope="module")
def debian() -> Iterator[Debian]:
    need_root()
    need("postfix")
    system = Debian()
    try:
        system.command("pymaster", "setup")
        system.command("postfix", "start")
        yield system
        system.command("postfix", "stop")
    finally:
        pid_file = system.base / "spool/pid/master.pid"
        if pid_file.exists() and Path(f"/proc/{pid_file.read_text().strip()}").exists():
            system.command("postfix", "abort", check=False)
        shutil.rmtree(system.base, ignore_errors=True)


def test_sendmail_reaches_the_mbox_of_a_system_user(debian: Debian) -> None:
    debian.send(USER, "to the mbox", body="line\nFrom the start\n.\n..\nend\n")
    message = debian.wait_message(USER, "to the mbox")
    assert message.get_payload() == "line\n>From the start\n.\n..\nend\n"
    assert message["Return-Path"] == f"<{USER}@lab.test.example>"
    assert message["Delivered-To"] == f"{USER}@lab.test.example"
    assert "from userid 0" in message["Received"]
    path = debian.base / "mail" / USER
    assert path.stat().st_uid == pwd.getpwnam(USER).pw_uid
    debian.wait_log(
        r"postfix/local\[\d+\]: [0-9A-F]+: to=<games@lab\.test\.example>.*status=sent \(delivered to mailbox\)"
    )


def test_aliases(debian: Debian) -> None:
    debian.send("team", "to the team")
    for user in (USER, "daemon", "bin"):
        debian.wait_message(user, "to the team")
    assert len([m for m in debian.messages(USER) if m["Subject"] == "to the team"]) == 1
    debian.send("program", "to a program")
    program = debian.base / "out/program"
    assert b"Subject: to a program" in eventually(lambda: program.exists() and program.read_bytes(), 15)
    debian.send("file", "to a file")
    file = debian.base / "out/file"
    assert b"Subject: to a file" in eventually(lambda: file.exists() and file.read_bytes(), 15)
    debian.send("postmaster", "to the postmaster")
    debian.wait_message(USER, "to the postmaster")
    debian.wait_log(r"status=sent \(delivered to command: cat > ")
    debian.wait_log(r"status=sent \(delivered to file: ")


def test_changed_aliases_hold_for_the_next_message(debian: Debian) -> None:
    path = debian.base / "aliases"
    before = path.read_text()
    path.write_text(f"{before}late: bin\n")
    debian.command("newaliases")
    debian.send("late", "to a new alias")
    debian.wait_message("bin", "to a new alias")
    path.write_text(f"{before}late: daemon\n")
    debian.command("newaliases")
    debian.send("late", "to a changed alias")
    debian.wait_message("daemon", "to a changed alias")
    debian.wait_log(r"postfix/cleanup\[\d+\]: [0-9A-F]+: message-id=")


def test_forward_file(debian: Debian) -> None:
    forward = debian.base / "forward/daemon"
    forward.write_text("sys\n")
    os.chown(forward, pwd.getpwnam("daemon").pw_uid, -1)
    debian.send("daemon", "forwarded")
    message = debian.wait_message("sys", "forwarded")
    assert message.get_all("Delivered-To") == ["sys@lab.test.example", "daemon@lab.test.example"]
    forwarded = debian.wait_log(r"status=sent \(forwarded as ([0-9A-F]+)\)")
    debian.wait_log(f"{forwarded[1]}: removed")
    forward.unlink()


def test_luser_relay(debian: Debian) -> None:
    debian.send("nosuchperson@lab.test.example", "for nobody")
    debian.wait_message(USER, "for nobody")


def test_from_a_real_postfix_and_out_to_one(debian: Debian) -> None:
    with Postfix({"relayhost": f"[127.0.0.1]:{debian.port}"}) as peer:
        peer.sendmail("-f", "someone@peer.example", f"{USER}@lab.test.example", stdin=b"Subject: from Postfix\n\nhi\n")
        message = debian.wait_message(USER, "from Postfix")
        assert "by peer.test.example (Postfix" in " ".join(message.get_all("Received"))
        debian.set(transport_maps=f"inline:{{ peer.example=smtp:[127.0.0.1]:{peer.port} }}")
        debian.send("user@peer.example", "to Postfix", body="a\n.\nb\n")
        got = eventually(peer.mailbox, 20)[0]
        assert got.endswith(b"\n\na\n.\nb\n") and b"Subject: to Postfix" in got
        debian.wait_log(
            r"to=<user@peer\.example>, relay=127\.0\.0\.1\[127\.0\.0\.1\]:\d+, .*dsn=2\.0\.0, status=sent \(250 2\.0\.0 Ok: queued as"
        )


def test_a_dead_next_hop_defers_and_recovers(debian: Debian) -> None:
    port = free_port()
    debian.set(transport_maps=f"inline:{{ dead.example=smtp:[127.0.0.1]:{port} }}")
    debian.send("someone@dead.example", "for the dead hop")
    line = debian.wait_log(r"([0-9A-F]+): to=<someone@dead\.example>, relay=none, .*dsn=4\.4\.1, status=deferred "
                           r"\((connect to 127\.0\.0\.1\[127\.0\.0\.1\]:\d+: Connection refused)\)")  # fmt: skip
    queue_id = line[1]
    listing = eventually(lambda: (t := debian.command("mailq").stdout.decode()) and "Connection refused" in t and t, 10)
    assert listing.startswith("-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------\n")
    shown = (
        rf"(?m)^{queue_id} +\d+ \w{{3}} \w{{3}} [ \d]\d \d\d:\d\d:\d\d  games@lab\.test\.example\n"
        rf" *\({re.escape(line[2])}\)\n {{40}} someone@dead\.example$"
    )
    assert re.search(shown, listing), listing
    assert re.search(r"-- \d+ Kbytes in \d+ Request", listing)
    sink = subprocess.Popen([need("smtp-sink"), "-u", "nobody", f"127.0.0.1:{port}", "10"])
    try:
        debian.command("postqueue", "-f")
        debian.wait_log(rf"{queue_id}: to=<someone@dead\.example>.*status=sent", 30)
        debian.wait_log(f"{queue_id}: removed")
        assert queue_id not in debian.command("mailq").stdout.decode()
    finally:
        sink.kill()
        sink.wait()


def test_a_bounce_comes_back(debian: Debian) -> None:
    debian.set(transport_maps="inline:{ {gone.example = error:5.1.2 no such place} }")
    debian.send("x@gone.example", "will bounce")
    message = debian.wait_message(USER, "Undelivered Mail Returned to Sender")
    report = email.message_from_bytes(bytes(message), policy=email.policy.default)
    assert report.get_content_type() == "multipart/report"
    assert report.get_param("report-type") == "delivery-status"
    text, status, original = report.iter_parts()
    assert "<x@gone.example>" in text.get_content()
    assert status.get_content_type() == "message/delivery-status"
    per_message, per_recipient = status.get_payload()
    assert per_message["Reporting-MTA"] == "dns; lab.test.example"
    assert per_recipient["Final-Recipient"] == "rfc822; x@gone.example"
    assert (per_recipient["Action"], per_recipient["Status"]) == ("failed", "5.1.2")
    assert original.get_content_type() in ("message/rfc822", "text/rfc822-headers")
    assert "will bounce" in original.as_string()
    assert report["Auto-Submitted"] == "auto-replied"
    assert message["Return-Path"] == "<>"


def test_reports_of_sendmail(debian: Debian) -> None:
    port = free_port()
    debian.set(
        transport_maps=f"inline:{{ {{sink.example = smtp:[127.0.0.1]:{port}}}, {{gone.example = error:5.1.2 no}} }}"
    )
    sink = subprocess.Popen([need("smtp-sink"), "-u", "nobody", f"127.0.0.1:{port}", "10"])
    try:
        said = debian.command("sendmail", "-bv", "-f", "sys", "x@sink.example", "y@gone.example", USER).stdout
        assert said == b"Mail Delivery Status Report will be mailed to <sys>.\n"
        probe = debian.wait_message("sys", "Mail Delivery Status Report").as_string()
        assert probe.count("Action: deliverable") == 2 and probe.count("Action: undeliverable") == 1
        debian.wait_log(r"to=<x@sink\.example>.*dsn=2\.1\.5, status=deliverable \(250 2\.1\.5 Ok\)")
        assert "Subject: probe" not in "".join(m.as_string() for m in debian.messages(USER))
        debian.command("sendmail", "-v", "-f", "bin", "x@sink.example", stdin=b"Subject: traced\n\nhi\n")
        trace = debian.wait_message("bin", "Mail Delivery Status Report").as_string()
        assert "Action: relayed" in trace and "delivery via 127.0.0.1[127.0.0.1]:" in trace
    finally:
        sink.kill()
        sink.wait()


def test_smtp_rules(debian: Debian) -> None:
    with smtplib.SMTP("127.0.0.1", debian.port, timeout=20) as client:
        assert client.ehlo()[0] == 250
        for word in ("pipelining", "size", "vrfy", "etrn", "enhancedstatuscodes", "8bitmime", "dsn", "chunking"):
            assert client.has_extn(word), word
        code, text = client.docmd("HELP")
        assert code == 214 and text.startswith(b"2.0.0 Commands: ")
