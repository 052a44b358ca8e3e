"""The spool's group: taken inside the block, given back after it, and only where there is one."""

import os

import pytest

from pymaster.store import privileged


def test_nothing_changes_without_a_saved_group() -> None:
    before = os.getresgid()
    with privileged.spool():
        assert os.getresgid() == before


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_the_saved_group_is_used_for_the_moment() -> None:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setresgid(12345, 12345, 8)
            os.setresuid(12345, 12345, 12345)
            try:
                with privileged.spool():
                    inside = os.getegid()
                    raise ValueError("also when it fails")
            except ValueError:
                os.write(writer, f"{inside} {os.getegid()}".encode())
        finally:
            os._exit(0)
    os.close(writer)
    text = os.read(reader, 100)
    os.close(reader)
    os.waitpid(pid, 0)
    assert text == b"8 12345"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_an_agent_that_acts_as_a_user_is_left_alone() -> None:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setegid(12345)
            os.seteuid(12345)
            with privileged.spool():
                os.write(writer, f"{os.getegid()}".encode())
        finally:
            os._exit(0)
    os.close(writer)
    text = os.read(reader, 100)
    os.close(reader)
    os.waitpid(pid, 0)
    assert text == b"12345"
