import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.model.mailplace import MailPlace
from pymaster.rules.mailplaces import MailPlaces, NoMail, quota
from pymaster.util.errors import LookupFailed
from pymaster.util.passwd import User
from tests.fakes import open_dicts

MAIN = """
mydestination = host.example, localhost
inet_interfaces = 127.0.0.1
myorigin = v.example
virtual_mailbox_base = /vmail
virtual_mailbox_maps = test:boxes
virtual_uid_maps = test:ids
virtual_gid_maps = test:ids
mailbox_special_use = Sent=\\Sent, Junk=\\Junk
"""
USERS = {b"bob": User("bob", 1000, 1001, "/home/bob", "/bin/sh"), b"root": User("root", 0, 0, "/root", "/bin/sh")}
USERS[b"postfix"] = User("postfix", 89, 89, "/var/spool/postfix", "")


def by_name(name: bytes) -> User | None:
    if name == b"ill":
        raise LookupFailed("directory is down")
    return USERS.get(name)


def places(text: str = "") -> MailPlaces:
    tables = {
        "boxes": {"a@v.example": "v/a/", "m@v.example": "v/m"},
        "ids": {"a@v.example": "500", "m@v.example": "500"},
    }
    return MailPlaces(Snapshot.from_text(MAIN + text), open_dicts(**tables), by_name, frozenset({89}))


def find(user: str, text: str = "", **fields: str) -> MailPlace:
    found = places(text).find(user, fields)
    assert found is not None
    return found


def test_system_user_with_mbox() -> None:
    for name in ("bob", "bob@host.example", "bob@localhost", "bob@[127.0.0.1]"):
        place = find(name)
        assert (place.user, place.uid, place.gid, place.home) == (name, 1000, 1001, "/home/bob")
        assert (place.format, place.inbox, place.folders) == ("mbox", "/var/mail/bob", "/home/bob/mail")
        assert (place.separator, place.special, place.index) == (".", r"Sent=\Sent,Junk=\Junk", "")


def test_system_user_with_maildir() -> None:
    place = find("bob", "home_mailbox = Maildir/\nmailbox_index_directory = /var/lib/index")
    assert (place.format, place.inbox, place.folders) == ("maildir", "/home/bob/Maildir", "/home/bob/Maildir")
    assert place.index == "/var/lib/index/bob"


def test_virtual_users() -> None:
    place = find("a@v.example")
    assert (place.format, place.inbox, place.home, place.uid) == ("maildir", "/vmail/v/a", "/vmail/v/a", 500)
    place = find("m@v.example")
    assert (place.format, place.inbox, place.folders) == ("mbox", "/vmail/v/m", "/vmail/v/m.folders")
    # A bare name is tried with $myorigin.
    assert find("a").inbox == "/vmail/v/a"


def test_unknown_and_ill() -> None:
    assert places().find("nobody", {}) is None
    assert places().find("nobody@v.example", {}) is None
    assert places().find("bob@other.example", {}) is None
    with pytest.raises(LookupFailed):
        places().find("ill", {})


@pytest.mark.parametrize("user", ["root", "postfix"])
def test_who_has_no_mail(user: str) -> None:
    with pytest.raises(NoMail, match="may not own mail"):
        places().find(user, {})


def test_fields_of_a_back_end() -> None:
    place = find(
        "x@any.example", uid="700", gid="701", home="/srv/x", mail="maildir:~/mail/%d/%n", quota_rule="*:storage=1G"
    )
    assert (place.uid, place.gid, place.inbox) == (700, 701, "/srv/x/mail/any.example/x")
    assert place.quota == f"storage={1 << 30}"
    assert find("x", uid="700", gid="701", home="/srv/x").inbox == "/srv/x/Maildir"
    place = find("bob", mail="mbox:~/m:INBOX=/var/mail/%u")
    assert (place.format, place.inbox, place.folders, place.uid) == ("mbox", "/var/mail/bob", "/home/bob/m", 1000)
    assert find("bob", mail="mbox:~/m").inbox == "/home/bob/m/inbox"
    assert find("bob", mail="%h/M/").format == "maildir"
    assert (find("bob", mail="~/box").inbox, find("bob", mail="~/box").folders) == ("/home/bob/box", "/home/bob/mail")


@pytest.mark.parametrize(
    "fields",
    [
        {"uid": "0"},
        {"gid": "0"},
        {"uid": "89"},
        {"uid": "-1"},
        {"uid": "bob"},
        {"mail": "relative/"},
        {"mail": "/a/../b/"},
        {"mail": "maildir:/a\0b"},
        {"mail": "maildir:~/%x"},
        {"home": "relative", "mail": "~/m/"},
    ],
)
def test_bad_fields(fields: dict[str, str]) -> None:
    with pytest.raises(NoMail):
        places().find("bob", fields)


@pytest.mark.parametrize(
    ("rule", "made"),
    [
        ("", ""),
        ("*:storage=1G", "storage=1073741824"),
        ("*:storage=100", "storage=102400"),
        ("*:bytes=100", "storage=100"),
        ("storage=10M:messages=500", "storage=10485760:messages=500"),
        ("1G", "storage=1073741824"),
        ("storage=5GB", "storage=5368709120"),
        ("Trash:storage=+10%", ""),
        ("nonsense=1", ""),
        ("storage=0", ""),
    ],
)
def test_quota(rule: str, made: str) -> None:
    assert quota(rule) == made
