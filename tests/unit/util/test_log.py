import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from pymaster.util import log


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    saved = {name: getattr(log.LOG, name) for name in log.Log.__slots__}
    log.LOG.lines = []
    yield
    saved["lines"] = []
    for name, value in saved.items():
        setattr(log.LOG, name, value)


def test_file_line_has_the_form_of_syslog(tmp_path: os.PathLike[str]) -> None:
    path = os.path.join(tmp_path, "log")
    fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    log.setup(log.FileSink(fd, "postfix/smtpd", "mx.example.org"), "postfix/smtpd", 7)
    log.info("hello\nworld")
    log.warning("careful")
    log.emit("A1: removed", 99)
    os.close(fd)
    first, second, third = Path(path).read_text().rstrip("\n").split("\n")
    assert re.fullmatch(r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d mx postfix/smtpd\[7\]: hello\?world", first)
    assert second.endswith("[7]: warning: careful")
    assert third.endswith("[99]: A1: removed")


def test_lines_wait_for_the_turn_to_end() -> None:
    sink = log.MemorySink()
    calls: list[int] = []
    log.setup(sink, "x")
    log.LOG.on_first = lambda: calls.append(1)
    log.info("one")
    log.info("two")
    assert (sink.lines, calls) == ([], [1])
    log.flush()
    assert [text for _, text in sink.lines] == ["one", "two"]


def test_syslog_datagrams(tmp_path: os.PathLike[str]) -> None:
    path = os.path.join(tmp_path, "s")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(path)
        log.setup(log.SyslogSink("postfix/qmgr", path=path), "postfix/qmgr", 3)
        log.warning("x")
        assert re.match(rb"<20>[A-Z][a-z]{2} .* postfix/qmgr\[3\]: warning: x$", server.recv(1000))


def test_a_missing_syslogd_does_not_stop_anything(tmp_path: os.PathLike[str]) -> None:
    log.setup(log.SyslogSink("x", path=os.path.join(tmp_path, "none")), "x")
    log.info("lost")


def test_severity_and_debug() -> None:
    assert [log.severity(t) for t in ("panic: x", "error: x", "warning: x", "x")] == [2, 3, 4, 6]
    sink = log.MemorySink()
    log.setup(sink, "x", verbose=0)
    log.debug("quiet")
    log.setup(sink, "x", verbose=1)
    log.debug("loud")
    log.error("e")
    log.fatal("f")
    log.panic("p")
    assert sink.text == "loud\nerror: e\nfatal: f\npanic: p\n"


def test_a_line_in_the_name_of_another_program(tmp_path: os.PathLike[str]) -> None:
    path = os.path.join(tmp_path, "log")
    fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    log.setup(log.FileSink(fd, "postfix/smtpd", "mx"), "postfix/smtpd", 7)
    log.emit("A1: message-id=<x>", 5, "postfix/cleanup")
    log.warning("A1: careful", 5, "other/cleanup")
    os.close(fd)
    first, second = Path(path).read_text().rstrip("\n").split("\n")
    assert first.endswith("mx postfix/cleanup[5]: A1: message-id=<x>")
    assert second.endswith("mx other/cleanup[5]: warning: A1: careful")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(os.path.join(tmp_path, "s"))
        log.setup(log.SyslogSink("postfix/smtpd", path=os.path.join(tmp_path, "s")), "postfix/smtpd", 3)
        log.emit("A1: message-id=<x>", 5, "postfix/cleanup")
        assert server.recv(1000).endswith(b" postfix/cleanup[5]: A1: message-id=<x>")


def test_facilities() -> None:
    assert [log.facility(name) for name in ("local3", "mail", "auth", "what", "local9", "")] == [19, 2, 4, 2, 2, 2]
