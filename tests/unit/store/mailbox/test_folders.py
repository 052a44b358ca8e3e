import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.folders import canonical, check, check_new, escape, folder_of, name_of, unescape

BAD = ["", ".", "..", "a..b", ".a", "a.", "~root", "a/b", "../x", "/etc", "a\0b", "a\r\nb", "a\x7f", "\x85", "cur", "new",
       "tmp", "x" * 300, "\ud800", "a\u2028b", ".".join("a" * 60), "cur.x"]  # fmt: skip
BAD_SLASH = ["/etc", "a//b", "a/./b", "a/../../b", "../x", "a/", "~x", "cur/a", "."]


@pytest.mark.parametrize("name", BAD, ids=repr)
def test_names_that_are_refused(name):
    with pytest.raises(MailboxError):
        check(name, ".")


@pytest.mark.parametrize("name", BAD_SLASH)
def test_names_that_are_refused_with_slashes(name):
    with pytest.raises(MailboxError):
        check(name, "/")


def test_wildcards_are_not_made():
    assert check("a*", ".") == "a*"
    with pytest.raises(MailboxError):
        check_new("a*", ".")
    with pytest.raises(MailboxError):
        check_new("a%b", ".")


def test_inbox_in_any_case():
    assert (
        check("inBox", ".") == "INBOX" and check("inbox.A", ".") == "INBOX.A" and canonical("A.inbox", ".") == "A.inbox"
    )
    assert folder_of("INBOX", ".") == "" and folder_of("INBOX.A", ".") == ".INBOX.A"


@pytest.mark.parametrize(
    ("name", "separator", "folder"),
    [
        ("A", ".", ".A"), ("A.B", ".", ".A.B"), ("A/B", "/", ".A.B"), ("john.doe/x", "/", ".john\\2edoe.x"),
        ("Entwürfe", ".", ".Entw&APw-rfe"), ("a\\b", "/", ".a\\5cb"), ("a\\b", ".", ".a\\b"), ("a & b", ".", ".a &- b"),
    ],
)  # fmt: skip
def test_folders(name, separator, folder):
    assert folder_of(name, separator) == folder and name_of(folder, separator) == name


@pytest.mark.parametrize(
    "folder", ["..x", ".", ".a..b", ".&AAA-", ".&", ".a/b", ".INBOX", ".inbox.x", ".ä", ".a\\2fb", ".\n"]
)
def test_folders_that_are_no_mailbox(folder):
    for separator in "./":
        assert name_of(folder, separator) is None or (folder == ".a\\2fb" and separator == ".")


@given(st.text(max_size=40), st.sampled_from("./"))
def test_any_name_stays_in_its_folder(name, separator):
    try:
        folder = folder_of(check(name, separator), separator)
    except MailboxError:
        return
    assert "/" not in folder and folder not in (".", "..") and not folder.startswith("..") and "\0" not in folder
    assert not folder or name_of(folder, separator) == check(name, separator)


@given(st.text(max_size=20))
def test_escape(level):
    assert unescape(escape(level, "/"), "/") == level and "." not in escape(level, "/")


def test_too_long():
    with pytest.raises(MailboxError):
        folder_of(check(".".join(["x" * 100] * 3), "."), ".")
