import os

import pytest

from pymaster.store.mailbox.maildirfiles import MaildirFiles
from pymaster.store.mailbox.pursuit import LISTINGS, Pursuit
from pymaster.util.clock import SYSTEM


@pytest.fixture
def files(tmp_path):
    fd = os.open(tmp_path, os.O_RDONLY)
    made = MaildirFiles(fd, "", str(tmp_path), SYSTEM)
    yield made
    made.close()
    os.close(fd)


def test_a_file_that_is_where_it_was(files, tmp_path):
    (tmp_path / "cur/a:2,").write_bytes(b"")
    assert Pursuit(files).act("a:2,", files.unlink) == "a:2," and os.listdir(tmp_path / "cur") == []


def test_a_file_that_is_renamed_again_and_again(files, tmp_path):
    (tmp_path / "cur/a:2,0").write_bytes(b"")
    tried = []

    def act(place):
        tried.append(place)
        if len(tried) < 5:
            os.rename(tmp_path / "cur" / f"a:2,{len(tried) - 1}", tmp_path / "cur" / f"a:2,{len(tried)}")
            raise FileNotFoundError
        files.unlink(place)

    # Every second listing finds it in time.
    assert Pursuit(files).act("new/a", act) == "a:2,4" and tried[0] == "new/a"


def test_files_that_are_gone_cost_few_listings(files, monkeypatch):
    listings = []
    monkeypatch.setattr(files, "finder", lambda: listings.append(1) or {})
    pursuit = Pursuit(files)
    for n in range(1000):
        assert pursuit.act(f"{n}:2,", files.unlink) is None
    assert len(listings) == LISTINGS


def test_other_failures_are_told(files, tmp_path):
    (tmp_path / "cur/a").mkdir()
    with pytest.raises(OSError):
        Pursuit(files).act("a", files.unlink)
