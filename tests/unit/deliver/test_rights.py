import os

import pytest

from pymaster.deliver import rights
from pymaster.deliver.rights import Forbidden, NotPermitted, acting, elevated
from pymaster.util.errors import Fatal

root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@root
def test_acting_and_back(tmp_path):
    before = (os.geteuid(), os.getegid(), os.getgroups())
    with acting(20001, 20002):
        assert (os.geteuid(), os.getegid(), os.getgroups()) == (20001, 20002, [])
        with elevated():
            assert os.geteuid() == 0
        assert (os.geteuid(), os.getegid()) == (20001, 20002)
        with pytest.raises(NotPermitted, match="uid 20003"), acting(20003, 1):
            pass
    assert (os.geteuid(), os.getegid(), os.getgroups()) == before
    with pytest.raises(KeyError), acting(20001, 20001):
        raise KeyError
    assert os.geteuid() == 0


@root
def test_files_made_meanwhile_belong_to_the_user(site):
    with acting(20001, 20001), pytest.raises(PermissionError):
        (site.folder / "x").write_bytes(b"")
    with acting(20001, 20001):
        (site.folder / "home/joe/x").write_bytes(b"")
    assert os.stat(site.folder / "home/joe/x").st_uid == 20001


def test_an_ordinary_user_acts_only_as_itself(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    monkeypatch.setattr(os, "getegid", lambda: 1234)
    with acting(1234, 1234), acting(1234, 99):
        pass
    with pytest.raises(NotPermitted), acting(0, 0):
        pass


def test_same_rights_cost_nothing(monkeypatch):
    monkeypatch.setattr(os, "seteuid", None)
    with acting(os.geteuid(), os.getegid()), elevated():
        pass


def test_forbidden():
    rule = Forbidden(100, 200)
    rule.check(5, 5, "x")
    for uid, gid, word in (
        (0, 5, "root"),
        (100, 5, "mail system owner"),
        (5, 0, "group id 0"),
        (5, 200, "group id 200"),
    ):
        with pytest.raises(Fatal, match=word):
            rule.check(uid, gid, "default_privs")


@root
def test_named(site):
    rule = rights.forbidden("nobody2")
    assert rule == Forbidden(20009, 20009)
    assert rights.named("joe", "x", rule).uid == 20001
    for name in ("root", "nobody2", "nosuch"):
        with pytest.raises(Fatal):
            rights.named(name, "default_privs", rule)
    with pytest.raises(Fatal, match="pymaster setup"):
        rights.forbidden("nosuch")


def test_named_in_a_rootless_process():
    assert rights.named("anybody", "x", None).uid == os.geteuid()
