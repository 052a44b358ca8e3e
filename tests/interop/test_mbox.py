"""mutt, alpine, procmail and Dovecot at work on the mbox files that we serve: nobody loses mail, UIDs stay what they are."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from peers import need

from tests.mailboxes import append, mbox_account, message, shown


def terminal(argv: list[str], home: Path, keys: list[bytes]) -> bytes:
    """Run a program on a terminal; each key is typed when the screen has been quiet for a while."""
    env = {**os.environ, "HOME": str(home), "TERM": "xterm", "LANG": "C.UTF-8"}
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe(argv[0], argv, env)
    shown, left, end = b"", list(keys), time.monotonic() + 40
    try:
        while time.monotonic() < end:
            ready = select.select([fd], [], [], 0.5)[0]
            if ready:
                try:
                    block = os.read(fd, 65536)
                except OSError:
                    return shown
                if not block:
                    return shown
                shown += block
            elif left:
                os.write(fd, left.pop(0))
        raise AssertionError(f"{argv[0]} does not end: {shown[-500:]!r}")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(fd)


@pytest.fixture
def box(tmp_path: Path) -> Any:
    account = mbox_account(tmp_path)
    mailbox = account.open("INBOX")
    append(mailbox, *[message(n) for n in range(1, 6)])
    mailbox.store([2], "+", [b"Work", b"\\Flagged"])
    yield mailbox
    account.close()


def procmail(root: Path, number: int) -> None:
    text = b"From: q@example.org\nSubject: message %d\n\nbody\nFrom me\n" % number
    subprocess.run(["procmail", "-f", "x@y", f"DEFAULT={root}/spool/user", "/dev/null"], input=text, check=True)


def mutt(root: Path, keys: str, file: str = "spool/user") -> None:
    (root / "muttrc").write_text(
        f'set folder="{root}/mail"\nset spoolfile="{root}/spool/user"\nset mbox_type=mbox\nset move=no\n'
        "set confirmappend=no\nset confirmcreate=no\nset delete=yes\nset quit=yes\nset sort=mailbox-order\n"
        "set sleep_time=0\nset save_empty=yes\n"
    )
    terminal(["mutt", "-F", str(root / "muttrc"), "-f", str(root / file), "-e", f'push "{keys}"'], root, [])


def content(mailbox: Any) -> dict[int, tuple[set[bytes], bytes]]:
    mailbox.refresh()
    return {uid: (set(flags), data) for uid, (flags, data, _) in shown(mailbox).items()}


def test_procmail_delivers(box: Any, tmp_path: Path) -> None:
    need("procmail")
    for number in (6, 7):
        procmail(tmp_path, number)
    found = content(box)
    assert list(found) == [1, 2, 3, 4, 5, 6, 7]
    assert found[7][1].endswith(b"body\r\nFrom me\r\n")


def test_mutt_reads_flags_deletes_and_saves(box: Any, tmp_path: Path) -> None:
    need("mutt")
    before = content(box)
    mutt(tmp_path, "2<enter><delete-message>4<enter><flag-message>5<enter><display-message>q<sync-mailbox><quit>")
    found = content(box)
    assert {uid: flags for uid, (flags, _) in found.items()} == {1: set(), 3: set(), 4: {b"\\Flagged"}, 5: {b"\\Seen"}}
    assert all(found[uid][1] == before[uid][1] for uid in found)
    # What is saved to a folder of ours gets a UID of that folder.
    account = mbox_account(tmp_path)
    account.create("lists/saved")
    saved = account.open("lists/saved")
    append(saved, message(50), message(51))
    saved.remove([1, 2])
    mutt(tmp_path, "3<enter><save-message>=lists/saved<enter><sync-mailbox><quit>")
    assert {uid: data for uid, (_, data) in content(saved).items()} == {3: before[4][1]}
    assert list(content(box)) == [1, 3, 5]
    account.close()


def test_mutt_keeps_a_mailbox_open(box: Any, tmp_path: Path) -> None:
    """New mail by us and by procmail, and an expunge of ours, while mutt has the mailbox open; then mutt writes."""
    need("mutt")
    need("procmail")
    (tmp_path / "muttrc").write_text(
        f'set folder="{tmp_path}/mail"\nset spoolfile="{tmp_path}/spool/user"\nset move=no\nset delete=yes\nset quit=yes\n'
        "set sort=mailbox-order\nset sleep_time=0\nset timeout=1\nset mail_check=0\nset save_empty=yes\n"
    )
    before = content(box)
    env = {**os.environ, "HOME": str(tmp_path), "TERM": "xterm", "LANG": "C.UTF-8"}
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe("mutt", ["mutt", "-F", str(tmp_path / "muttrc"), "-f", str(tmp_path / "spool" / "user")], env)

    def quiet(key: bytes = b"") -> None:
        os.write(fd, key)
        while select.select([fd], [], [], 0.6)[0]:
            os.read(fd, 65536)

    quiet()
    append(box, message(6))
    quiet(b"j")
    box.store([3], "+", [b"\\Seen"])
    procmail(tmp_path, 7)
    quiet(b"k")
    box.remove([1])
    quiet(b"k")
    quiet(b"=d")
    quiet(b"$")
    with contextlib.suppress(OSError):
        quiet(b"qq")
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(fd)
    found = content(box)
    # Message 1 was removed by us, and one (the first that mutt saw) by mutt; all others keep bytes and UIDs.
    assert set(found) >= {3, 4, 5, 6, 7} and 1 not in found
    assert all(found[uid][1] == before[uid][1] for uid in found.keys() & before.keys())
    assert box.uidvalidity and box.state.uidnext == 8


def test_alpine_takes_over_our_uids_and_keeps_the_pseudo_message(box: Any, tmp_path: Path) -> None:
    need("alpine")
    before, validity = content(box), box.uidvalidity
    (tmp_path / ".pinerc").write_text(
        f"inbox-path={tmp_path}/spool/user\nuser-domain=example.org\nlast-version-used=6.26\n"
        "feature-list=expunge-without-confirm,expunge-without-confirm-everywhere,quit-without-confirm,no-use-fk\n"
    )
    argv = ["alpine", "-p", str(tmp_path / ".pinerc"), "-i", "-f", str(tmp_path / "spool" / "user")]
    terminal(argv, tmp_path, [b"j", b"1", b"\r", b"d", b"x", b"q", b"y", b"q", b"y"])
    found = content(box)
    assert box.uidvalidity == validity and found.keys() < before.keys()
    assert all(found[uid][1] == before[uid][1] for uid in found)
    box.remove(list(found))
    append(box, message(9))
    assert list(content(box)) == [6]
    box.remove([6])
    terminal(argv, tmp_path, [b"q", b"y", b"q", b"y"])
    assert content(box) == {} and box.uidvalidity == validity and box.state.uidnext == 7
    assert b"FOLDER INTERNAL DATA" in (tmp_path / "spool" / "user").read_bytes()


def test_dovecot_and_back(box: Any, tmp_path: Path) -> None:
    need("doveadm")
    if os.geteuid() != 0:
        pytest.skip("Dovecot's mail needs a uid of its own")
    (tmp_path / "conf").write_text(
        f"base_dir={tmp_path}/run\nstate_dir={tmp_path}/state\nlog_path={tmp_path}/log\nssl=no\n"
        f"mail_location=mbox:{tmp_path}/mail:INBOX={tmp_path}/spool/user\nfirst_valid_uid=1\nfirst_valid_gid=1\n"
        "mail_uid=mail\nmail_gid=mail\nmail_privileged_group=\n"
    )
    for folder in [tmp_path, *tmp_path.parents][:3]:
        folder.chmod(0o755)

    def doveadm(*words: str) -> str:
        for path in ("mail", "spool"):
            subprocess.run(["chown", "-R", "mail:mail", str(tmp_path / path)], check=True)
        argv = ["doveadm", "-c", str(tmp_path / "conf"), *words]
        env = {**os.environ, "HOME": str(tmp_path), "USER": "joe"}
        done = subprocess.run(argv, capture_output=True, text=True, env=env, check=True)
        assert not done.stderr
        return done.stdout

    account = mbox_account(tmp_path)
    account.create("lists/a")
    account.subscribe("lists/a")
    account.close()
    before, validity = content(box), box.uidvalidity
    status = ("mailbox", "status", "uidvalidity uidnext messages", "INBOX")
    assert doveadm("mailbox", "list", "-s").split() == ["lists/a"]
    assert doveadm(*status) == f"INBOX messages=5 uidnext=6 uidvalidity={validity}\n"
    told = doveadm("fetch", "uid flags size.virtual", "mailbox", "INBOX").replace("\f", "").split("\n\n")
    assert told[1].split("\n") == ["uid: 2", "flags: \\Flagged Work", f"size.virtual: {len(message(2))}"]
    doveadm("flags", "add", "\\Answered Other", "mailbox", "INBOX", "uid", "3")
    doveadm("expunge", "mailbox", "INBOX", "uid", "1")
    found = content(box)
    assert list(found) == [2, 3, 4, 5] and found[3][0] == {b"\\Answered", b"Other"} and found[2][0] == before[2][0]
    append(box, message(6))
    box.remove([2])
    assert doveadm("fetch", "uid", "mailbox", "INBOX").replace("\f", "").split() == [
        "uid:",
        "3",
        "uid:",
        "4",
        "uid:",
        "5",
        "uid:",
        "6",
    ]
    box.remove([3, 4, 5, 6])
    assert doveadm(*status) == f"INBOX messages=0 uidnext=7 uidvalidity={validity}\n"
    assert content(box) == {} and box.uidvalidity == validity and shutil.which("doveadm")
