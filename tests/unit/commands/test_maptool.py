"""What postmap and postalias share: the command line, and the rights of a source's owner."""

import os
from pathlib import Path

import pytest

from pymaster.commands.maptool import Usage, owner_rights, parse
from pymaster.commands.postmap import TOOL
from pymaster.util.errors import Fatal


def test_parse() -> None:
    command = parse(TOOL, ["-hmq", "-", "-cdir", "-v", "--", "-x"])
    assert command.values == {"q": "-", "c": "dir"}
    assert command.flags == set("hmqcv")
    assert command.words == ["-x"]


@pytest.mark.parametrize("arguments", [[], ["-z", "x"], ["-q"], ["-Z"]])
def test_usage(arguments: list[str]) -> None:
    with pytest.raises(Usage):
        parse(TOOL, arguments)


@pytest.mark.parametrize("arguments", [["-s", "-d", "x", "m"], ["-m", "m"], ["-b", "-q", "x", "m"]])
def test_contradictions(arguments: list[str]) -> None:
    with pytest.raises(Fatal):
        parse(TOOL, arguments)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_root_works_as_the_source_s_owner(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.touch()
    groups = os.getgroups()
    with owner_rights(str(path)):
        assert os.geteuid() == 0
    os.chown(path, 65534, 65534)
    with owner_rights(str(path)):
        assert (os.geteuid(), os.getegid(), os.getgroups()) == (65534, 65534, [65534])
    assert (os.geteuid(), os.getegid(), os.getgroups()) == (0, 0, groups)
    with owner_rights(str(tmp_path / "none")):
        assert os.geteuid() == 0
