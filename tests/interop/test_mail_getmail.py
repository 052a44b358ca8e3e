"""getmail6: POP3 and IMAP handed to a program, kept by unique id or deleted."""

from pathlib import Path

import pytest
from people import HOST, Person, authority, letter, run

RC = """\
[retriever]
type = Simple{kind}Retriever
server = {host}
port = {port}
username = {user}
password = {password}
{more}
[destination]
type = MDA_external
path = /bin/sh
arguments = ("-c", "cat > {home}/got/$$")
allow_root_commands = true
unixfrom = false
[options]
verbose = 2
read_all = {all}
delete = {delete}
delivered_to = false
received = false
"""


def fetch(home: Path, person: Person, protocol: str, *, delete: bool = False, folder: str = "INBOX") -> list[bytes]:
    """Run it once; what it got."""
    kind = protocol.rstrip("s").upper() + ("SSL" if protocol.endswith("s") else "")
    more = f"ca_certs = {authority()}\n" if protocol.endswith("s") else ""
    if protocol.startswith("imap"):
        more += f'mailboxes = ("{folder}",)\n'
    text = RC.format(
        kind=kind, host=HOST, port=getattr(person.mail, protocol), user=person.login, password=person.password, more=more,
        home=home, all=delete, delete=delete,
    )  # fmt: skip
    (home / "got").mkdir(exist_ok=True)
    (home / "rc").write_text(text)
    (home / "rc").chmod(0o600)
    run(home, "getmail", "--getmaildir", str(home), "--rcfile", str(home / "rc"))
    got = sorted((home / "got").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    texts = [path.read_bytes() for path in got]
    for path in got:
        path.unlink()
    return texts


def subjects(mail: list[bytes]) -> list[str]:
    """The subjects, in any order."""
    return sorted(line[9:].decode() for each in mail for line in each.split(b"\n") if line.startswith(b"Subject: "))


@pytest.mark.parametrize("protocol", ["pop3", "pop3s", "imap", "imaps"])
def test_keep_then_delete(anyone: Person, tmp_path: Path, protocol: str) -> None:
    first = letter("one", b".dot\r\nFrom here\r\n")
    anyone.append(first, letter("two"))
    got = fetch(tmp_path, anyone, protocol)
    assert subjects(got) == ["one", "two"] and first.replace(b"\r\n", b"\n").split(b"\n\n")[1] in got[0]
    assert fetch(tmp_path, anyone, protocol) == []
    anyone.append(letter("three"))
    assert subjects(fetch(tmp_path, anyone, protocol)) == ["three"]
    assert subjects(fetch(tmp_path, anyone, protocol, delete=True)) == ["one", "three", "two"]
    assert anyone.subjects() == []


def test_another_folder(person: Person, tmp_path: Path) -> None:
    with person.imap() as client:
        client.create("Gr&APYA3w-e")
    person.append(letter("elsewhere"), folder="Gr&APYA3w-e")
    assert subjects(fetch(tmp_path, person, "imap", folder="Größe")) == ["elsewhere"]
