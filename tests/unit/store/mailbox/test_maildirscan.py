import os
import time

import pytest

from pymaster.store.mailbox import maildirfiles
from pymaster.store.mailbox.maildirname import base_of
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


def deliver(box, name, data=b"Subject: x\n\nhello\n", folder="new"):
    (box / "tmp" / name.partition(":")[0]).write_bytes(data)
    os.rename(box / "tmp" / name.partition(":")[0], box / folder / name)
    return box / folder / name


def place(inbox, uid):
    return inbox.view.places[inbox.state.position(uid)]


def test_deliveries_get_uids_in_the_order_of_their_times(inbox, box):
    for name in ("1700000002.b.h", "1700000001.c.h", "1700000003.a.h"):
        deliver(box, name)
    inbox.refresh()
    assert [place(inbox, uid) for uid in (1, 2, 3)] == [
        "new/1700000001.c.h", "new/1700000002.b.h", "new/1700000003.a.h",
    ]  # fmt: skip
    assert inbox.read(1) == b"Subject: x\r\n\r\nhello\r\n" and inbox.state.sizes[0] == 21
    assert inbox.claim_recent() == {1, 2, 3} and not os.listdir(box / "new")
    assert sorted(os.listdir(box / "cur"))[0] == "1700000001.c.h:2,"


def test_another_program_moves_and_flags(inbox, box):
    path = deliver(box, "1.a.h")
    inbox.refresh()
    os.rename(path, box / "cur" / "1.a.h:2,S")
    inbox.refresh()
    assert list(inbox.state.uids) == [1] and flags_of(inbox, 1) == {b"\\Seen"}
    before = inbox.state.highest
    os.rename(box / "cur" / "1.a.h:2,S", box / "cur" / "1.a.h:2,FRST,extra")
    inbox.refresh()
    assert flags_of(inbox, 1) == {b"\\Seen", b"\\Flagged", b"\\Answered", b"\\Deleted"}
    assert inbox.state.highest == before + 1
    inbox.store([1], "-", [b"\\Deleted", b"\\Seen"])
    assert os.listdir(box / "cur") == ["1.a.h:2,FR,extra"]


def test_unknown_letters_stay(inbox, box):
    deliver(box, "1.a.h:2,PSXz", folder="cur")
    inbox.refresh()
    assert flags_of(inbox, 1) == {b"\\Seen"}
    inbox.store([1], "=", [b"\\Draft"])
    assert os.listdir(box / "cur") == ["1.a.h:2,DPXz"]


def test_a_message_is_read_while_another_program_renames_it(inbox, box):
    deliver(box, "1.a.h:2,", folder="cur")
    inbox.refresh()
    os.rename(box / "cur/1.a.h:2,", box / "cur/1.a.h:2,S")
    assert inbox.read(1) is not None
    assert inbox.store([1], "+", [b"\\Flagged"]).changed == [1]
    os.rename(box / "cur/1.a.h:2,F", box / "cur/1.a.h:2,FS")
    assert inbox.remove([1]) == [1] and os.listdir(box / "cur") == []


def test_removed_by_another_program(inbox, box):
    for n in range(3):
        deliver(box, f"{n}.a.h")
    inbox.refresh()
    before = inbox.state.highest
    os.unlink(box / "new/1.a.h")
    assert inbox.store([2], "+", [b"\\Seen"]).changed == []
    inbox.refresh()
    assert list(inbox.state.uids) == [1, 3] and inbox.vanished(before) == [(2, 2)]


def test_what_comes_back_gets_a_new_uid(inbox, box, tmp_path):
    path = deliver(box, "1.a.h")
    inbox.refresh()
    os.rename(path, tmp_path / "away")
    inbox.refresh()
    os.rename(tmp_path / "away", path)
    inbox.refresh()
    assert list(inbox.state.uids) == [2]
    again = maildir_account(tmp_path)
    for name in ("index", "log", "cache"):
        (box / f"pymaster.{name}").unlink(missing_ok=True)
    assert list(again.open("INBOX").state.uids) == [2], "the later line of the uidlist holds"
    again.close()


def test_a_listing_that_misses_a_file(inbox, box, monkeypatch):
    for n in range(3):
        deliver(box, f"{n}.a.h:2,", folder="cur")
    inbox.refresh()
    real, calls = os.listdir, []

    def listdir(fd):
        names = real(fd)
        calls.append(fd)
        return [name for name in names if name != "1.a.h:2,"] if len(calls) <= 2 else names

    deliver(box, "9.a.h")
    monkeypatch.setattr(maildirfiles.os, "listdir", listdir)
    inbox.refresh()
    assert list(inbox.state.uids) == [1, 2, 3, 4] and len(calls) == 4


def test_a_listing_that_sees_a_file_twice(inbox, box, monkeypatch):
    deliver(box, "1.a.h:2,S", folder="cur")
    real = os.listdir
    monkeypatch.setattr(
        maildirfiles.os, "listdir", lambda fd: [*real(fd), *(["1.a.h:2,"] if "1.a.h:2,S" in real(fd) else [])]
    )
    inbox.refresh()
    assert list(inbox.state.uids) == [1] and flags_of(inbox, 1) == {b"\\Seen"}
    assert inbox.read(1) is not None


def test_two_files_with_one_base_name(inbox, box):
    deliver(box, "1.a.h:2,S", b"one\n", folder="cur")
    deliver(box, "1.a.h:2,F", b"two\n", folder="cur")
    deliver(box, "1.a.h", b"three\n")
    inbox.refresh()
    assert sorted(inbox.read(uid) for uid in inbox.state.uids) == [b"one\r\n", b"three\r\n", b"two\r\n"]
    assert len({base_of(each) for each in inbox.view.places}) == 3
    inbox.refresh()
    assert list(inbox.state.uids) == [1, 2, 3]


def test_two_links_to_one_message(inbox, box):
    path = deliver(box, "1.a.h:2,S", folder="cur")
    os.link(path, box / "new/1.a.h")
    inbox.refresh()
    assert list(inbox.state.uids) == [1]
    inbox.remove([1])
    time.sleep(1.05)
    assert len(inbox.refresh()) == 0


def test_what_is_no_message(inbox, box, tmp_path):
    (tmp_path / "secret").write_bytes(b"secret\n")
    os.symlink(tmp_path / "secret", box / "cur/1.link.h:2,S")
    (box / "cur/2.folder.h").mkdir()
    os.mkfifo(box / "new/3.fifo")
    (box / "cur/.hidden").write_bytes(b"x")
    (box / "cur" / "4.line\nend.h").write_bytes(b"x\n")
    deliver(box, "5.a.h")
    inbox.refresh()
    assert [place(inbox, uid) for uid in inbox.state.uids] == ["new/5.a.h"]
    time.sleep(1.05)
    inbox.refresh()
    assert len(inbox.state) == 1


@pytest.mark.parametrize(
    "name",
    [
        "msg.FVu",
        "1",
        "1700000000.123_0.host",
        "\udcff\udcfe.x",
        "1.x,S=5",
        "1.x,S=999999,W=3",
        "1.x,S=6,W=100",
        "1.x,W=6",
    ],
)
def test_names_of_other_programs(inbox, box, name):
    deliver(box, name, b"a\nbcd\n")
    inbox.refresh()
    assert inbox.state.sizes[0] == 8 and inbox.read(1) == b"a\r\nbcd\r\n"
    assert inbox.state.dates[0] == int(os.stat(box / "new" / name).st_mtime)


def test_sizes_in_names_are_taken_when_they_can_be(inbox, box, monkeypatch):
    deliver(box, "1.x,S=6,W=8", b"a\nbcd\n")
    monkeypatch.setattr(maildirfiles.MaildirFiles, "read", lambda *each: pytest.fail("read"))
    inbox.refresh()
    assert inbox.state.sizes[0] == 8


def test_changed_bytes_get_a_new_uid(inbox, box):
    path = deliver(box, "1.x,S=6,W=8", b"a\nbcd\n")
    inbox.refresh()
    path.write_bytes(b"other\n")
    assert inbox.read(1) is None, "these are not the bytes of UID 1"
    inbox.refresh()
    assert list(inbox.state.uids) == [2] and inbox.read(2) == b"other\r\n"
    inbox.refresh()
    assert list(inbox.state.uids) == [2]


def test_a_wrong_size_in_a_name_costs_one_uid(inbox, box):
    deliver(box, "1.x,S=6,W=7", b"a\nbcd\n")
    inbox.refresh()
    assert inbox.read(1) is None
    inbox.refresh()
    assert shown(inbox)[2][1] == b"a\r\nbcd\r\n" and inbox.state.sizes[0] == 8
    inbox.refresh()
    assert list(inbox.state.uids) == [2]


def test_our_own_changes_need_no_scan(inbox, monkeypatch):
    append(inbox, message(1), message(2))
    inbox.refresh()
    time.sleep(1.05)
    inbox.refresh()
    inbox.store([1], "+", [b"\\Seen", b"$New"])
    inbox.remove([2])
    append(inbox, message(3))
    inbox.claim_recent()
    monkeypatch.setattr(maildirfiles.MaildirFiles, "listing", lambda *each: pytest.fail("scanned"))
    inbox.refresh()
    assert len(inbox.state) == 2


def test_moving_away_needs_no_scan(account, inbox, monkeypatch):
    account.create("Other")
    append(inbox, message(1), message(2))
    other = account.open("Other")
    inbox.refresh()
    monkeypatch.setattr(maildirfiles.MaildirFiles, "listing", lambda *each: pytest.fail("scanned"))
    inbox.copy([1], other, move=True)
    inbox.copy([2], other)
    inbox.refresh()
    other.refresh()
    assert (list(inbox.state.uids), list(other.state.uids)) == ([2], [1, 2])


def test_a_change_in_the_middle_of_ours_is_found_later(inbox, box, monkeypatch):
    append(inbox, message(1))
    inbox.refresh()
    real = os.rename

    def rename(*names, **more):
        real(*names, **more)
        monkeypatch.setattr(os, "rename", real)
        (box / "cur/2.other.h:2,").write_bytes(b"x\n")

    monkeypatch.setattr(os, "rename", rename)
    inbox.store([1], "+", [b"\\Seen"])
    time.sleep(1.05)
    assert len(inbox.refresh()) == 2


def test_keywords_of_dovecot(inbox, box):
    (box / "dovecot-keywords").write_bytes(b"0 $Junk\n2 Work\n7 bad(one\n99 x\nnonsense\n")
    deliver(box, "1.a.h:2,Sabc", folder="cur")
    inbox.refresh()
    assert flags_of(inbox, 1) == {b"\\Seen", b"$Junk", b"Work"}
    inbox.store([1], "+", [b"New", b"$JUNK"])
    assert os.listdir(box / "cur") == ["1.a.h:2,Sabc"], "a letter with a new meaning is written as soon as it has one"
    assert (box / "dovecot-keywords").read_bytes() == b"0 $Junk\n1 New\n2 Work\n"
    inbox.store([1], "-", [b"$Junk"])
    assert os.listdir(box / "cur") == ["1.a.h:2,Sbc"]
    (box / "dovecot-keywords").write_bytes(b"0 $Junk\n1 New\n2 Work\n3 Fourth\n")
    os.rename(box / "cur/1.a.h:2,Sbc", box / "cur/1.a.h:2,Sd")
    inbox.refresh()
    assert flags_of(inbox, 1) == {b"\\Seen", b"Fourth"}


def test_keywords_beyond_the_letters_survive_another_programs_rename(inbox, box):
    deliver(box, "1.a.h:2,", folder="cur")
    inbox.refresh()
    words = [b"Word%02d" % n for n in range(30)]
    inbox.store([1], "+", words)
    (name,) = os.listdir(box / "cur")
    assert name == "1.a.h:2,abcdefghijklmnopqrstuvwxyz"
    os.rename(box / "cur" / name, box / "cur" / "1.a.h:2,Sa")
    inbox.refresh()
    assert flags_of(inbox, 1) == {b"\\Seen", words[0], *words[26:]}
