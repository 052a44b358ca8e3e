import pytest

from pymaster.config.params.local import LocalParams
from pymaster.config.snapshot import Snapshot
from pymaster.rules import mailboxpaths
from pymaster.rules.mailboxpaths import BadTarget, Target, VirtualMailboxes
from tests.fakes import open_dicts

MAIN = """
virtual_mailbox_base = /vmail
virtual_mailbox_maps = test:boxes
virtual_uid_maps = test:uids
virtual_gid_maps = test:gids
recipient_delimiter = +
"""
IDS = {"uids": {"a@v.example": "500"}, "gids": {"a@v.example": "600"}}


def boxes(path: str = "v/a/", **ids: dict[str, str]) -> VirtualMailboxes:
    return VirtualMailboxes(Snapshot.from_text(MAIN), open_dicts(boxes={"a@v.example": path}, **IDS | ids))


def test_system() -> None:
    def of(text: str) -> tuple[str, str]:
        return mailboxpaths.system(Snapshot.from_text(text)[LocalParams], "bob", "/home/bob")

    assert of("") == ("/var/mail/bob", "/var/mail")
    assert of("mail_spool_directory = /var/spool/mail/") == ("/var/spool/mail/bob/", "/var/spool/mail")
    assert of("home_mailbox = Maildir/") == ("/home/bob/Maildir/", "")


def test_virtual() -> None:
    assert boxes().find(b"A+x@V.example") == Target("/vmail/v/a/", 500, 600)
    assert boxes().find(b"b@v.example") is None
    assert boxes()


@pytest.mark.parametrize(
    ("path", "ids", "text"),
    [
        ("../a", {}, "bad path"),
        ("v/a/", {"uids": {}}, "not found in virtual_uid_maps"),
        ("v/a/", {"uids": {"a@v.example": "99"}}, "bad uid 99"),
        ("v/a/", {"gids": {"a@v.example": "0"}}, "bad gid 0"),
        ("v/a/", {"gids": {"a@v.example": "users"}}, "bad gid users"),
    ],
)
def test_bad_tables(path: str, ids: dict[str, dict[str, str]], text: str) -> None:
    with pytest.raises(BadTarget, match=text):
        boxes(path, **ids).find(b"a@v.example")


def test_direct_and_numeric() -> None:
    assert mailboxpaths.direct("proxy:hash:/a, hash:/b proxy:unix:x") == "hash:/a, hash:/b, unix:x"
    assert [mailboxpaths.numeric(text) for text in (b"7", b"-1", b"", b"4294967295", b"12345678901")] == [
        7,
        *[None] * 4,
    ]
