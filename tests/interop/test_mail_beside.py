"""mutt and deliveries at work on a Maildir while an IMAP session has it open: nothing lost, nothing twice, UIDs stay."""

import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import eventually
from peers import need
from people import Person, letter
from terminal import Terminal

COUNT = 60
# Tag what is new or not flagged: flag it, mark it as read, write that to the files, leave.
KEYS = (
    "<tag-pattern>!~F<enter><tag-prefix-cond><set-flag>!<end-cond><sync-mailbox>"
    "<untag-pattern>.<enter><tag-pattern>~U<enter><tag-prefix-cond><clear-flag>N<end-cond><sync-mailbox><exit>"
)
RC = """\
set wait_key=no quit=yes move=no mark_old=no mail_check=0 sleep_time=0 check_new=yes beep=no sort=mailbox-order
set folder="{home}" record="" header_cache="" index_format="%Z %s"
push "{keys}"
"""
ITEM = re.compile(rb"\d+ \(UID (\d+) FLAGS \(([^)]*)\)")


@pytest.fixture
def home(person: Person) -> Iterator[Path]:
    """A folder that belongs to the owner of the mail."""
    path = Path(tempfile.mkdtemp(prefix="mutt-"))
    owner = (person.mail.base / "mail").stat()
    (path / "rc").write_text(RC.format(home=path, keys=KEYS))
    (path / "go").touch()
    os.chown(path, owner.st_uid, owner.st_gid)
    yield path
    shutil.rmtree(path)


def identity(person: Person) -> dict[str, Any]:
    """Arguments of subprocess for the owner of the mail."""
    owner = (person.mail.base / "mail").stat()
    return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.getuid() == 0 else {}


def look(client: Any) -> tuple[dict[int, str], dict[int, set[str]]]:
    """uid -> subject, uid -> flags, as the session sees them now."""
    client.noop()
    subjects, flags = {}, {}
    for item in client.fetch("1:*", "(UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]:
        if isinstance(item, tuple):
            found = ITEM.match(item[0])
            assert found is not None, item
            uid = int(found[1])
            subjects[uid] = item[1].decode().strip().removeprefix("Subject: ")
            flags[uid] = set(found[2].decode().split(" ")) - {"", "\\Recent"}
    return subjects, flags


def test_mutt_and_deliveries_beside_a_session(person: Person, home: Path) -> None:
    need("mutt")
    person.deliver(letter("message 0"))
    loop = f"while [ -e {home}/go ]; do timeout --foreground 20 mutt -F {home}/rc -f {person.path}; done"

    def deliver() -> None:
        for n in range(1, COUNT):
            person.deliver(letter(f"message {n}"), wait=False)
            time.sleep(0.05)

    postman = threading.Thread(target=deliver)
    known: dict[int, str] = {}
    with person.imap() as client, Terminal(home, "sh", "-c", loop, **identity(person)) as mutt:
        client.select()
        postman.start()
        deadline = time.monotonic() + 60
        flags: dict[int, set[str]] = {}
        while len(known) < COUNT or not all({"\\Flagged", "\\Seen"} <= each for each in flags.values()):
            assert time.monotonic() < deadline, (len(known), flags, mutt.screen().strip())
            subjects, flags = look(client)
            assert known.items() <= subjects.items(), "a message is gone, or has another UID"
            known = subjects
        postman.join(10)
        # Both mark the same files for a while: no message may go by it.
        for uid in list(known)[::5]:
            client.uid("STORE", str(uid), "+FLAGS", r"(\Answered Both)")
            client.uid("STORE", str(uid), "-FLAGS", r"(\Flagged)")
        subjects, flags = look(client)
        assert subjects == known
        (home / "go").unlink()
        mutt.wait("ended")
        subjects, flags = look(client)
        assert subjects == known
    assert list(known) == sorted(known) and len(set(known.values())) == COUNT
    with person.imap() as client:
        client.select()
        assert look(client)[0] == known
    files = [path for name in ("new", "cur") for path in (person.path / name).iterdir()]
    assert len(files) == COUNT
    listed = (person.path / "dovecot-uidlist").read_text()
    eventually(lambda: all(f"\n{uid} " in listed for uid in known))


def test_mutt_removes_and_files_away(person: Person, home: Path) -> None:
    """Deletion by mutt is an expunge; what mutt puts into a folder by itself gets a UID."""
    need("mutt")
    person.append(*(letter(f"message {n}") for n in range(4)))
    with person.imap() as client:
        client.create("Kept")
        client.select()
        keys = f"<delete-message><next-undeleted><save-message>{person.path}/.Kept<enter><sync-mailbox><exit>"
        (home / "rc").write_text(RC.format(home=home, keys=keys) + "set confirmappend=no delete=yes\n")
        with Terminal(home, "mutt", "-F", str(home / "rc"), "-f", str(person.path), **identity(person)) as mutt:
            mutt.wait("ended")
        eventually(lambda: client.noop()[0] == "OK" and len(look(client)[0]) == 2, 10, 0.1)
    assert len(person.subjects("Kept")) == 1


def test_procmail_delivers_beside_a_session(person: Person, home: Path) -> None:
    """procmail names files in its own manner, and with a folder that ends in /new without a time."""
    person.deliver(letter("first"))
    with person.imap() as client:
        client.select()
        for n, where in enumerate((f"{person.path}/", f"{person.path}/new")):
            (home / "procmailrc").write_text(f"MAILDIR={home}\nDEFAULT={where}\nLOGFILE={home}/log\n")
            os.chown(home / "procmailrc", (person.mail.base / "mail").stat().st_uid, -1)
            subprocess.run(
                [need("procmail"), "-m", str(home / "procmailrc")], input=letter(f"procmail {n}").replace(b"\r\n", b"\n"),
                check=True, timeout=20, **identity(person),
            )  # fmt: skip
            eventually(lambda n=n: len(look(client)[0]) == n + 2, 10, 0.1)
        assert list(look(client)[0].items()) == [(1, "first"), (2, "procmail 0"), (3, "procmail 1")]
