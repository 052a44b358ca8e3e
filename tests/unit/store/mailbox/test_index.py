import fcntl
import os
import threading

import pytest

from pymaster.store.mailbox import index as module
from pymaster.store.mailbox.driver import Change, Row
from pymaster.store.mailbox.index import CACHE, INDEX, LOG, Index, lock, peek
from pymaster.util.clock import ManualClock

SEEN = frozenset([b"\\Seen"])


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def folder(tmp_path):
    fd = os.open(tmp_path, os.O_RDONLY)
    yield fd
    os.close(fd)


@pytest.fixture
def index(folder, clock):
    made = Index(folder, "box", clock)
    commit(made, Change(uidvalidity=7, mailbox_id="id", stamp=b"first"))
    yield made
    made.close()


def commit(index, change, **how):
    with index.locked():
        return index.commit(change, **how)


def row(uid, flags=frozenset(), recent=True):
    return Row(uid, f"place {uid}", flags, 100 + uid, uid, uid, recent)


def same(one, other):
    assert one.view.state == other.view.state or [
        getattr(one.view.state, name) for name in ("uids", "modseqs", "sizes", "dates", "saved", "highest", "uidnext")
    ] == [
        getattr(other.view.state, name) for name in ("uids", "modseqs", "sizes", "dates", "saved", "highest", "uidnext")
    ]
    assert [one.view.flags(n) for n in range(len(one.view.state))] == [
        other.view.flags(n) for n in range(len(other.view.state))
    ]
    assert one.view.places == other.view.places and one.head == other.head
    assert one.history.since(one.history.floor) == other.history.since(one.history.floor)


def test_another_process_follows(index, folder, clock):
    other = Index(folder, "box", clock)
    same(index, other)
    assert not other.poll()
    before = index.head.highest
    commit(index, Change(arrived=[row(1), row(2, SEEN)], stamp=b"a"))
    commit(index, Change(flags={1: SEEN | {b"$Junk"}}, places={1: "moved"}, stamp=b"b"))
    commit(index, Change(gone=[2], stamp=b"c"))
    commit(index, Change(stamp=b"d"))
    assert other.poll() and not other.poll()
    same(index, other)
    assert index.head.highest == before + 3 and other.history.since(before + 1) == [(2, 2)]
    commit(other, Change(arrived=[row(3)], stamp=b"e"))
    with index.locked():
        same(index, other)
    assert peek(folder) == index.head
    other.close()


def test_the_log_becomes_a_snapshot(index, folder, clock, monkeypatch):
    monkeypatch.setattr(module, "LOG_LEAST", 2000)
    monkeypatch.setattr(module, "LOG_MOST", 2000)
    monkeypatch.setattr(index, "_limit", 2000)
    other = Index(folder, "box", clock)
    sizes = []
    for n in range(1, 200):
        commit(index, Change(arrived=[row(n)], gone=[n - 1] if n % 3 == 0 else [], stamp=b"%d" % n))
        sizes.append(os.stat(LOG, dir_fd=folder).st_size)
    assert max(sizes) < 2600 and sizes != sorted(sizes)
    other.poll()
    same(index, other)
    again = Index(folder, "box", clock)
    same(index, again)
    assert peek(folder) == again.head
    other.close()
    again.close()


def test_counts_are_kept_up_to_date(index):
    commit(index, Change(arrived=[row(n, SEEN if n % 2 else frozenset([b"\\Deleted"])) for n in range(1, 11)]))
    assert index.head.tally == [10, 5, 5, sum(100 + n for n in range(1, 11)), sum(100 + n for n in (2, 4, 6, 8, 10))]
    commit(index, Change(gone=[2, 3], flags={4: SEEN, 5: frozenset()}))
    assert index.head.tally == [8, 4, 3, 55 + 1000 - 205, 100 * 3 + 6 + 8 + 10]
    commit(index, Change(flags=dict.fromkeys(index.view.state.uids, SEEN)))
    assert index.head.tally == [8, 0, 0, 850, 0]


def test_recent(index):
    commit(index, Change(arrived=[row(1), row(2)]))
    assert (index.head.recent_from, index.head.recent) == (1, 2)
    commit(index, Change(gone=[1]), claimed=True)
    assert (index.head.recent_from, index.head.recent) == (3, 0)
    commit(index, Change(arrived=[row(5)]))
    assert index.head.recent == 1


@pytest.mark.parametrize("name", [INDEX, LOG])
@pytest.mark.parametrize("how", ["missing", "empty", "damaged", "another version", "a link", "a folder"])
def test_whatever_is_wrong_it_is_begun_anew(index, folder, tmp_path, clock, name, how):
    commit(index, Change(arrived=[row(1), row(2)]))
    clock.advance(0.1)
    path = tmp_path / name
    data = bytearray(path.read_bytes())
    path.unlink()
    if how == "empty":
        path.write_bytes(b"")
    elif how == "damaged":
        data[20] ^= 255
        path.write_bytes(data)
    elif how == "another version":
        data[7] += 1
        path.write_bytes(data)
    elif how == "a link":
        (tmp_path / "other").write_bytes(data)
        path.symlink_to(tmp_path / "other")
    elif how == "a folder":
        path.mkdir()
    again = Index(folder, "box", clock)
    assert again.fresh and not again.view.uidvalidity and not len(again.view.state)
    assert again.head.highest > index.head.highest
    assert again.history.since(index.head.highest) is None
    again.close()


def test_begun_anew_others_follow(index, folder, tmp_path, clock):
    commit(index, Change(arrived=[row(1)]))
    clock.advance(1)
    (tmp_path / INDEX).unlink()
    again = Index(folder, "box", clock)
    before = index.head.highest
    commit(again, Change(arrived=[row(1), row(2)], uidvalidity=7, mailbox_id="id"))
    assert index.poll()
    same(index, again)
    assert again.head.highest > before and index.history.since(before) is None
    again.close()


def test_removed_under_us_it_is_written_again(index, folder, tmp_path, clock):
    commit(index, Change(arrived=[row(1)]))
    for name in (INDEX, LOG):
        (tmp_path / name).unlink()
    assert not index.poll()
    commit(index, Change(arrived=[row(2)]))
    again = Index(folder, "box", clock)
    same(index, again)
    again.close()


def test_a_torn_record_is_cut_off_and_modseqs_jump(index, folder, tmp_path, clock):
    commit(index, Change(arrived=[row(1)]))
    with open(tmp_path / LOG, "ab") as file:
        file.write(b"\x40\0\0\0torn")
    other = Index(folder, "box", clock)
    assert not other.fresh and list(other.view.state.uids) == [1]
    before = other.head.highest
    commit(other, Change(arrived=[row(2)]))
    assert other.head.highest > before + 1, "what the torn record held may have been told"
    index.poll()
    same(index, other)
    other.close()


def test_a_kill_between_snapshot_and_log(index, folder, tmp_path, clock, monkeypatch):
    commit(index, Change(arrived=[row(1)]))
    real = os.rename

    def rename(source, target, **more):
        if target == LOG:
            raise KeyboardInterrupt
        real(source, target, **more)

    monkeypatch.setattr(os, "rename", rename)
    monkeypatch.setattr(index, "_limit", 0)
    with pytest.raises(KeyboardInterrupt):
        commit(index, Change(arrived=[row(2)]))
    monkeypatch.undo()
    other = Index(folder, "box", clock)
    assert not other.fresh and list(other.view.state.uids) == [1, 2] and not other.poll()
    commit(other, Change(arrived=[row(3)]))
    again = Index(folder, "box", clock)
    same(other, again)
    other.close()
    again.close()


def test_an_old_snapshot_is_not_believed(index, folder, tmp_path, clock, monkeypatch):
    old = (tmp_path / INDEX).read_bytes()
    monkeypatch.setattr(index, "_limit", 0)
    commit(index, Change(arrived=[row(1)]))
    (tmp_path / INDEX).write_bytes(old)
    assert Index(folder, "box", clock).fresh == "its log is missing"


def test_after_a_boot_all_is_looked_at_again(index, folder, clock, monkeypatch):
    commit(index, Change(arrived=[row(1)], stamp=b"s"))
    monkeypatch.setattr(module, "_BOOT", "another")
    clock.advance(1)
    again = Index(folder, "box", clock)
    assert not again.fresh and again.view.stamp == b"" and list(again.view.state.uids) == [1]
    assert again.view.state.highest > index.head.highest + 1000
    commit(again, Change(stamp=b"t"))
    third = Index(folder, "box", clock)
    same(again, third)
    third.close()
    again.close()


def test_a_clock_set_back_does_not_lower_modseqs(index, folder, tmp_path, clock):
    clock.step_wall(-1_000_000)
    before = index.head.highest
    commit(index, Change(arrived=[row(1)], uidvalidity=8, mailbox_id="id"))
    assert index.head.highest > before and index.history.since(before) is None


def test_another_uidvalidity_is_another_mailbox(index, folder, clock):
    commit(index, Change(arrived=[row(1), row(5)]))
    other = Index(folder, "box", clock)
    before = index.head.highest
    commit(index, Change(arrived=[row(1)], uidvalidity=9, mailbox_id="id2"))
    assert list(index.view.state.uids) == [1] and index.view.uidvalidity == 9 and index.head.uidnext == 2
    assert index.head.highest > before
    other.poll()
    same(index, other)
    other.close()


def test_a_full_disk_is_survived(index, folder, clock, monkeypatch):
    def full(fd, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_all", full)
    view = commit(index, Change(arrived=[row(1)]))
    assert list(view.state.uids) == [1]
    monkeypatch.undo()
    commit(index, Change(arrived=[row(2)]))
    again = Index(folder, "box", clock)
    same(index, again)
    again.close()


def test_what_did_not_reach_the_disk_gives_way(index, folder, clock, monkeypatch):
    other = Index(folder, "box", clock)
    monkeypatch.setattr(module, "write_all", lambda fd, data: (_ for _ in ()).throw(OSError(28, "full")))
    commit(index, Change(arrived=[row(1)]))
    monkeypatch.undo()
    commit(other, Change(arrived=[row(1)], flags={}, stamp=b"other"))
    commit(other, Change(flags={1: SEEN}))
    index.poll()
    same(index, other)
    other.close()


def test_without_a_folder_it_lives_in_memory(clock):
    index = Index(None, "box", clock)
    commit(index, Change(arrived=[row(1)], uidvalidity=1))
    assert not index.poll() and list(index.view.state.uids) == [1] and not index.fresh
    index.close()


def test_one_writer_at_a_time(index, folder, clock):
    other, order = Index(folder, "box", clock), []

    def second():
        with other.locked():
            order.append("second")

    with index.locked():
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.05)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
    other.close()


def test_the_lock_belongs_to_the_open_file(tmp_path):
    path = tmp_path / "file"
    one, two = (os.open(path, os.O_RDWR | os.O_CREAT) for _ in range(2))
    lock(one)
    os.close(os.open(path, os.O_RDONLY))
    with pytest.raises(BlockingIOError):
        fcntl.fcntl(two, fcntl.F_OFD_SETLK, module._LOCK.pack(fcntl.F_WRLCK, 0, 0, 0, 0))
    os.close(one)
    lock(two)
    os.close(two)


def test_peek_without_an_index(folder, tmp_path):
    assert peek(folder) is None
    (tmp_path / LOG).write_bytes(b"nonsense")
    assert peek(folder) is None and CACHE == "pymaster.cache"
