"""unix:passwd.byname, unix:group.byname."""

import grp
import os
import pwd
from collections.abc import Callable
from pathlib import Path

import pytest

from pymaster.tables import TableError
from pymaster.tables.base import BaseTable
from pymaster.tables.nss import CALLERS, UnixTable, sources
from pymaster.util.errors import LookupFailed

PASSWD = "root:x:0:0:root:/root:/bin/sh\nbob:x:1000:1000:Bob,,,:/home/bob:/bin/sh\n"


def etc(folder: Path, switch: str | None = "passwd: files\ngroup: files\n") -> str:
    (folder / "passwd").write_text(PASSWD)
    (folder / "group").write_text("adm:x:4:bob,root\n")
    if switch is not None:
        (folder / "nsswitch.conf").write_text(switch)
    return str(folder)


class Elsewhere:
    """Stands for the other sources of accounts."""

    def __init__(self, answer: bytes | Exception | None) -> None:
        self.answer, self.asked = answer, []  # type: ignore[var-annotated]

    def __call__(self, name: bytes) -> bytes | None:
        self.asked.append(name)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def unix(folder: Path, switch: str, answer: bytes | Exception | None, **options: object) -> tuple[UnixTable, Elsewhere]:
    elsewhere = Elsewhere(answer)
    found = UnixTable("unix:passwd.byname", "passwd", options.get("offload"), etc(folder, switch))  # type: ignore[arg-type]
    found._call = elsewhere
    return found, elsewhere


def test_this_machine(table: Callable[..., BaseTable]) -> None:
    root = pwd.getpwnam("root")
    line = f"root:{root.pw_passwd}:0:0:{root.pw_gecos}:{root.pw_dir}:{root.pw_shell}".encode()
    assert table("unix:passwd.byname").get(b"ROOT") == line
    group = grp.getgrgid(0)
    assert (table("unix:group.byname").get(group.gr_name.encode()) or b"").startswith(group.gr_name.encode() + b":")
    for name in (b"nosuchuser", b"", b"a\0b", b"x" * 1000, b"\xff"):
        assert table("unix:passwd.byname").get(name) is None
    with pytest.raises(TableError, match="unknown table: unix:foo"):
        table("unix:foo")


def test_the_c_library_says_the_same_as_the_file() -> None:
    for entry in pwd.getpwall()[:5]:
        line = ":".join(map(str, entry)).encode()
        assert CALLERS["passwd"]()(entry.pw_name.encode()) == line
    for group in grp.getgrall()[:5]:
        expected = f"{group.gr_name}:{group.gr_passwd}:{group.gr_gid}:{','.join(group.gr_mem)}".encode()
        assert CALLERS["group"]()(group.gr_name.encode()) == expected


def test_a_file_that_decides_alone(tmp_path: Path) -> None:
    found, elsewhere = unix(tmp_path, "passwd: files\n", b"never")
    assert found.get(b"Bob") == b"bob:x:1000:1000:Bob,,,:/home/bob:/bin/sh"
    assert found.get(b"carl") is None
    assert elsewhere.asked == []


def test_other_sources_are_asked_for_what_the_file_does_not_know(tmp_path: Path) -> None:
    calls: list[bytes] = []

    def offload(find: Callable[[bytes], bytes | None], key: bytes) -> bytes | None:
        calls.append(key)
        return find(key)

    found, elsewhere = unix(tmp_path, "passwd: files sss\n", b"carl:x", offload=offload)
    assert found.blocking
    assert found.get(b"bob") is not None
    assert calls == []
    assert found.get(b"carl") == b"carl:x"
    assert calls == elsewhere.asked == [b"carl"]


def test_file_that_is_not_first_is_not_preferred(tmp_path: Path) -> None:
    found, _ = unix(tmp_path, "passwd: sss [NOTFOUND=continue] files\n", b"other")
    assert found.get(b"bob") == b"other"


def test_a_source_that_is_down_is_a_failure(tmp_path: Path) -> None:
    found, _ = unix(tmp_path, "passwd: files ldap\n", LookupFailed("down"))
    with pytest.raises(LookupFailed):
        found.get(b"carl")


def test_an_edited_file_is_not_trusted_any_more(tmp_path: Path) -> None:
    found, elsewhere = unix(tmp_path, "passwd: files\n", None)
    (tmp_path / "passwd").write_text("root:x:0:0::/:/bin/sh\n")
    assert found.get(b"bob") is None
    assert elsewhere.asked == [b"bob"]
    assert found.changed()


def test_in_a_jail_only_the_file_speaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for switch, carl in (("passwd: files systemd\n", None), ("passwd: files sss\n", LookupFailed)):
        found, elsewhere = unix(tmp_path, switch, b"never")
        found._root = os.stat(tmp_path)
        assert (found.get(b"bob") or b"").startswith(b"bob:")
        if carl is None:
            assert found.get(b"carl") is None
        else:
            with pytest.raises(carl):
                found.get(b"carl")
        assert elsewhere.asked == []


def test_sources(tmp_path: Path) -> None:
    etc(tmp_path, "# c\npasswd:\tfiles [NOTFOUND=return]  sss # x\ngroup:files\n")
    path = str(tmp_path / "nsswitch.conf")
    assert sources(path, "passwd") == ["files", "sss"]
    assert sources(path, "group") == ["files"]
    assert sources(path, "hosts") == ["files"]
    assert sources(str(tmp_path / "none"), "passwd") == ["files"]
