"""mutt: over IMAP with TLS and over POP3, driven at a terminal."""

from pathlib import Path

import pytest
from harness import eventually
from people import Person, authority, letter, run
from terminal import Terminal

SETTINGS = """\
set folder="{folder}" spoolfile="{folder}INBOX"
set imap_user="{user}" imap_pass="{password}" imap_login="{user}" pop_user="{user}" pop_pass="{password}"
set imap_check_subscribed=no imap_list_subscribed=no imap_idle=yes imap_condstore=yes imap_qresync=yes imap_deflate=yes
set header_cache="{home}/cache/" message_cachedir="{home}/bodies/"
set ssl_starttls=yes ssl_force_tls={tls} ssl_ca_certificates_file="{authority}"
set certificate_file="{home}/certificates"
set wait_key=no quit=yes delete=yes move=no confirmappend=no confirmcreate=no mark_old=no auto_tag=yes beep=no
set mail_check=1 timeout=1 sleep_time=0 sort=mailbox-order smart_wrap=no pager_index_lines=0 from="{user}" use_from=yes
set sendmail="/bin/true" charset=utf-8 index_format="%Z %s" copy=yes record="=Sent" pop_delete=yes pop_checkinterval=1
"""
# "Größe&Maß"
COPIES = "Gr&APYA3w-e&-Ma&AN8-"


def settings(home: Path, person: Person, scheme: str) -> str:
    """Write a muttrc; its path."""
    ports = {"imaps": person.mail.imaps, "imap": person.mail.imap, "pops": person.mail.pop3s, "pop": person.mail.pop3}
    (home / "cache").mkdir()
    text = SETTINGS.format(
        folder=f"{scheme}://127.0.0.1:{ports[scheme]}/" if scheme.startswith("imap") else f"{home}/", user=person.login, password=person.password, home=home,
        tls="yes" if scheme.endswith("s") else "no", authority=authority(),
    )  # fmt: skip
    path = home / "muttrc"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize("scheme", ["imaps", "imap"])
def test_imap(person: Person, tmp_path: Path, scheme: str) -> None:
    person.append(*(letter(f"subject {n}", f"text {n}\r\n".encode()) for n in range(1, 6)))
    with Terminal(tmp_path, "mutt", "-F", settings(tmp_path, person, scheme)) as mutt:
        mutt.wait("subject 1", "subject 5")
        mutt.press("Enter")
        mutt.wait("text 1")
        mutt.press("i", "j", "F")
        mutt.wait("! subject 2")
        mutt.press("/")
        mutt.type("=b 'text 4'\n")
        mutt.press("C")
        mutt.type("=Größe&Maß\n")
        eventually(lambda: copied(person) and person.subjects(COPIES) == ["subject 4"])
        mutt.press("5", "Enter")
        mutt.press("s")
        mutt.type("=Trash\n")
        mutt.wait("D  subject 5")
        mutt.press("3", "Enter", "d", "$")
        mutt.wait_gone("subject 3")
        eventually(lambda: person.subjects() == ["subject 1", "subject 2", "subject 4"])
        assert person.subjects("Trash") == ["subject 5"]
        flags = person.flags()
        assert flags["subject 1"] == {"\\Seen"} and flags["subject 2"] == {"\\Flagged"}, flags
        # New mail is told to the waiting program.
        person.deliver(letter("pushed"), wait=False)
        mutt.wait("pushed")
        mutt.press("q")
        mutt.wait("ended")
    # Once more, from its cache and by QRESYNC.
    person.append(letter("behind its back"))
    with Terminal(tmp_path, "mutt", "-F", str(tmp_path / "muttrc")) as mutt:
        shown = mutt.wait("subject 4", "pushed", "behind its back")
        assert "! subject 2" in shown and "subject 3" not in shown
        mutt.press("c")
        mutt.type("=Trash\n")
        mutt.wait("subject 5")
        mutt.press("q")
        mutt.wait("ended")


def copied(person: Person) -> bool:
    """Whether mutt has made its folder."""
    with person.imap() as client:
        return client.status(f'"{COPIES}"', "(MESSAGES)")[0] == "OK"


def test_fcc_of_a_sent_message(person: Person, tmp_path: Path) -> None:
    rc = settings(tmp_path, person, "imaps")
    (tmp_path / "attached").write_bytes(bytes(range(256)) * 400)
    done = run(tmp_path, "mutt", "-F", rc, "-s", "a subject", "-a", "attached", "--", "you@test.example")
    assert person.flags("Sent") == {"a subject": {"\\Seen"}}, done


@pytest.mark.parametrize("scheme", ["pop", "pops"])
def test_pop3(anyone: Person, tmp_path: Path, scheme: str) -> None:
    anyone.append(*(letter(f"subject {n}", f"text {n}\r\n".encode()) for n in range(1, 4)))
    port = anyone.mail.pop3 if scheme == "pop" else anyone.mail.pop3s
    rc = settings(tmp_path, anyone, scheme)
    with Terminal(tmp_path, "mutt", "-F", rc, "-f", f"{scheme}://{anyone.login}@127.0.0.1:{port}/") as mutt:
        mutt.wait("subject 1", "subject 3")
        mutt.press("Enter")
        mutt.wait("text 1")
        mutt.press("i", "2", "Enter", "d", "$")
        eventually(lambda: anyone.subjects() == ["subject 1", "subject 3"])
        mutt.press("q")
        mutt.wait("ended")
