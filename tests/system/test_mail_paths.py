"""Names of mailboxes that try to leave the user's own mail: nothing outside is opened, made, moved or told of."""

import imaplib
from collections.abc import Iterator

import pytest
from reading import Reading

SECRET = b"Subject: secret\r\n\r\nof the second user\r\n"
NAMES = (
    "..", ".", "../second", "../second/.Private", "../../etc", "/etc/passwd", "/", "~", "~root", "~second/x", "a/../../second",
    "..second", "INBOX/../../second", "INBOX..second", "INBOX.", "x..y", ".hidden", "a//b", "cur", "new/x", "tmp", "a.cur",
    "%2e%2e", "&AC8-etc", "&AC4ALg-", "&AC4ALgAv-second", "dovecot-uidlist", "subscriptions", "pymaster.index", "a/b.c",
    "x\\..\\y", "a" * 300, ".".join(["deep"] * 80), "INBOX.INBOX", "second@localhost", "*", "%",
)  # fmt: skip


@pytest.fixture(scope="module")
def mail() -> Iterator[Reading]:
    with Reading(("user", "second"), mbox=("flat", "flatter")) as system:
        for name in ("second", "flatter"):
            with imaplib.IMAP4("127.0.0.1", system.imap, timeout=10) as client:
                client.login(f"{name}@localhost", system.PASSWORD)
                client.create("Private")
                for folder in ("INBOX", "Private"):
                    assert client.append(folder, "", "", SECRET)[0] == "OK"
        yield system


def outside(mail: Reading, user: str) -> dict[str, tuple[int, int, bytes]]:
    """All files that are not this user's, with time, mode and contents."""
    found = {}
    for path in sorted((mail.base / "mail").rglob("*")):
        if path.relative_to(mail.base / "mail").parts[0].split(".")[0] != user:
            stat = path.lstat()
            found[str(path)] = stat.st_mtime_ns, stat.st_mode, path.read_bytes() if path.is_file() else b""
    found |= {str(path): (0, 0, b"") for path in mail.base.iterdir()}
    return found


@pytest.mark.parametrize("user", ["user", "flat"])
def test_names_lead_nowhere(mail: Reading, user: str) -> None:
    before = outside(mail, user)
    with imaplib.IMAP4("127.0.0.1", mail.imap, timeout=20) as client:
        client.login(f"{user}@localhost", mail.PASSWORD)
        client.append("INBOX", "", "", b"Subject: own\r\n\r\nx\r\n")
        said = []
        for name in NAMES:
            quoted = '"' + name.replace("\\", "\\\\") + '"'
            client.select()
            for command, words in (
                ("SELECT", quoted), ("STATUS", f"{quoted} (MESSAGES)"), ("CREATE", quoted), ("SUBSCRIBE", quoted),
                ("RENAME", f"Trash {quoted}"), ("RENAME", f"{quoted} Trash"), ("LIST", f'{quoted} "*"'),
                ("LIST", f'"" {quoted}'), ("LSUB", f'{quoted} "%"'), ("DELETE", quoted), ("GETACL", quoted),
            ):  # fmt: skip
                status, text = client._simple_command(command, words)[0], client.untagged_responses
                assert status in ("OK", "NO", "BAD")
                said.append((command, name, repr(text)))
                client.untagged_responses = {}
                if client.state == "SELECTED" and command == "SELECT" and status == "OK":
                    got = client.fetch("1:*", "(BODY.PEEK[])")[1]
                    assert b"of the second user" not in repr(got).encode(), name
            client.select()
            for command in ("COPY", "MOVE"):
                client._simple_command(command, "1", quoted)
            client._simple_command("APPEND", f"{quoted} {{1+}}\r\nx")
        assert client.noop()[0] == "OK"
    told = [each for each in said if any(word in each[2] for word in ("Private", "passwd", "second.", "/second"))]
    assert not [each for each in told if each[1] not in each[2]], told
    assert outside(mail, user) == before
    if user == "user":
        # Whatever was made lies in the user's folder, as a Maildir of it.
        root = mail.base / "mail/user"
        assert all(path.resolve().is_relative_to(root) for path in root.rglob("*"))


def test_a_user_name_leads_nowhere(mail: Reading) -> None:
    for user in (
        "../second@localhost",
        "second/../user@localhost",
        "%u",
        "",
        "\\*",
        "user@localhost/../second@localhost",
    ):
        with imaplib.IMAP4("127.0.0.1", mail.imap, timeout=30) as client, pytest.raises(imaplib.IMAP4.error):
            client.login(user, mail.PASSWORD)


def test_links_are_not_followed_out(mail: Reading) -> None:
    """Whoever may write to a Maildir makes no other user's mail of a link."""
    root = mail.base / "mail/user"
    root.mkdir(exist_ok=True)
    (root / ".Linked").symlink_to(mail.base / "mail/second")
    with imaplib.IMAP4("127.0.0.1", mail.imap, timeout=20) as client:
        client.login("user@localhost", mail.PASSWORD)
        if client.select("Linked")[0] == "OK":
            pytest.fail("a link to a Maildir of another user was opened")
    (root / ".Linked").unlink()
