import os

import pytest

from pymaster.proto.message.digest import SUBJECT, pack
from pymaster.proto.message.summary import summarize
from pymaster.store.mailbox import cache as module
from pymaster.store.mailbox.cache import Cache, append, record
from pymaster.store.mailbox.index import CACHE


def packed(n):
    return pack(summarize(b"Subject: number %d\r\n\r\nx\r\n" % n))


@pytest.fixture
def folder(tmp_path):
    fd = os.open(tmp_path, os.O_RDONLY)
    yield fd
    os.close(fd)


def shown(cache, identity):
    found = cache.get(identity)
    return None if found is None else found[SUBJECT].lower()


def test_put_and_get(folder):
    cache, other = Cache(folder), Cache(folder)
    assert cache.get("a") is None
    cache.put({"a": packed(1), "b\udcff": packed(2)})
    assert shown(cache, "a") == b"number 1" == shown(other, "a") and shown(other, "b\udcff") == b"number 2"
    other.put({"a": packed(3)})
    cache.follow()
    assert shown(cache, "a") == b"number 3", "the later one holds"
    append(folder, record("c", packed(4)), create=False)
    assert shown(cache, "c") == b"number 4"
    cache.close()
    assert shown(cache, "c") == b"number 4"


def test_without_a_file(folder):
    with pytest.raises(FileNotFoundError):
        append(folder, b"x", create=False)
    loose = Cache(None)
    loose.put({"a": packed(1)})
    assert shown(loose, "a") == b"number 1" and loose.get("b") is None and not loose.compact(iter(()))


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_record_that_was_cut_short_costs_only_itself(folder, cut):
    append(folder, record("a", packed(1)), create=True)
    append(folder, record("b", packed(7))[:-cut], create=True)
    append(folder, record("c", packed(3)), create=True)
    cache = Cache(folder)
    assert shown(cache, "a") == b"number 1" and shown(cache, "c") == b"number 3" and cache.get("b") is None
    cache.put({"b": packed(4)})
    assert shown(cache, "b") == b"number 4"


def test_damage_is_found(folder, tmp_path):
    cache = Cache(folder)
    cache.put({"a": packed(1), "b": packed(2)})
    data = bytearray((tmp_path / CACHE).read_bytes())
    for at in range(0, len(data), 11):
        broken = bytearray(data)
        broken[at] ^= 255
        (tmp_path / CACHE).unlink()
        (tmp_path / CACHE).write_bytes(broken)
        again = Cache(folder)
        assert {shown(again, "a"), shown(again, "b")} in ({b"number 1", None}, {b"number 2", None})


def test_any_bytes(folder, tmp_path):
    for data in (b"\0" * 100, b"PMc\x01" * 50, os.urandom(5000), record("x", packed(1))[:30] * 20):
        (tmp_path / CACHE).write_bytes(data)
        assert Cache(folder).get("x") is None


def test_a_link_is_not_followed(folder, tmp_path):
    (tmp_path / "other").write_bytes(record("a", packed(1)))
    os.symlink(tmp_path / "other", tmp_path / CACHE)
    cache = Cache(folder)
    assert cache.get("a") is None
    cache.put({"b": packed(2)})
    assert shown(cache, "b") == b"number 2" and b"number 2" not in (tmp_path / "other").read_bytes()


def test_compaction(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LEAST", 100)
    cache = Cache(folder)
    for n in range(20):
        cache.put({f"m{n}": packed(n)})
    held = cache.get("m3")
    before = (tmp_path / CACHE).stat().st_size
    assert not cache.compact(iter([f"m{n}" for n in range(2, 20)])), "a tenth is not worth it"
    assert cache.compact(iter([f"m{n}" for n in range(10, 20)]))
    assert (tmp_path / CACHE).stat().st_size < before * 0.6
    assert cache.get("m3") is None and shown(cache, "m12") == b"number 12"
    assert held[SUBJECT].lower() == b"number 3", "who has a digest keeps it"
    other = Cache(folder)
    assert shown(other, "m19") == b"number 19" and other.size() == cache.size()


@pytest.mark.parametrize("size", [0, 1, 50, 150])
def test_a_file_that_is_cut_under_its_reader(folder, tmp_path, size):
    """It was mapped once, and whoever read on died of SIGBUS."""
    cache = Cache(folder)
    cache.put({f"m{n}": packed(n) for n in range(500)})
    assert shown(cache, "m499") == b"number 499"
    os.truncate(tmp_path / CACHE, size)
    assert cache.get("m499") is None
    cache.put({"m499": packed(7)})
    assert shown(cache, "m499") == b"number 7"


def test_records_across_windows(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "WINDOW", 64)
    append(
        folder,
        b"x" * 100 + record("a", packed(1)) + b"PMc" * 50 + record("b", b"y" * 5000) + record("c", packed(3)),
        create=True,
    )
    cache = Cache(folder)
    assert shown(cache, "a") == b"number 1" and shown(cache, "c") == b"number 3"
    for n in range(61):
        (tmp_path / CACHE).write_bytes(b"x" * n + record("d", packed(4)) + b"PMc" + record("e", packed(5)))
        again = Cache(folder)
        assert shown(again, "d") == b"number 4" and shown(again, "e") == b"number 5"


def test_a_folder_in_the_place_of_the_file(folder, tmp_path):
    (tmp_path / CACHE).mkdir()
    cache = Cache(folder)
    assert cache.get("a") is None
    cache.put({"a": packed(1)})
    assert shown(cache, "a") == b"number 1"
