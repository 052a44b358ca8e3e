import os

import pytest

from pymaster.util.errors import Fatal


def test_a_command_gets_the_message(bench):
    out = bench.folder / "out"
    out.mkdir()
    out.chmod(0o777)
    args = ["user=daemon", "flags=R", "argv=/usr/bin/tee", f"{out}/message"]
    (report,) = bench.deliver("pipe", "", [bench.store(b"a@v.example")], args)
    assert report.statuses[0].reason.startswith("delivered via pipe service (Return-Path: <s@x.example>")
    assert (out / "message").read_bytes() == b"Return-Path: <s@x.example>\nSubject: test\n\nhello\n"


def test_a_bad_line_is_fatal(bench):
    with pytest.raises(Fatal, match="missing argv="):
        bench.deliver("pipe", "", [], ["user=daemon"])
    if os.geteuid() == 0:
        bench.queue.close()
        with pytest.raises(Fatal, match="root privileges"):
            bench.deliver("pipe", "", [], ["user=root", "argv=/bin/true"])
