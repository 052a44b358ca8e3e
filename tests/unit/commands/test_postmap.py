"""postmap's command line; what it prints is compared with Debian's in tests/interop."""

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pymaster.commands import postmap

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    (tmp_path / "main.cf").write_text("compatibility_level = 3.6\n")
    (tmp_path / "m").write_text("A one\nb two\n")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        status = postmap.main(["-c", ".", *arguments])
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return status, out.decode(), err.decode()

    return call


def test_make_ask_list_remove(run: Run) -> None:
    assert run("hash:m") == (0, "", "")
    assert run("-q", "a", "m") == (0, "one\n", "")
    assert run("-q", "z", "m") == (1, "", "")
    assert run("-q", "-", "lmdb:m", stdin=b"A\nz\nb") == (0, "A\tone\nb\ttwo\n", "")
    assert run("-s", "lmdb:m") == (0, "a\tone\nb\ttwo\n", "")
    assert run("-d", "A", "lmdb:m") == (0, "", "")
    assert run("-i", "lmdb:m", stdin=b"c 3\n") == (0, "", "")
    assert run("-s", "m")[1] == "b\ttwo\nc\t3\n"


def test_asking_makes_nothing(run: Run, tmp_path: Path) -> None:
    assert run("-q", "a", "hash:m")[:2] == (0, "one\n")
    assert sorted(os.listdir(tmp_path)) == ["m", "main.cf"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["-q", "a", "-s", "m"], "postmap: fatal: specify only one of -s -q or -d\n"),
        (["-h", "m"], 'postmap: fatal: specify -b -h or -m only with "-q -"\n'),
        (["lmdb:none"], "postmap: fatal: open none: No such file or directory\n"),
        (["foo:m"], "postmap: fatal: unsupported dictionary type: foo\n"),
        (["cidr:m"], "postmap: fatal: unsupported dictionary type: cidr does not support bulk-mode creation.\n"),
        (["-q", "a", "fail:x"], "postmap: fatal: table fail:x: query error: Application error\n"),
        (["-d", "a", "static:x"], "postmap: fatal: table static:x: delete operation is not supported\n"),
        (["-d", "a", "pcre:m"], "postmap: fatal: pcre:m map requires O_RDONLY access mode\n"),
        (["-s", "static:x"], "postmap: fatal: table static:x: sequence operation is not supported\n"),
        (["-c", "none", "m"], "postmap: fatal: open none/main.cf: No such file or directory\n"),
    ],
)
def test_errors(run: Run, arguments: list[str], text: str) -> None:
    assert run(*arguments) == (1, "", text)


def test_usage(run: Run) -> None:
    usage = "postmap: fatal: usage: postmap [-bfFhimnNoprsuUvw] [-c config_dir] [-d key] [-q key] [map_type:]file...\n"
    assert run() == (1, "", usage)
    assert run("-z") == (1, "", "postmap: invalid option -- 'z'\n" + usage)
    assert run("-q") == (1, "", "postmap: option requires an argument -- 'q'\n" + usage)
