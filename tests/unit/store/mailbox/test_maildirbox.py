import os
import shutil

import pytest

from pymaster.util import log
from tests.mailboxes import append, flags_of, maildir_account, message, shown


@pytest.fixture
def account(tmp_path):
    made = maildir_account(tmp_path)
    yield made
    made.close()


@pytest.fixture
def inbox(account):
    return account.open("INBOX")


@pytest.fixture
def box(tmp_path, account):
    return tmp_path / "Maildir"


@pytest.fixture
def logged(monkeypatch):
    sink = log.MemorySink()
    monkeypatch.setattr(log.LOG, "sink", sink)
    return sink


def test_files_as_dovecot_has_them(inbox, box):
    append(inbox, message(1), flags=[b"\\Seen", b"$Junk"], date=1_234_567_890)
    append(inbox, message(2))
    (name,) = os.listdir(box / "cur")
    assert name.endswith(f",S={len(message(1)) - 5},W={len(message(1))}:2,Sa")
    assert (box / "cur" / name).read_bytes() == message(1).replace(b"\r\n", b"\n")
    assert os.stat(box / "cur" / name).st_mtime == 1_234_567_890
    (new,) = os.listdir(box / "new")
    assert (box / "dovecot-uidlist").read_bytes() == (
        b"3 V%d N1 G%s\n1 :%s\n2 :%s\n"
        % (inbox.uidvalidity, inbox.mailbox_id.encode(), name.partition(":")[0].encode(), new.encode())
    )
    assert (box / "dovecot-keywords").read_bytes() == b"0 $Junk\n" and len(inbox.mailbox_id) == 32


def test_uids_of_dovecot_are_kept(tmp_path):
    box = tmp_path / "Maildir"
    for part in ("cur", "new", "tmp"):
        (box / part).mkdir(parents=True)
    (box / "cur/1.a.h:2,S").write_bytes(b"one\n")
    (box / "cur/2.b.h:2,").write_bytes(b"two\n")
    (box / "new/3.c.h").write_bytes(b"three\n")
    (box / "dovecot-uidlist").write_bytes(b"3 V1234 N50 Gabcdef\n10 Pold-id :2.b.h\n20 W5 :1.a.h\n30 :gone.h\n")
    account = maildir_account(tmp_path)
    inbox = account.open("INBOX")
    assert {uid: data for uid, (_, data, _) in shown(inbox).items()} == {
        10: b"two\r\n",
        20: b"one\r\n",
        50: b"three\r\n",
    }
    assert (inbox.uidvalidity, inbox.mailbox_id, inbox.state.uidnext) == (1234, "abcdef", 51)
    assert inbox.uidl(10) == b"old-id" and inbox.uidl(20) == b"%08x%08x" % (20, 1234)
    assert inbox.recent_count() == 1
    account.close()


def test_another_program_gives_uids_while_we_have_it_open(inbox, box):
    append(inbox, message(1))
    (box / "cur/5.x.h:2,").write_bytes(b"x\n")
    with open(box / "dovecot-uidlist", "ab") as file:
        file.write(b"7 :5.x.h\n")
    assert append(inbox, message(2)) == [8]
    assert list(inbox.state.uids) == [1, 7, 8] and inbox.read(7) == b"x\r\n"


def test_another_program_renumbers(inbox, box):
    append(inbox, message(1), message(2))
    lines = (box / "dovecot-uidlist").read_bytes().split(b"\n")
    lines[1] = b"9" + lines[1][1:]
    (box / "dovecot-uidlist").write_bytes(b"\n".join([lines[0], lines[2], lines[1], b""]))
    inbox.refresh()
    assert list(inbox.state.uids) == [2, 9] and inbox.read(9) == message(1)


def test_lines_that_another_program_lost_are_written_again(inbox, box):
    append(inbox, message(1), message(2))
    lines = (box / "dovecot-uidlist").read_bytes().split(b"\n")
    (box / "dovecot-uidlist").write_bytes(b"\n".join([lines[0], lines[2], b""]))
    inbox.refresh()
    assert list(inbox.state.uids) == [1, 2]
    assert (box / "dovecot-uidlist").read_bytes().split(b"\n")[1:] == lines[1:]


@pytest.mark.parametrize("how", ["lost", "damaged", "used up"])
def test_a_lost_uidlist_is_another_uidvalidity(inbox, box, logged, how):
    append(inbox, message(1), message(2))
    inbox.store([1], "+", [b"\\Seen"])
    validity, before, identity = inbox.uidvalidity, inbox.state.highest, inbox.mailbox_id
    path = box / "dovecot-uidlist"
    if how == "lost":
        path.unlink()
    elif how == "damaged":
        path.write_bytes(b"\0" * 100)
    else:
        path.write_bytes(path.read_bytes() + b"4294967295 :x\n")
        (box / "new/9999999999.z").write_bytes(b"z\n")
    inbox.refresh()
    assert inbox.uidvalidity > validity and inbox.mailbox_id == identity and inbox.state.highest > before
    assert [inbox.read(uid) for uid in (1, 2)] == [message(1), message(2)] and flags_of(inbox, 1) == {b"\\Seen"}
    assert len(logged.lines) == (0 if how == "lost" else 1)
    assert inbox.vanished(before) is None


def test_stale_lines_go(inbox, box):
    for n in range(30):
        append(inbox, *[message(n)] * 20)
        inbox.remove(list(inbox.state.uids)[:20])
    (box / "dovecot-uidlist").write_bytes((box / "dovecot-uidlist").read_bytes().replace(b" N1 ", b" N2 "))
    append(inbox, message(1))
    (box / "new/9.x").write_bytes(b"x\n")
    inbox.refresh()
    assert (box / "dovecot-uidlist").read_bytes().count(b"\n") <= 4 and list(inbox.state.uids) == [601, 602]


def test_a_mailbox_that_vanishes(account, box):
    account.create("A")
    mailbox = account.open("A")
    shutil.rmtree(box / ".A")
    with pytest.raises(Exception, match="deleted or renamed"):
        mailbox.refresh()


def test_a_rebuilt_index_is_one_log_line(inbox, box, tmp_path, logged):
    append(inbox, message(1))
    (box / "pymaster.index").write_bytes(b"PMINDEX")
    other = maildir_account(tmp_path)
    again = other.open("INBOX")
    assert [text for _, text in logged.lines] == [
        "mailbox INBOX: index built anew for 1 messages (another version or no index)"
    ]
    assert shown(again) == shown(inbox) and again.state.highest > inbox.state.highest
    other.close()


@pytest.mark.parametrize("index", [True, False])
def test_damaged_lines_of_a_uidlist(tmp_path, account, inbox, box, logged, index):
    """While the index knows the UIDs they are written again; without it nobody does, and none may be given twice."""
    append(inbox, message(1), message(2), message(3))
    before, validity = shown(inbox), inbox.uidvalidity
    uidlist = box / "dovecot-uidlist"
    lines = uidlist.read_bytes().split(b"\n")
    lines[-2] = b"\0" * len(lines[-2])
    uidlist.write_bytes(b"\n".join(lines))
    if not index:
        for name in ("index", "log", "cache"):
            (box / f"pymaster.{name}").unlink()
    again = maildir_account(tmp_path)
    after = again.open("INBOX")
    if index:
        assert shown(after) == before and after.uidvalidity == validity and b"\0" not in uidlist.read_bytes()
    else:
        assert after.uidvalidity > validity and len(shown(after)) == 3
        assert (box / "dovecot-uidlist.damaged").exists()
    again.close()
