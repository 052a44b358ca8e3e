"""fetchmail: POP3 with kept mail and unique ids, POP3 that deletes, IMAP, and TLS that is verified."""

from pathlib import Path

import pytest
from people import HOST, Person, authority, letter, run

RC = """\
set no bouncemail
poll "{host}" service {port} protocol {protocol} {server}
  user "{user}" password "{password}" {options}
  {tls} mda "cat >> {home}/got; echo ==END== >> {home}/got"
"""
VERIFIED = 'sslcertck sslcertfile "{file}"'


def fetch(home: Path, person: Person, protocol: str, options: str, server: str = "") -> list[str]:
    """Run it once; the subjects of what it got. `protocol` ends in s for TLS from the start."""
    tls, port = VERIFIED.format(file=authority()), getattr(person.mail, protocol)
    if protocol.endswith("s"):
        tls = f"ssl {tls}"
    text = RC.format(
        host=HOST, port=port, protocol=protocol.rstrip("s"), user=person.login, password=person.password, options=options,
        home=home, tls=tls, server=server,
    )  # fmt: skip
    rc, got = home / "fetchmailrc", home / "got"
    rc.write_text(text)
    rc.chmod(0o600)
    got.unlink(missing_ok=True)
    # 0: there was mail; 1: there was none.
    done = run(home, "fetchmail", "-f", str(rc), "-i", str(home / "ids"), "--nosyslog", "--nodetach", "-v", status=None)
    said = done.stdout + done.stderr
    assert done.returncode == (0 if got.exists() else 1), said
    assert "actual" not in said and "mismatch" not in said, said
    mail = got.read_text().split("==END==\n")[:-1] if got.exists() else []
    return [line[9:] for each in mail for line in each.split("\n") if line.startswith("Subject: ")]


@pytest.mark.parametrize("protocol", ["pop3", "pop3s"])
def test_pop3_keeps_and_remembers(anyone: Person, tmp_path: Path, protocol: str) -> None:
    anyone.append(letter("one", b".dot\r\n"), letter("two"))
    assert fetch(tmp_path, anyone, protocol, "keep", "uidl") == ["one", "two"]
    assert fetch(tmp_path, anyone, protocol, "keep", "uidl") == []
    anyone.append(letter("three"))
    assert fetch(tmp_path, anyone, protocol, "keep", "uidl") == ["three"]
    # What IMAP removes between does not make the others new.
    with anyone.imap() as client:
        client.select()
        client.store("1", "+FLAGS", r"\Deleted")
        client.expunge()
    assert fetch(tmp_path, anyone, protocol, "keep", "uidl") == []
    assert fetch(tmp_path, anyone, protocol, "nokeep fetchall", "uidl") == ["two", "three"]
    assert anyone.subjects() == []


@pytest.mark.parametrize("protocol", ["imap", "imaps"])
def test_imap(anyone: Person, tmp_path: Path, protocol: str) -> None:
    anyone.append(letter("one"), letter("two"))
    assert fetch(tmp_path, anyone, protocol, "keep") == ["one", "two"]
    assert fetch(tmp_path, anyone, protocol, "keep") == []
    assert anyone.flags() == {"one": {"\\Seen"}, "two": {"\\Seen"}}
    anyone.append(letter("three"))
    assert fetch(tmp_path, anyone, protocol, "nokeep") == ["three"]
    assert anyone.subjects() == ["one", "two"]
    anyone.append(letter("elsewhere"), folder="Sent")
    assert fetch(tmp_path, anyone, protocol, "nokeep fetchall folder Sent") == ["elsewhere"]
    assert anyone.count("Sent") == 0
