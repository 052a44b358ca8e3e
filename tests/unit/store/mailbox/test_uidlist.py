import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.store.mailbox import uidlist
from pymaster.store.mailbox.uidlist import UidList, append, line, load, parse, rewrite, set_aside

TEXT = b"""3 V1275660208 N25 Gf7b2aa18 X9
1 W100 Pabc123 :1275660202.M1P2.host,S=5
3 :1275660203.M1P2.host:odd
"""


def test_dovecots_file():
    found = parse(TEXT)
    assert (found.uidvalidity, found.uidnext, found.guid, found.extra) == (1275660208, 25, "f7b2aa18", ["X9"])
    assert found.entries["1275660202.M1P2.host,S=5"] == (1, "W100 Pabc123") and not found.old
    assert found.text() == TEXT


def test_later_lines():
    found = parse(TEXT + b"30 :x\n31 :1275660202.M1P2.host,S=5\n32 :torn")
    assert found.entries["1275660202.M1P2.host,S=5"] == (31, "") and found.uidnext == 32
    assert found.stale == 1 and "torn" not in found.entries


def test_the_first_version():
    found = parse(b"1 12345 7\n1 a.b\n5 c.d:2,S\n")
    assert (found.uidvalidity, found.uidnext, found.old) == (12345, 7, True)
    assert found.entries == {"a.b": (1, ""), "c.d:2,S": (5, "")}


@pytest.mark.parametrize(
    "data",
    [b"", b"3 N5\n", b"3 V0 N1\n", b"2 V1 N1\n", b"3 V99999999999 N1\n", b"3 Vx N1\n", b"1 0 1\n", b"\xff\n", b"3 V1"],
)
def test_no_header(data):
    with pytest.raises(ValueError):
        parse(data)


def test_lines_that_are_none():
    found = parse(b"3 V1 N2 Gx\n0 :a\n4294967296 :b\n-1 :c\nx :d\n1 e\n7 :f/g\n8 :\n9  :h\n10 :ok\n")
    assert found.entries == {"ok": (10, "")} or set(found.entries) == {"ok", "h"}


@given(st.binary(max_size=200))
def test_any_bytes(data):
    for each in (data, TEXT + data):
        try:
            found = parse(each)
        except ValueError:
            continue
        assert all(0 < uid < 1 << 32 for uid, _ in found.entries.values())
        assert all("/" not in base and "\n" not in base for base in found.entries)


def test_files(tmp_path):
    fd = os.open(tmp_path, os.O_RDONLY)
    flushed = []
    assert load(fd) is None
    rewrite(fd, UidList(7, 3, "g", entries={"b": (2, ""), "a": (1, "P1")}))
    assert (tmp_path / uidlist.NAME).read_bytes() == b"3 V7 N3 Gg\n1 P1 :a\n2 :b\n"
    append(fd, [(3, "c"), (4, "d\udcff")], flushed.append)
    assert len(flushed) == 1
    assert load(fd).entries["d\udcff"] == (4, "") and load(fd).uidnext == 5
    with open(tmp_path / uidlist.NAME, "ab") as file:
        file.write(b"5 :tor")
    append(fd, [(6, "e")], flushed.append)
    assert load(fd).entries["e"] == (6, "")
    set_aside(fd)
    assert load(fd) is None and (tmp_path / "dovecot-uidlist.damaged").exists()
    os.close(fd)


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "elsewhere").write_bytes(TEXT)
    (tmp_path / "box").mkdir()
    os.symlink(tmp_path / "elsewhere", tmp_path / "box" / uidlist.NAME)
    fd = os.open(tmp_path / "box", os.O_RDONLY)
    assert load(fd) is None
    os.symlink(tmp_path / "elsewhere", tmp_path / "box" / uidlist.NAME)
    with pytest.raises(FileNotFoundError):
        append(fd, [(1, "x")], lambda fds: None)
    os.symlink(tmp_path / "elsewhere", tmp_path / "box" / uidlist.TEMPORARY)
    uidlist.rewrite(fd, parse(TEXT))
    assert (tmp_path / "elsewhere").read_bytes() == TEXT and load(fd) is not None
    os.close(fd)


@pytest.mark.parametrize(
    ("more", "broken"),
    [(b"", False), (b"7 :torn", False), (b"7 W1\n8 :a\n", False), (b"12\n13 :b\n", False), (b"\0\0\0\n", True),
     (b"garbage\n", True), (b"9 :a/b\n", False), (b"\xff\xfe \n", True), (b"7 :a\0b\n", True)],
)  # fmt: skip
def test_damaged_lines_are_told_from_torn_ones(more, broken):
    assert parse(b"3 V1 N1 Gx\n5 :x\n" + more).broken is broken


def test_values_with_colons():
    """A POP3 id kept from an earlier server may have one."""
    assert parse(b"3 V1 N1 Gx\n5 Pa:b W7 :name,S=1\n6  :x:2\n").entries["name,S=1"] == (5, "Pa:b W7")


def test_ten_thousand_lines_are_fast():
    data = b"3 V1 N1 Gx\n" + b"".join(line(n, f"{n}.M{n}P1.host,S=1234,W=1300") for n in range(1, 10_001))
    assert len(parse(data).entries) == 10_000
