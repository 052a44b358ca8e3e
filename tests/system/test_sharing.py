"""Two users of one uid share a mailbox, each served by whichever process their name falls to."""

from __future__ import annotations

import imaplib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.harness import eventually
from tests.system.reading import Reading

TEXT = b"Subject: shared\r\n\r\nbody\r\n"


@pytest.fixture(scope="module", params=["1", "4"])
def mail(request: pytest.FixtureRequest) -> Iterator[Reading]:
    directory = Path(tempfile.mkdtemp())
    # Whoever the mail belongs to makes a folder there.
    directory.chmod(0o1777)
    users = ("user", "second", "third", "fourth")
    settings = {"mailbox_shared_directory": str(directory), "mailbox_processes_per_uid": request.param}
    with Reading(users=users, main=settings) as made:
        yield made
    shutil.rmtree(directory)


def login(mail: Reading, user: str) -> imaplib.IMAP4:
    client = imaplib.IMAP4("127.0.0.1", mail.imap, timeout=10)
    client.login(f"{user}@localhost", Reading.PASSWORD)
    return client


def listed(client: imaplib.IMAP4, pattern: str) -> list[bytes]:
    return [
        line.rpartition(b' "."')[2].strip(b' "') for line in client.list('""', pattern)[1] if isinstance(line, bytes)
    ]


def flags(client: imaplib.IMAP4) -> bytes:
    client.noop()
    found = client.fetch("1", "(FLAGS)")[1][0]
    assert isinstance(found, bytes)
    return found


def test_a_mailbox_is_shared_used_and_taken_back(mail: Reading) -> None:
    owner, *others = (login(mail, user) for user in ("user", "second", "third", "fourth"))
    assert owner.namespace()[1] == [b'(("" ".")) (("shared." ".")) NIL']
    assert owner.create("Work")[0] == "OK" and owner.append("Work", "\\Seen", None, TEXT)[0] == "OK"
    owner.select("Work")
    for other, rights in zip(others, ("lrswipkxte", "lrs", "lr"), strict=True):
        name = {"lrswipkxte": "second", "lrs": "third", "lr": "fourth"}[rights]
        assert listed(other, "shared*") == []
        assert owner.setacl("Work", f"{name}@localhost", rights)[0] == "OK"
        assert listed(other, "shared*") == [b"shared", b"shared.user@localhost", b"shared.user@localhost.Work"]
    second, third, fourth = others
    place = "shared.user@localhost.Work"
    assert second.select(place) == third.select(place) == ("OK", [b"1"])
    assert fourth.select(place, readonly=True)[0] == "OK"
    # What one has seen, another has not; what one flags, all see.
    assert second.store("1", "+FLAGS", "(\\Seen \\Flagged)")[0] == "OK"
    eventually(lambda: b"\\Flagged" in flags(owner) and b"\\Flagged" in flags(third), 10)
    assert b"\\Seen" in flags(owner) and b"\\Seen" in flags(second) and b"\\Seen" not in flags(third)
    assert third.store("1", "+FLAGS", "(\\Deleted)")[0] == "NO" and third.expunge()[0] == "NO"
    assert fourth.append(place, None, None, TEXT)[0] == "NO"
    assert second.append(place, None, None, TEXT)[0] == "OK"
    assert third.fetch("1", "(BODY[])")[0] == "OK" and b"\\Seen" in flags(third)
    eventually(lambda: owner.noop() and owner.status("Work", "(MESSAGES)")[1] == [b'"Work" (MESSAGES 2)'], 10)
    # A second session of the same user knows what the first has seen.
    again = login(mail, "third")
    assert again.status(place, "(MESSAGES UNSEEN)")[1] == [f'"{place}" (MESSAGES 2 UNSEEN 1)'.encode()]
    again.logout()
    # Taken back.
    assert owner.deleteacl("Work", "third@localhost")[0] == "OK"
    with pytest.raises(imaplib.IMAP4.abort):
        third.noop()
        third.noop()
    late = login(mail, "third")
    assert listed(late, "shared*") == [] and late.select(place)[0] == "NO"
    for client in (owner, fourth):
        client.unselect()
    assert second.delete(place)[0] == "OK" and listed(second, "shared*") == [] and listed(owner, "Work") == []
    for client in (owner, second, fourth, late):
        client.logout()
    assert "Traceback" not in mail.log_text() and "damaged" not in mail.log_text()


def test_news_of_a_shared_mailbox_come_while_one_waits(mail: Reading) -> None:
    owner, other = login(mail, "user"), login(mail, "second")
    owner.create("News")
    owner.setacl("News", "second@localhost", "lr")
    other.select("shared.user@localhost.News", readonly=True)
    other.send(b"x IDLE\r\n")
    assert other.readline().startswith(b"+")
    owner.append("News", None, None, TEXT)
    assert [other.readline(), other.readline()] == [b"* 1 EXISTS\r\n", b"* 0 RECENT\r\n"]
    owner.deleteacl("News", "second@localhost")
    owner.append("News", None, None, TEXT)
    assert other.readline().startswith(b"* BYE")
    owner.delete("News")
    owner.logout()


def test_the_folder_is_the_uids_alone(mail: Reading) -> None:
    directory = Path(mail.main["mailbox_shared_directory"])
    folder = next(directory.iterdir())
    assert folder.stat().st_mode & 0o777 == 0o700 and folder.name == str(folder.stat().st_uid)
