"""Becoming the owner of a mailbox."""

from __future__ import annotations

import grp
import os
from pathlib import Path

import pytest

from pymaster.model.mailplace import MAILDIR, MBOX, MailPlace
from pymaster.store.mailrights import become, spool_group


def place(kind: str = MAILDIR, inbox: str = "/x") -> MailPlace:
    return MailPlace("bob", 65534, 65534, "/", kind, inbox, inbox)


def group_name() -> str:
    return grp.getgrgid(os.getegid()).gr_name


def test_the_group_of_a_spool(tmp_path: Path) -> None:
    spool = tmp_path / "mail"
    spool.mkdir()
    spool.chmod(0o775)
    mbox = place(MBOX, f"{spool}/bob")
    assert spool_group(mbox, group_name()) == os.getegid()
    assert spool_group(mbox, "") is None
    assert spool_group(mbox, "no-such-group") is None
    assert spool_group(place(MAILDIR, f"{spool}/bob"), group_name()) is None
    for mode in (0o755, 0o777):
        spool.chmod(mode)
        assert spool_group(mbox, group_name()) is None
    assert spool_group(place(MBOX, "/no/such/folder/bob"), group_name()) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
@pytest.mark.root
def test_nothing_of_root_is_left() -> None:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        become(place(), "mail")
        os.write(writing, repr((os.getresuid(), os.getresgid(), 0 in os.getgroups(), os.umask(0))).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    found = os.read(reading, 1000)
    os.close(reading)
    os.close(writing)
    assert found == repr(((65534,) * 3, (65534,) * 3, False, 0o077)).encode()
