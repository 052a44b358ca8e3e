import mailbox as stdlib
import os
import re
import time
import traceback

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymaster.store.mailbox import mboxdriver, mboxuids
from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.indexed import IndexedMailbox, Setting
from pymaster.store.mailbox.mboxdriver import MboxDriver
from pymaster.store.mboxlock import Locking
from pymaster.util.clock import SYSTEM, ManualClock

LINE = b"From a@b  Mon Jan  1 00:00:00 2024\n"
VALIDITY = 1_700_000_000


class House:
    """One mbox and what is needed to open it again and again."""

    def __init__(self, folder):
        self.folder, self.path = folder, folder / "mail" / "joe"
        self.index = folder / "index"
        self.path.parent.mkdir()
        self.validities = iter(range(VALIDITY, VALIDITY + 1000))
        self.opened, self.clock = [], SYSTEM

    def open(self, **kwargs):
        self.index.mkdir(exist_ok=True)
        kwargs = {"optional": True, "locking": Locking(attempts=2, delay=0.01), "clock": self.clock, **kwargs}
        driver = MboxDriver(str(self.path), str(self.index), lambda: next(self.validities), **kwargs)
        fd = os.open(self.index, os.O_RDONLY)
        self.opened.append(IndexedMailbox("INBOX", driver, fd, str(self.index), Setting(self.clock)))
        return self.opened[-1]

    def forget(self, everything=True):
        for path in self.index.iterdir():
            if everything or path.name != "pymaster.uids":
                path.unlink()

    def deliver(self, *numbers, text=b""):
        with open(self.path, "ab") as file:
            file.write(b"".join(message(n, text) for n in numbers))

    def rewrite(self, change):
        """As mutt does: in place, other Status headers, other offsets."""
        self.path.write_bytes(change(self.path.read_bytes()))


def message(number, text=b"", extra=b""):
    return LINE + b"Subject: %d\n%s\nbody %d\n%s\n" % (number, extra, number, text)


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    yield made
    for each in made.opened:
        each.close()


def wire(number, text=b""):
    return b"Subject: %d\r\n\r\nbody %d\r\n" % (number, number) + text.replace(b"\n", b"\r\n")


def content(box):
    """UID: (message, flags)"""
    box.refresh()
    state = box.state
    return {uid: (box.read(uid), box.flags.text[state.flags[row]]) for row, uid in enumerate(state.uids)}


def put(box, data, flags=(), date=None):
    draft = box.draft(date)
    for at in range(0, len(data), 7):
        draft.write(data[at : at + 7])
    draft.finish()
    return box.append([(draft, flags)])


def test_a_missing_file_is_empty_and_made_by_the_first_append(house):
    box = house.open()
    assert content(box) == {} and not house.path.exists()
    assert put(box, wire(1), [b"\\Seen", b"$Work"], 1704067200) == [1]
    assert content(box) == {1: (wire(1), b"\\Seen $Work")}
    assert box.state.dates[0] == 1704067200 and box.state.sizes[0] == len(wire(1))
    text = house.path.read_bytes()
    assert b"X-IMAPbase: %010d 0000000001 $Work" % box.uidvalidity in text and text.endswith(b"body 1\n\n")
    assert os.stat(house.path).st_mode & 0o777 == 0o600
    with pytest.raises(MailboxError) as caught:
        house.path.unlink()
        house.open(optional=False)
    assert caught.value.code == "NONEXISTENT"


def test_mail_of_others_is_found_and_not_written_to(house):
    house.deliver(1, 2)
    before = house.path.read_bytes()
    box = house.open()
    assert content(box) == {1: (wire(1), b""), 2: (wire(2), b"")}
    house.deliver(3)
    assert content(box)[3] == (wire(3), b"")
    assert house.path.read_bytes() == before + message(3)
    assert box.claim_recent() == {1, 2, 3}
    assert box.uidvalidity == VALIDITY
    # Now somebody has seen it.
    assert house.path.read_bytes().count(b"Status: O \n") == 3
    assert b"X-IMAPbase: %010d 0000000003" % VALIDITY in house.path.read_bytes()
    assert content(box)[3] == (wire(3), b"")


def test_much_mail_is_not_moved_only_to_be_numbered(house, monkeypatch):
    monkeypatch.setattr(mboxdriver, "MOVABLE", 100)
    house.deliver(1, 2, 3)
    before = house.path.read_bytes()
    box = house.open()
    assert box.claim_recent() == {1, 2, 3}
    assert house.path.read_bytes() == before


def test_flags_go_to_the_file_once_anew_and_then_in_place(house):
    house.deliver(1, 2, 3)
    box = house.open()
    box.store([2], "+", [b"\\Seen", b"Later"])
    first = house.path.read_bytes()
    assert b"X-UID: 0000000002\nStatus: RO\n" in first and b"X-UID: 0000000003\nStatus:   \n" in first
    assert b"X-UID: 0000000001" not in first
    box.store([3, 2], "=", [b"\\Deleted", b"\\Draft", b"\\Flagged", b"\\Answered"])
    second = house.path.read_bytes()
    assert len(first) == len(second) and second.count(b"X-Status: AFTD\n") == 2
    assert [flags for _, flags in content(box).values()] == [b"", *[b"\\Answered \\Flagged \\Deleted \\Draft"] * 2]
    assert [text for text, _ in content(box).values()] == [wire(1), wire(2), wire(3)]
    box.store([1], "+", [b"\\Seen"])
    assert b"X-IMAPbase: %010d 0000000003 Later" % VALIDITY in house.path.read_bytes()
    # Another process, or we after the loss of the index, finds the same.
    before = content(box)
    house.forget()
    assert content(house.open()) == before and house.opened[-1].uidvalidity == VALIDITY


def test_long_keywords_need_new_room(house):
    house.deliver(1, 2)
    box = house.open()
    words = [b"word%d" % n for n in range(30)]
    box.store([1], "+", [b"a"])
    box.store([1, 2], "+", words)
    assert content(box)[1][1].split(b" ") == [b"a", *words]
    house.forget(everything=False)
    assert set(content(house.open())[1][1].split(b" ")) == {b"a", *words}


def test_expunge_and_the_pseudo_message(house):
    house.deliver(*range(1, 6))
    box = house.open()
    box.store([2, 4], "+", [b"\\Deleted"])
    assert box.expunge() == [2, 4]
    assert list(content(box)) == [1, 3, 5]
    assert content(box)[5][0] == wire(5)
    assert box.remove([1]) == [1]
    assert box.remove([3, 5]) == [3, 5]
    text = house.path.read_bytes()
    assert b"FOLDER INTERNAL DATA" in text and b"X-IMAP: %010d 0000000005 " % VALIDITY in text
    assert content(box) == {}
    house.forget()
    again = house.open()
    assert content(again) == {} and (again.uidvalidity, again.state.uidnext) == (VALIDITY, 6)
    house.deliver(6)
    assert content(again) == {6: (wire(6), b"")}
    again.store([6], "+", [b"\\Seen"])
    assert b"INTERNAL" not in house.path.read_bytes()
    assert list(content(box)) == [6]


def test_from_lines_are_quoted_and_come_back(house):
    box = house.open()
    text = b"From here\n>From there\n>>From x\n" + LINE + b"Content-Length: 3\n\n"
    data = b"Subject: x\r\nStatus: RO\r\nX-UID: 77\r\nContent-Length: 5\r\n\r\n" + text.replace(b"\n", b"\r\n") * 2
    put(box, data, [])
    put(box, wire(2))
    wanted = b"Subject: x\r\n\r\n" + text.replace(b"\n", b"\r\n") * 2
    assert [each for each, _ in content(box).values()] == [wanted, wire(2)]
    assert len(stdlib.mbox(house.path)) == 2
    house.forget()
    assert [each for each, _ in content(house.open()).values()] == [wanted, wire(2)]


@pytest.mark.parametrize("data", [b"", b"x", b"\r\n", b"\r\nx\r\n", b"A: b\r\n", b"A: b\r\n\r\n", b"A: b\r\n\r\n\r\n\r\n",
                                  b"A: b\r\n\r\nx\r\r\n\r", b"From x\r\n\r\nFrom y\r\n", LINE + LINE, b"A: b\n c\n\nx\n"])  # fmt: skip
def test_odd_messages_come_back(house, data):
    box = house.open()
    for _ in range(3):
        put(box, data)
    first = content(box)
    text = first[1][0]
    assert len({each for each, _ in first.values()}) == 1 and len(first) == 3
    assert text.replace(b"\r\n", b"").replace(b"\n", b"") in (data.replace(b"\r\n", b"").replace(b"\n", b""),)
    house.forget()
    assert content(house.open()) == first
    box = house.opened[-1]
    box.store([2], "+", [b"\\Seen"])
    assert box.remove([1]) == [1]
    assert [each for each, _ in content(box).values()] == [text, text]


def test_uids_follow_the_bytes_when_others_rewrite_the_file(house):
    house.deliver(1, 2, 3, 4)
    box = house.open()
    box.store([4], "+", [b"\\Seen"])
    # Deleted, marked and moved by somebody who knows none of our headers; one comes back later.
    house.rewrite(lambda data: message(3, extra=b"Status: RO\nContent-Length: 7\nLines: 1\n") + message(1))
    assert content(box) == {1: (wire(1), b""), 3: (wire(3), b"\\Seen")}
    house.deliver(4, 5)
    assert list(content(box)) == [1, 3, 5, 6]
    assert content(box)[5][0] == wire(4)


def test_an_old_uid_in_a_header_is_not_believed(house):
    house.deliver(1, 2)
    box = house.open()
    box.remove([2])
    with open(house.path, "ab") as file:
        file.write(
            message(2, extra=b"X-UID: 2\n") + message(7, extra=b"X-UID: 4000000000\n") + message(8, extra=b"X-UID: 1\n")
        )
    assert list(content(box)) == [1, 3, 4, 5]
    assert content(box)[3][0] == wire(2)


@pytest.mark.parametrize(
    "base", [b"1 4294967294", b"1700000000 4000000000", b"0 5", b"4294967295 5", b"x", b"99999999999 1"]
)
def test_a_forged_base_is_not_believed(house, base):
    with open(house.path, "ab") as file:
        file.write(message(1, extra=b"X-IMAPbase: %s\nX-UID: 5\n" % base))
    box = house.open()
    assert list(content(box)) == [1] and box.uidvalidity == VALIDITY
    # Nor when it gets to the front later, with the right validity.
    with open(house.path, "ab") as file:
        file.write(message(2, extra=b"X-IMAPbase: %d 4200000000\n" % VALIDITY))
    assert list(content(box)) == [1, 2]
    house.rewrite(lambda data: message(2, extra=b"X-IMAPbase: %d 4200000000\n" % VALIDITY))
    assert list(content(box)) == [2] and box.state.uidnext == 3
    house.deliver(3)
    assert list(content(box)) == [2, 3]


def test_what_dovecot_or_alpine_left_is_taken_over(house):
    with open(house.path, "ab") as file:
        file.write(
            message(1, extra=b"X-IMAPbase: 1600000000 0000000030 $Junk\nX-UID: 7\nStatus: RO\nX-Keywords: $Junk\n")
        )
        file.write(message(2, extra=b"X-UID: 29\nX-Status: AF\nStatus: O\n") + message(3))
    box = house.open()
    assert content(box) == {
        7: (wire(1), b"\\Seen $Junk"), 29: (wire(2), b"\\Answered \\Flagged"), 31: (wire(3), b""),
    }  # fmt: skip
    assert box.uidvalidity == 1600000000
    assert box.claim_recent() == {31}
    box.store([31], "+", [b"\\Seen"])
    assert b"X-IMAPbase: 1600000000 0000000031 $Junk" in house.path.read_bytes()


def test_when_uids_end_all_begin_anew(house):
    house.deliver(1, 2)
    box = house.open()
    box.store([1], "+", [b"\\Seen"])
    identity, last = box.mailbox_id, mboxuids.MAX_UID - 5
    mboxuids.write_note(str(house.index), mboxuids.Note(box.uidvalidity, last, identity))
    house.deliver(3)
    assert content(box) == {1: (wire(1), b"\\Seen"), 2: (wire(2), b""), 3: (wire(3), b"")}
    assert box.uidvalidity == VALIDITY + 1 and box.mailbox_id == identity and box.state.uidnext == 4
    assert put(box, wire(4)) == [4]
    house.forget(everything=False)
    assert list(content(house.open())) == [1, 2, 3, 4] and house.opened[-1].uidvalidity == VALIDITY + 1


def test_an_unfinished_message_is_shown_after_a_while(house):
    house.clock = ManualClock(time.time())
    house.deliver(1)
    torn = message(2)[:-1]
    with open(house.path, "ab") as file:
        file.write(torn)
    box = house.open()
    assert list(content(box)) == [1]
    # The next delivery cuts it away and writes it again.
    house.rewrite(lambda data: data[: -len(torn)] + message(3))
    assert content(box) == {1: (wire(1), b""), 2: (wire(3), b"")}
    with open(house.path, "ab") as file:
        file.write(torn)
    assert list(content(box)) == [1, 2]
    house.clock.advance(mboxdriver.UNFINISHED + 1)
    assert content(box)[3] == (wire(2), b"")
    put(box, wire(4))
    assert [text for text, _ in content(box).values()] == [wire(1), wire(3), wire(2), wire(4)]


def test_two_processes_share_a_file(house):
    one, two = house.open(), house.open()
    put(one, wire(1))
    put(two, wire(2))
    assert list(content(one)) == list(content(two)) == [1, 2]
    one.store([1], "+", [b"\\Deleted"])
    two.store([2], "+", [b"\\Seen"])
    assert two.expunge() == [1]
    assert content(one) == content(two) == {2: (wire(2), b"\\Seen")}


def test_reading_finds_what_has_moved(house):
    house.deliver(1, 2, 3)
    box = house.open()
    house.rewrite(lambda data: b"".join([message(9), message(3), message(2)]))
    assert box.read(2) == wire(2) and box.read(3) == wire(3) and box.read(1) is None


def test_changes_to_a_file_that_changed_meanwhile(house):
    house.deliver(1, 2, 3)
    box = house.open()
    house.rewrite(lambda data: message(9) + message(3) + message(2))
    found = box.store([1, 3], "+", [b"\\Flagged"])
    assert found.changed == [3]
    assert box.remove([2]) == [2]
    assert content(box) == {3: (wire(3), b"\\Flagged"), 4: (wire(9), b"")}


def test_a_locked_mailbox_is_in_use(house):
    house.deliver(1)
    box = house.open()
    house.path.with_name("joe.lock").write_bytes(b"0")
    assert box.read(1) == wire(1)
    for call in (lambda: box.store([1], "+", [b"\\Seen"]), lambda: box.remove([1]), lambda: put(box, wire(2))):
        with pytest.raises(MailboxError) as caught:
            call()
        assert caught.value.code == "INUSE"
    house.path.with_name("joe.lock").unlink()
    assert content(box) == {1: (wire(1), b"")}


def test_a_mailbox_may_be_read_while_another_program_keeps_it(house):
    house.deliver(1)
    box = house.open()
    house.deliver(2)
    house.path.with_name("joe.lock").write_bytes(b"0")
    assert content(box) == {1: (wire(1), b"")}
    assert box.claim_recent() == {1}
    house.path.with_name("joe.lock").unlink()
    assert list(content(box)) == [1, 2]


def test_an_append_that_waited_for_our_lock_is_not_lost(house):
    """mutt opens a mailbox first and locks it then."""
    house.deliver(1, 2)
    box = house.open()
    with open(house.path, "ab") as waiting:
        assert box.remove([1]) == [1]
        waiting.write(message(3))
    assert content(box) == {2: (wire(2), b""), 3: (wire(3), b"")}


def as_nobody(house, action):
    """Do it as somebody who owns the index, in a folder that is not his."""
    house.index.mkdir()
    os.chown(house.index, 65534, 65534)
    for each in [house.folder, *house.folder.parents][:3]:
        each.chmod(0o755)
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            action(house.open(locking=Locking(attempts=2, delay=0.01, optional_dotlock=True)))
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="changes the owner of the file")
def test_a_file_that_may_only_be_read(house):
    house.deliver(1, 2)
    house.path.chmod(0o644)

    def look(box):
        assert list(content(box)) == [1, 2] and box.claim_recent() == {1, 2}
        for call in (lambda: box.store([1], "+", [b"\\Seen"]), lambda: box.remove([1]), lambda: put(box, wire(3))):
            with pytest.raises(MailboxError) as caught:
                call()
            assert caught.value.code == "NOPERM"

    as_nobody(house, look)


@pytest.mark.skipif(os.geteuid() != 0, reason="changes the owner of the file")
def test_a_spool_whose_folder_is_not_ours(house):
    house.deliver(1, 2)
    house.path.chmod(0o660)
    os.chown(house.path, 65534, 8)
    inode = os.stat(house.path).st_ino

    def work(box):
        box.store([2], "+", [b"\\Seen"])
        assert box.remove([1]) == [1] and put(box, wire(3)) == [3]
        assert list(content(box)) == [2, 3]

    as_nobody(house, work)
    found = os.stat(house.path)
    assert (found.st_ino, found.st_uid, found.st_gid, found.st_mode & 0o777) == (inode, 65534, 8, 0o660)


class Others:
    """What other programs do to the file, by number."""

    def __init__(self, house):
        self.house, self.kept = house, []

    def pieces(self):
        data = self.house.path.read_bytes() if self.house.path.exists() else b""
        parts = data.split(b"\n\nFrom ")
        return [
            (b"From " if n else b"") + part + (b"\n\n" if n + 1 < len(parts) else b"") for n, part in enumerate(parts)
        ]

    def act(self, number, where):
        parts = [part for part in self.pieces() if part]
        at = where % len(parts) if parts else 0
        if number == 0:
            parts.append(message(1000 + where))
        elif number == 1 and parts:
            self.kept.append(parts.pop(at))
        elif number == 2 and self.kept:
            parts.append(self.kept[where % len(self.kept)])
        elif number == 3:
            parts = parts[at:] + parts[:at]
        elif number == 4:
            parts = [part.replace(b"\nStatus: ", b"\nStatus: R", 1) for part in parts]
        elif number == 5:
            parts = [re.sub(rb"\n(?:X-[A-Za-z]+|Status): [^\n]*(?=\n)", b"", part) for part in parts]
        elif number == 6:
            parts = []
        self.house.path.write_bytes(b"".join(parts))


ACTIONS = st.lists(st.tuples(st.integers(0, 15), st.integers(0, 50)), min_size=1, max_size=25)


@pytest.mark.parametrize("everything", [False, True], ids=["index", "control data"])
@given(ACTIONS)
@settings(max_examples=100, deadline=None)
def test_a_uid_names_the_same_bytes_for_ever(tmp_path_factory, everything, actions):
    """Whatever others do, and when the index is lost; when the control data are lost, too, UIDVALIDITY may change."""
    house = House(tmp_path_factory.mktemp("model"))
    box, others, names, validity = house.open(), Others(house), {}, 0
    for kind, where in actions:
        uids = list(box.state.uids)
        some = uids[where % 3 :: where % 4 + 1]
        if kind < 7:
            # An old first message put back tells of old UIDs: without control data nothing contradicts it.
            others.act(0 if everything and kind in (2, 3) else kind, where)
        elif kind < 9:
            put(box, wire(where % 5))
        elif kind == 9:
            put(box, b"X-UID: 3\r\nStatus: RO\r\n" + wire(where), [b"\\Flagged"])
        elif kind < 12 and some:
            box.store(some, "+-="[where % 3], [[b"\\Seen"], [b"Work%d" % where], [b"\\Deleted", b"\\Draft"]][where % 3])
        elif kind == 12:
            box.expunge()
        elif kind == 13 and some:
            assert box.remove(some) == some
        elif kind == 14:
            box.claim_recent()
        elif kind == 15:
            house.forget(everything)
            box = house.open()
        for uid, (text, _) in content(box).items():
            assert text is not None and names.setdefault((box.uidvalidity, uid), text) == text
            assert uid < box.state.uidnext
        assert box.uidvalidity == validity or not validity or (everything and box.uidvalidity > validity)
        validity = box.uidvalidity
    for each in house.opened:
        each.close()


def test_not_an_mbox(house):
    house.path.write_bytes(b"hello\n")
    with pytest.raises(MailboxError) as caught:
        house.open()
    assert caught.value.code == "UNAVAILABLE"
    house.path.unlink()
    house.path.mkdir()
    with pytest.raises(MailboxError):
        house.open()


def test_a_link_is_not_followed(house, tmp_path):
    (tmp_path / "secret").write_bytes(message(1))
    house.path.symlink_to(tmp_path / "secret")
    with pytest.raises(MailboxError) as caught:
        house.open()
    assert caught.value.code == "UNAVAILABLE"


def test_times_say_whether_there_is_unread_mail(house):
    house.deliver(1)
    box = house.open()

    def new():
        found = os.stat(house.path)
        return found.st_atime_ns < found.st_mtime_ns

    assert new()
    content(box)
    assert new()
    box.store([1], "+", [b"\\Seen"])
    assert not new()
    house.deliver(2)
    content(box)
    assert new()


def test_same_messages_are_kept_apart(house):
    house.deliver(1, 1, 1)
    box = house.open()
    assert list(content(box)) == [1, 2, 3]
    box.store([2], "+", [b"\\Deleted"])
    assert box.expunge() == [2]
    house.deliver(1)
    assert list(content(box)) == [1, 3, 4]


def test_copy_and_move(house, tmp_path):
    house.deliver(1, 2, 3)
    (tmp_path / "other").mkdir()
    other = House(tmp_path / "other")
    other.validities = iter([5])
    one, two = house.open(), other.open()
    one.store([2], "+", [b"\\Seen", b"Work"])
    assert one.copy([1, 2], two) == [(1, 1), (2, 2)]
    assert one.copy([3], two, move=True) == [(3, 3)]
    assert content(two) == {1: (wire(1), b""), 2: (wire(2), b"\\Seen Work"), 3: (wire(3), b"")}
    assert list(content(one)) == [1, 2]
    assert list(two.state.dates) == [one.state.dates[0]] * 3
    assert one.copy([2], one) == [(2, 4)]
    two.close()
