import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.folders import check
from pymaster.store.mailbox.mboxlayout import MboxLayout
from pymaster.util.clock import SYSTEM


def layout_of(root, separator="/", index=""):
    (root / "spool").mkdir(exist_ok=True)
    return MboxLayout(str(root / "spool" / "joe"), str(root / "mail"), index, separator, SYSTEM)


@pytest.fixture
def layout(tmp_path):
    return layout_of(tmp_path)


def refused(code, call, *args):
    with pytest.raises(MailboxError) as caught:
        call(*args)
    assert caught.value.code == code


def test_what_is_a_mailbox(layout, tmp_path):
    mail = tmp_path / "mail"
    (mail / "sub" / "deep").mkdir(parents=True)
    for name in (
        "sent",
        "sub/one",
        "sub/deep/two",
        ".hidden",
        "x.lock",
        "inbox",
        "sub/INBOX",
        "R&D",
        "R&-D",
        "B&APwA4g-",
    ):
        (mail / name).write_bytes(b"")
    (mail / "link").symlink_to(mail / "sent")
    (mail / "out").symlink_to(tmp_path / "spool")
    (mail / "raw\udcff").write_bytes(b"")
    os.mkfifo(mail / "fifo")
    boxes, levels = layout.names()
    assert boxes == {"INBOX", "sent", "sub/one", "sub/deep/two", "sub/INBOX", "R&D", "Büâ"}
    assert levels == {"sub", "sub/deep"}
    assert (
        layout.exists("INBOX") and layout.exists("sub/one") and not layout.exists("sub") and not layout.exists("link")
    )
    (tmp_path / "spool" / "joe").write_bytes(b"")
    assert not layout.exists("out/joe") and not layout.exists(".hidden") and not layout.exists("x.lock")
    refused("NONEXISTENT", layout.driver, "out/joe")
    assert layout.watched() == [str(mail), str(mail / "sub"), str(mail / "sub" / "deep")]


def test_an_inbox_among_the_folders_is_listed_once(tmp_path):
    layout = MboxLayout(str(tmp_path / "mail" / "mbox"), str(tmp_path / "mail"), "", "/", SYSTEM)
    layout.create("other")
    (tmp_path / "mail" / "mbox").write_bytes(b"")
    assert layout.names()[0] == {"INBOX", "other"} and not layout.exists("mbox")
    (tmp_path / "mail" / "mbox").unlink()
    refused("CANNOT", layout.create, "mbox")
    refused("CANNOT", layout.rename, "other", "mbox")


def test_create_delete(layout, tmp_path):
    layout.create("a/b/c")
    assert (tmp_path / "mail" / "a" / "b" / "c").stat().st_mode & 0o777 == 0o600
    refused("ALREADYEXISTS", layout.create, "a/b/c")
    refused("CANNOT", layout.create, "a/b")
    refused("CANNOT", layout.create, "a/b/c/d")
    refused("CANNOT", layout.create, "a/.b")
    refused("CANNOT", layout.create, "x.lock")
    (tmp_path / "mail" / "link").symlink_to(tmp_path)
    refused("CANNOT", layout.create, "link/x")
    (tmp_path / "mail" / ".imap" / "a" / "b" / "c").mkdir(parents=True)
    layout.delete("a/b/c")
    assert sorted(os.listdir(tmp_path / "mail")) == [".imap", "link"]
    assert not (tmp_path / "mail" / ".imap" / "a" / "b" / "c").exists()
    refused("NONEXISTENT", layout.delete, "a/b/c")


def test_rename_takes_along_what_belongs_to_it(tmp_path):
    layout = layout_of(tmp_path, index=str(tmp_path / "index"))
    layout.create("a/b")
    layout.create("full")
    for folder in (layout.index("a/b"), layout.rights("a/b")):
        with open(f"{folder}/x", "w") as file:
            file.write("kept")
    refused("ALREADYEXISTS", layout.rename, "a/b", "full")
    refused("CANNOT", layout.rename, "full", "a")
    refused("CANNOT", layout.rename, "a/b", "full/b")
    layout.rename("a/b", "c/d")
    assert layout.names() == ({"INBOX", "c/d", "full"}, {"c"})
    assert all(os.path.exists(f"{folder}/x") for folder in (layout.index("c/d"), layout.rights("c/d")))
    assert layout.index("c/d") == str(tmp_path / "index" / "c" / "d")
    assert layout.control() == str(tmp_path / "mail" / ".imap")


def test_a_dot_between_levels(tmp_path):
    layout = layout_of(tmp_path, ".")
    layout.create("a.b")
    assert (tmp_path / "mail" / "a" / "b").exists()
    (tmp_path / "mail" / "not.one").write_bytes(b"")
    assert layout.names() == ({"INBOX", "a.b"}, {"a"})


@given(
    st.text(max_size=12)
    | st.lists(st.sampled_from(["..", ".", "/", "a", "~", "\0", "INBOX", "&", "x.lock", ".imap"]), max_size=6).map(
        "".join
    )
)
@settings(max_examples=300, deadline=None)
def test_no_name_leads_out(tmp_path_factory, name):
    root = tmp_path_factory.getbasetemp() / "names"
    (root / "spool").mkdir(parents=True, exist_ok=True)
    layout = layout_of(root)
    try:
        path = layout._path(check(name, "/"))
    except MailboxError:
        return
    assert os.path.normpath(path) == path
    assert path == layout.inbox or path.startswith(f"{root}/mail/")
    assert "/." not in path[len(str(root)) :]
