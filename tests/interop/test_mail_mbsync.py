"""isync's mbsync: both ways, and a second run that changes nothing on either side."""

import hashlib
from pathlib import Path

import pytest
from people import HOST, Person, authority, letter, run

RC = """\
FSync no

IMAPAccount far
Host {host}
Port {port}
User {user}
Pass "{password}"
SSLType {tls}
CertificateFile {authority}
{more}

IMAPStore far
Account far

MaildirStore near
Path {home}/mail/
Inbox {home}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
CopyArrivalDate yes
SyncState *
"""


def sync(home: Path, person: Person, tls: str) -> str:
    """One run; what it says."""
    (home / "mail").mkdir(exist_ok=True)
    port = person.mail.imaps if tls == "IMAPS" else person.mail.imap
    text = RC.format(
        host=HOST, port=port, user=person.login, password=person.password, tls=tls, authority=authority(), home=home,
        more="" if tls != "None" else "AuthMechs LOGIN",
    )  # fmt: skip
    (home / "rc").write_text(text)
    done = run(home, "mbsync", "-V", "-c", str(home / "rc"), "all")
    return done.stdout + done.stderr


def tree(home: Path) -> dict[str, str]:
    """Every file of the copy with a hash."""
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((home / "mail").rglob("*"))
        if path.is_file()
    }


def local(home: Path, folder: str) -> dict[str, Path]:
    """subject -> file of one folder of the copy."""
    found = {}
    for path in [*(home / "mail" / folder / "new").iterdir(), *(home / "mail" / folder / "cur").iterdir()]:
        text = path.read_text()
        found[text[text.index("Subject: ") + 9 :].split("\n")[0]] = path
    return found


@pytest.mark.parametrize("tls", ["None", "STARTTLS", "IMAPS"])
def test_two_ways(anyone: Person, tmp_path: Path, tls: str) -> None:
    with anyone.imap() as client:
        for name in ("Archive.2026", "Gr&APYA3w-e"):
            client.create(name)
    anyone.append(*(letter(f"far {n}") for n in range(20)))
    anyone.append(letter("flagged"), folder="Gr&APYA3w-e", flags=r"(\Seen \Flagged)")
    anyone.append(letter("deep"), folder="Archive.2026")
    sync(tmp_path, anyone, tls)
    assert set(local(tmp_path, "INBOX")) == {f"far {n}" for n in range(20)}
    assert local(tmp_path, "Gr&APYA3w-e")["flagged"].name.endswith(":2,FS")
    assert set(local(tmp_path, "Archive/2026")) == {"deep"}
    before = anyone.survey(), tree(tmp_path)
    sync(tmp_path, anyone, tls)
    assert (anyone.survey(), tree(tmp_path)) == before

    # Both sides change.
    inbox = local(tmp_path, "INBOX")
    inbox["far 1"].unlink()
    seen = inbox["far 2"]
    seen.rename(tmp_path / "mail/INBOX/cur" / (seen.name.split(":")[0] + ":2,S"))
    (tmp_path / "mail/INBOX/new/1.near.host").write_bytes(letter("near").replace(b"\r\n", b"\n"))
    for name in ("", "new", "cur", "tmp"):
        (tmp_path / "mail/Entw&APw-rfe" / name).mkdir()
    (tmp_path / "mail/Entw&APw-rfe/cur/2.near.host:2,DS").write_bytes(letter("draft").replace(b"\r\n", b"\n"))
    with anyone.imap() as client:
        client.select()
        client.store("4", "+FLAGS", r"(\Deleted)")
        client.store("5", "+FLAGS", r"(\Answered)")
        client.expunge()
    sync(tmp_path, anyone, tls)
    expected = ({f"far {n}" for n in range(20)} | {"near"}) - {"far 1", "far 3"}
    assert set(anyone.subjects()) == set(local(tmp_path, "INBOX")) == expected
    assert anyone.flags()["far 2"] == {"\\Seen"} and anyone.flags("Entw&APw-rfe")["draft"] == {"\\Seen", "\\Draft"}
    assert local(tmp_path, "INBOX")["far 4"].name.endswith("R")
    before = anyone.survey(), tree(tmp_path)
    sync(tmp_path, anyone, tls)
    assert (anyone.survey(), tree(tmp_path)) == before


def test_a_thousand_messages(person: Person, tmp_path: Path) -> None:
    pieces = [letter(f"number {n}", b"x" * n + b"\r\n") for n in range(1000)]
    for name in ("", "new", "cur", "tmp"):
        (tmp_path / "mail/INBOX" / name).mkdir(parents=True)
    for n, piece in enumerate(pieces):
        (tmp_path / "mail/INBOX/cur" / f"{n}.near.host:2,S").write_bytes(piece.replace(b"\r\n", b"\n"))
    sync(tmp_path, person, "IMAPS")
    assert set(person.subjects()) == {f"number {n}" for n in range(1000)}
    before = person.survey(), tree(tmp_path)
    assert all(flags == ("\\Seen",) for flags, *_ in before[0]["INBOX"][1].values())
    sync(tmp_path, person, "IMAPS")
    assert (person.survey(), tree(tmp_path)) == before
