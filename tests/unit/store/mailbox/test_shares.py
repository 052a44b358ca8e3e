"""The file that says who shares what: written by many, junk set aside, nothing of another uid."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.store.mailbox.shares import Owned, Shared, Shares, parse, written
from pymaster.util import log
from pymaster.util.errors import Fatal
from tests.sharing import place_of


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(log, "warning", lines.append)
    return lines


def test_what_is_published_is_read_by_all(tmp_path: Path) -> None:
    one, other = Shares(str(tmp_path)), Shares(str(tmp_path))
    assert one.read() == Shared()
    place = place_of(tmp_path, "ann")
    one.publish(place, lambda: {"Work": {"bob": "lr", "-eve": "l", "none": ""}, "INBOX": {"anyone": "l"}})
    found = other.read()
    assert found.owners == {
        "ann": Owned(place, {"Work": {"bob": "lr", "-eve": "l", "none": ""}, "INBOX": {"anyone": "l"}})
    }
    assert found.about("bob") == [("ann", "Work"), ("ann", "INBOX")] and found.about("ann") == []
    assert found.about("none") == [("ann", "INBOX")]
    assert other.read() is found
    other.publish(place, dict)
    assert one.read().owners == {}
    one.close()
    other.close()


def test_nothing_is_written_when_nothing_changed(tmp_path: Path) -> None:
    shares = Shares(str(tmp_path))
    place = place_of(tmp_path, "ann")
    shares.publish(place, dict)
    path = Path(shares.folder) / "shares"
    assert not path.exists()
    shares.publish(place, lambda: {"Work": {"bob": "lr"}})
    before = path.stat().st_ino
    shares.publish(place, lambda: {"Work": {"bob": "lr"}})
    assert path.stat().st_ino == before and path.stat().st_mode & 0o777 == 0o600
    assert os.stat(shares.folder).st_mode & 0o777 == 0o700
    shares.close()


def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    names = [f"user{number}" for number in range(20)]
    places = {name: place_of(tmp_path, name) for name in names}

    def publish(name: str) -> None:
        shares = Shares(str(tmp_path))
        shares.publish(places[name], lambda: {"INBOX": {"bob": "lr"}})
        shares.close()

    threads = [threading.Thread(target=publish, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shares = Shares(str(tmp_path))
    assert sorted(shares.read().owners) == sorted(names)
    shares.close()


def row(tmp_path: Path, **changes: object) -> bytes:
    text = written({"ann": Owned(place_of(tmp_path, "ann"), {"Work": {"bob": "lr"}})})
    found = json.loads(text)
    found["owners"]["ann"] |= changes
    return json.dumps(found).encode()


@pytest.mark.parametrize(
    "changes",
    [
        {"place": "x"}, {"place": "kwE="}, {"place": 1}, {"mailboxes": []}, {"mailboxes": {"Work": 1}},
        {"mailboxes": {"Work": {"bob": 1}}}, {"mailboxes": {"Work": {"bob": "L R"}}}, {"mailboxes": {"../x": {"bob": "l"}}},
        {"mailboxes": {"a\r\nb": {"bob": "l"}}}, {"mailboxes": {"": {}}},
    ],
)  # fmt: skip
def test_damaged_rows(tmp_path: Path, changes: dict[str, object]) -> None:
    parse(row(tmp_path))
    with pytest.raises(ValueError):
        parse(row(tmp_path, **changes))


@pytest.mark.parametrize("path", ["relative", "/a/../b", "/a\0b"])
def test_paths_that_lead_elsewhere(tmp_path: Path, path: str) -> None:
    for field in ("inbox", "folders", "index"):
        place = place_of(tmp_path, "ann")
        setattr(place, field, path)
        with pytest.raises(ValueError):
            parse(written({"ann": Owned(place, {})}))
    with pytest.raises(ValueError):
        parse(written({"eve": Owned(place_of(tmp_path, "ann"), {})}))


@pytest.mark.parametrize("junk", [b"", b"\0" * 100, b"[]", b"{", b'{"version": 2, "owners": {}}', b"[" * 100_000])
def test_junk_is_set_aside_with_one_line(tmp_path: Path, junk: bytes, told: list[str]) -> None:
    shares = Shares(str(tmp_path))
    path = Path(shares.folder) / "shares"
    path.write_bytes(junk)
    assert shares.read() == Shared() and shares.read() == Shared()
    assert len(told) == 1 and "set aside" in told[0]
    assert not path.exists() and (path.parent / "shares.damaged").read_bytes() == junk
    shares.publish(place_of(tmp_path, "ann"), lambda: {"INBOX": {"bob": "lr"}})
    assert shares.read().about("bob") == [("ann", "INBOX")]
    shares.close()


def test_an_owner_of_another_uid_is_passed_over(tmp_path: Path) -> None:
    found = parse(written({"eve": Owned(place_of(tmp_path, "eve", uid=os.geteuid() + 1), {"INBOX": {"anyone": "lr"}})}))
    assert found == Shared()


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / str(os.geteuid())
    folder.mkdir()
    folder.chmod(0o755)
    with pytest.raises(Fatal):
        Shares(str(tmp_path))
    folder.rmdir()
    folder.symlink_to(tmp_path)
    with pytest.raises(OSError):
        Shares(str(tmp_path))


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    try:
        parse(data)
    except (ValueError, RecursionError):
        return


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(_JSON)
def test_any_json(value: object) -> None:
    for found in (value, {"version": 1, "owners": value}, {"version": 1, "owners": {"a": value}}):
        try:
            parse(json.dumps(found).encode())
        except ValueError:
            continue
