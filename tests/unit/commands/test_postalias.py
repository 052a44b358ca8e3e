"""postalias's command line; what it prints is compared with Debian's in tests/interop."""

import sys
from pathlib import Path

import pytest

from pymaster.commands import postalias


def test_make_list_ask(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    (tmp_path / "main.cf").write_text("myhostname = mx.test.example\n")
    (tmp_path / "al").write_text('Root: bob,\n  carl\n"Quoted, Name": x\n')

    def run(*arguments: str) -> tuple[int, str, str]:
        status = postalias.main(["-c", str(tmp_path), *arguments])
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return status, out.decode(), err.decode()

    assert run(f"{tmp_path}/al") == (0, "", "")
    assert run("-q", "ROOT", f"lmdb:{tmp_path}/al") == (0, "bob, carl\n", "")
    status, out, _ = run("-s", f"{tmp_path}/al")
    lines = [line for line in out.split("\n") if not line.startswith("YP_LAST_MODIFIED:\t")]
    assert lines == ["@:\t@", "YP_MASTER_NAME:\tmx.test.example", "quoted, name:\tx", "root:\tbob, carl", ""]
    assert status == 0
    assert run("-b", "x")[2].startswith("postalias: invalid option -- 'b'\npostalias: fatal: usage: postalias [-Nfino")
