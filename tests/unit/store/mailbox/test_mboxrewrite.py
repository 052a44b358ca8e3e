import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymaster.store.mailbox import mboxrewrite
from pymaster.store.mailbox.mboxrewrite import REDO, Rewriter

OLD = bytes(range(65, 91)) * 4


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(mboxrewrite, "PAGE", 16)
    monkeypatch.setattr(mboxrewrite, "BLOCK", 32)


@pytest.fixture
def box(tmp_path):
    made = Box(tmp_path)
    yield made
    os.close(made.fd)


class Box:
    def __init__(self, folder, old=OLD):
        self.path, self.folder = folder / "box", folder / "own"
        self.folder.mkdir(exist_ok=True)
        self.path.write_bytes(old)
        self.fd = os.open(self.path, os.O_RDWR)

    def rewriter(self):
        return Rewriter(str(self.folder))


def killing(monkeypatch, after):
    """Every system call that changes something is counted; the process dies before one of them, or half-way in a write."""
    left = [after]

    def die(call):
        def instead(*args, **kwargs):
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return call(*args, **kwargs)

        return instead

    whole = os.pwrite

    def half(fd, data, at):
        left[0] -= 1
        if left[0] < 0:
            # A kill stops between pages.
            middle = at + len(data) // 2
            whole(fd, bytes(data)[: max(middle - middle % mboxrewrite.PAGE - at, 0)], at)
            raise Killed
        return whole(fd, data, at)

    for name in ("ftruncate", "fsync", "fdatasync", "rename"):
        monkeypatch.setattr(os, name, die(getattr(os, name)))
    monkeypatch.setattr(os, "pwrite", half)


CASES = {
    "grow": (20, [b"x" * 10, (30, 50), b"y" * 40, (20, 10), (80, 24)]),
    "shrink": (10, [b"zz", (40, 30)]),
    "same": (0, [(50, 54), (0, 50)]),
    "append": (104, [b"n" * 100]),
    "cut": (50, []),
    "little": (103, [b"!"]),
}


def wanted(start, pieces):
    return OLD[:start] + b"".join(p if isinstance(p, bytes) else OLD[p[0] : p[0] + p[1]] for p in pieces)


@pytest.mark.parametrize("case", CASES)
def test_replace(box, small, case):
    start, pieces = CASES[case]
    inode = os.stat(box.path).st_ino
    assert box.rewriter().replace(box.fd, start, pieces) == len(wanted(start, pieces))
    assert box.path.read_bytes() == wanted(start, pieces) and os.stat(box.path).st_ino == inode
    assert not box.rewriter().pending() and not box.rewriter().recover(box.fd)
    assert os.listdir(box.folder) == [REDO] and os.stat(box.folder / REDO).st_size == 0


@pytest.mark.parametrize("foreign", [b"", b"F" * 5, b"F" * 70], ids=len)
@pytest.mark.parametrize("case", CASES)
def test_a_kill_at_any_instant(tmp_path, small, case, foreign):
    start, pieces = CASES[case]
    outcomes = set()
    for after in range(200):
        folder = tmp_path / str(after)
        folder.mkdir()
        box = Box(folder)
        try:
            with pytest.MonkeyPatch.context() as patch:
                killing(patch, after)
                box.rewriter().replace(box.fd, start, pieces)
        except Killed:
            pass
        else:
            break
        finally:
            size = os.fstat(box.fd).st_size
            if foreign:
                os.pwrite(box.fd, foreign, size)
        # The one who tidies up may be killed, too.
        for again in range(200):
            try:
                with pytest.MonkeyPatch.context() as patch:
                    killing(patch, again)
                    box.rewriter().recover(box.fd)
                break
            except Killed:
                continue
        found = box.path.read_bytes()
        outcomes.add(found)
        torn = wanted(start, pieces)[:size] if len(wanted(start, pieces)) > size > len(OLD) else None
        if torn and foreign:
            # Mail behind a half-written new end: nothing old was touched, nothing of the mail is lost.
            assert found.startswith(OLD) and found.endswith(foreign)
        else:
            assert found in (OLD + foreign, wanted(start, pieces) + foreign), (after, found)
        assert not box.rewriter().pending()
        os.close(box.fd)
    assert {OLD + foreign, wanted(start, pieces) + foreign} <= outcomes


def begun(box, start, pieces, monkeypatch):
    """Die with the redo file in place and nothing copied."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mboxrewrite._Redo, "apply", lambda self, fd: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            box.rewriter().replace(box.fd, start, pieces)


@pytest.mark.parametrize("change", [b"other" * 30, b"x", OLD[:60], OLD[:90] + b"!" * 14, b""])
@pytest.mark.parametrize("case", ["shrink", "same"])
def test_what_others_made_of_it_meanwhile_is_left_alone(box, small, case, change, monkeypatch):
    begun(box, *CASES[case], monkeypatch)
    box.path.write_bytes(change)
    box.rewriter().recover(box.fd)
    assert box.path.read_bytes() == change and not box.rewriter().pending()


def test_another_file_is_left_alone(box, small, monkeypatch):
    begun(box, *CASES["cut"], monkeypatch)
    other = box.path.with_name("other")
    other.write_bytes(OLD)
    other.rename(box.path)
    with open(box.path, "r+b") as file:
        box.rewriter().recover(file.fileno())
    assert box.path.read_bytes() == OLD and not box.rewriter().pending()


@given(st.binary(max_size=200), st.integers(0, 300))
@settings(max_examples=100, deadline=None)
def test_a_damaged_redo_file(tmp_path_factory, junk, at):
    box = Box(tmp_path_factory.mktemp("junk"))
    begun(box, *CASES["shrink"], None)
    redo = box.folder / REDO
    data = redo.read_bytes()
    redo.write_bytes((data[:at] + junk + data[at + len(junk) :])[: len(data)])
    untouched = redo.read_bytes()[:-32] == data[:-32]
    box.rewriter().recover(box.fd)
    assert untouched or box.path.read_bytes() in (OLD, wanted(*CASES["shrink"]))
    assert not box.rewriter().pending()
    os.close(box.fd)


def test_disk_full_leaves_the_mailbox_as_it_was(box, monkeypatch):
    monkeypatch.setattr(os, "pwrite", lambda *args: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        box.rewriter().replace(box.fd, 0, [b"new"])
    assert box.path.read_bytes() == OLD and not box.rewriter().pending()
