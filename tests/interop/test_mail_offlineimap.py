"""offlineimap: both ways with its UIDPLUS path, and a second run that changes nothing."""

from pathlib import Path

import pytest
from people import HOST, Person, authority, letter, run

RC = """\
[general]
accounts = a
metadata = {home}/meta
socktimeout = 30
[Account a]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = {home}/mail
[Repository far]
type = IMAP
remotehost = {host}
remoteport = {port}
remoteuser = {user}
remotepass = {password}
ssl = {tls}
starttls = no
sslcacertfile = {authority}
"""


def sync(home: Path, person: Person, *, tls: bool) -> str:
    """One run; what it says."""
    (home / "mail").mkdir(exist_ok=True)
    (home / "rc").write_text(
        RC.format(
            home=home, host=HOST, port=person.mail.imaps if tls else person.mail.imap, user=person.login,
            password=person.password, tls="yes" if tls else "no", authority=authority(),
        )
    )  # fmt: skip
    done = run(home, "offlineimap", "-o", "-c", str(home / "rc"), "-u", "basic", timeout=90)
    said = done.stdout + done.stderr
    assert "ERROR" not in said and "Traceback" not in said, said
    return said


def tree(home: Path) -> set[str]:
    """Every message file of the copy."""
    return {str(path.relative_to(home)) for path in (home / "mail").rglob("*") if path.is_file()}


def local(home: Path, folder: str) -> dict[str, Path]:
    """subject -> file of one folder of the copy."""
    found = {}
    for path in [*(home / "mail" / folder / "new").iterdir(), *(home / "mail" / folder / "cur").iterdir()]:
        text = path.read_text()
        found[text[text.index("Subject: ") + 9 :].split("\n")[0]] = path
    return found


@pytest.mark.parametrize("tls", [False, True])
def test_two_ways(anyone: Person, tmp_path: Path, tls: bool) -> None:
    with anyone.imap() as client:
        client.create("Gr&APYA3w-e")
    anyone.append(*(letter(f"far {n}") for n in range(8)))
    anyone.append(letter("flagged"), folder="Gr&APYA3w-e", flags=r"(\Seen \Flagged)")
    sync(tmp_path, anyone, tls=tls)
    assert set(local(tmp_path, "INBOX")) == {f"far {n}" for n in range(8)}
    assert local(tmp_path, "Gr&APYA3w-e")["flagged"].name.endswith(":2,FS")
    inbox = local(tmp_path, "INBOX")
    inbox["far 1"].unlink()
    seen = inbox["far 2"]
    seen.rename(tmp_path / "mail/INBOX/cur" / (seen.name.split(":")[0] + ":2,S"))
    (tmp_path / "mail/INBOX/new/1.near.host").write_bytes(letter("near").replace(b"\r\n", b"\n"))
    with anyone.imap() as client:
        client.select()
        client.store("4", "+FLAGS", r"(\Deleted)")
        client.expunge()
    sync(tmp_path, anyone, tls=tls)
    expected = ({f"far {n}" for n in range(8)} | {"near"}) - {"far 1", "far 3"}
    assert set(anyone.subjects()) == set(local(tmp_path, "INBOX")) == expected
    assert anyone.flags()["far 2"] == {"\\Seen"}
    before = anyone.survey(), tree(tmp_path)
    sync(tmp_path, anyone, tls=tls)
    assert (anyone.survey(), tree(tmp_path)) == before
