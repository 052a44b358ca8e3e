"""curl: one URL, one command; TLS checked against the certificate."""

from pathlib import Path

import pytest
from people import Person, authority, letter, run


def curl(home: Path, person: Person, url: str, *options: str, status: int = 0) -> str:
    """The output of curl for a user."""
    return run(
        home, "curl", "--silent", "--show-error", "--max-time", "30", "--user", f"{person.login}:{person.password}",
        "--cacert", authority(), *options, url, status=status,
    ).stdout  # fmt: skip


@pytest.mark.parametrize("tls", ["clear", "starttls", "imaps"])
def test_imap(anyone: Person, tmp_path: Path, tls: str) -> None:
    scheme, port = ("imaps", anyone.mail.imaps) if tls == "imaps" else ("imap", anyone.mail.imap)
    options = ["--ssl-reqd"] if tls == "starttls" else []
    url = f"{scheme}://127.0.0.1:{port}"
    (tmp_path / "letter").write_bytes(letter("uploaded", b"a needle\r\n"))
    curl(tmp_path, anyone, f"{url}/INBOX", "--upload-file", "letter", *options)
    assert '"Sent"' in curl(tmp_path, anyone, f"{url}/", *options)
    got = curl(tmp_path, anyone, f"{url}/INBOX;UID=1", *options)
    assert got.replace("\r\n", "\n") == letter("uploaded", b"a needle\r\n").decode().replace("\r\n", "\n")
    assert curl(tmp_path, anyone, f"{url}/INBOX;UID=1;SECTION=TEXT", *options).strip() == "a needle"
    assert curl(tmp_path, anyone, f"{url}/INBOX?TEXT%20needle", *options).strip() == "* SEARCH 1"
    curl(tmp_path, anyone, f"{url}/INBOX", "--request", r"STORE 1 +FLAGS \Deleted", *options)
    assert "* 1 EXPUNGE" in curl(tmp_path, anyone, f"{url}/INBOX", "--request", "EXPUNGE", *options)
    assert anyone.count() == 0
    curl(tmp_path, anyone, f"{url}/Nowhere;UID=1", *options, status=67)


@pytest.mark.parametrize("tls", ["clear", "stls", "pop3s"])
def test_pop3(anyone: Person, tmp_path: Path, tls: str) -> None:
    scheme, port = ("pop3s", anyone.mail.pop3s) if tls == "pop3s" else ("pop3", anyone.mail.pop3)
    options = ["--ssl-reqd"] if tls == "stls" else []
    url = f"{scheme}://127.0.0.1:{port}"
    anyone.append(letter("first"), letter("second", b".\r\n..\r\nend\r\n"))
    assert [line.split(" ")[0] for line in curl(tmp_path, anyone, f"{url}/", *options).split("\n")[:2]] == ["1", "2"]
    assert curl(tmp_path, anyone, f"{url}/2", *options).replace("\r\n", "\n").endswith("\n\n.\n..\nend\n")
    uids = curl(tmp_path, anyone, f"{url}/", "--request", "UIDL", *options)
    assert len(uids.strip().split("\n")) == 2
    curl(tmp_path, anyone, f"{url}/1", "--request", "DELE", "--head", *options)
    assert anyone.subjects() == ["second"]


def test_a_wrong_password_and_a_wrong_certificate(person: Person, tmp_path: Path) -> None:
    run(
        tmp_path,
        "curl",
        "--silent",
        "--user",
        f"{person.login}:wrong",
        f"imap://127.0.0.1:{person.mail.imap}/",
        status=67,
    )
    run(
        tmp_path,
        "curl",
        "--silent",
        "--user",
        f"{person.login}:wrong",
        f"pop3://127.0.0.1:{person.mail.pop3}/",
        status=67,
    )
    run(tmp_path, "curl", "--silent", f"imaps://127.0.0.1:{person.mail.imaps}/", status=60)
