import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pymaster.store.mailbox.keywords import NAME, Keywords, mark


@pytest.fixture
def folder(tmp_path):
    fd = os.open(tmp_path, os.O_RDONLY)
    yield fd
    os.close(fd)


def test_learning(folder, tmp_path):
    words = Keywords(folder)
    assert words.refresh(0) and not words.refresh(0) and words.letter(b"x") is None
    words.learn({b"Work", b"$Junk"})
    assert (tmp_path / NAME).read_bytes() == b"0 $Junk\n1 Work\n"
    assert words.letter(b"WORK") == "b" and words.keyword("a") == b"$Junk" and words.keyword("c") is None
    other = Keywords(folder)
    other.learn({b"Third"})
    assert (tmp_path / NAME).read_bytes() == b"0 $Junk\n1 Work\n2 Third\n"
    assert words.refresh(mark(os.stat(tmp_path / NAME))) and words.letter(b"third") == "c"
    assert not (tmp_path / "dovecot-keywords.lock").exists()


def test_letters_run_out(folder):
    words = Keywords(folder)
    words.learn({b"k%02d" % n for n in range(30)})
    assert words.letter(b"k25") == "z" and words.letter(b"k26") is None
    words.learn({b"more"})
    assert words.letter(b"more") is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=100))
def test_any_bytes(folder, tmp_path, data):
    (tmp_path / NAME).write_bytes(data + b"\n3 Fine\n")
    words = Keywords(folder)
    words.refresh(-2)
    assert words.keyword("d") is not None
    assert all(word is None or not set(word) & set(b" ()\r\n\0") for word in words.names)
