"""IMAPClient: what a program built on it does, pushed news (IDLE), and two clients at work on one mailbox."""

import contextlib
import time
from collections.abc import Iterator

import pytest
from harness import eventually
from people import Person, letter, trusting

imapclient = pytest.importorskip("imapclient")


@contextlib.contextmanager
def connected(person: Person) -> Iterator["imapclient.IMAPClient"]:
    """A client over TLS that is logged in."""
    with imapclient.IMAPClient(
        "127.0.0.1", person.mail.imaps, ssl=True, ssl_context=trusting(), timeout=20
    ) as client:  # fmt: skip
        client.login(person.login, person.password)
        yield client


def heard(client: "imapclient.IMAPClient", word: bytes, timeout: float = 10) -> list[tuple[object, ...]]:
    """What came during IDLE up to the first answer that has the word; AssertionError after the timeout."""
    said: list[tuple[object, ...]] = []
    deadline = time.monotonic() + timeout
    while not any(word in answer for answer in said):
        assert time.monotonic() < deadline, (word, said)
        said += client.idle_check(1)
    return said


def test_folders_and_messages(anyone: Person) -> None:
    with connected(anyone) as client:
        assert client.namespace()[0]
        assert client.has_capability("UIDPLUS") and client.has_capability("MOVE")
        client.create_folder("Entwürfe & mehr")
        client.subscribe_folder("Entwürfe & mehr")
        assert "Entwürfe & mehr" in [name for _, _, name in client.list_sub_folders()]
        client.append("INBOX", letter("one"), [imapclient.SEEN, b"Work"])
        client.append("INBOX", letter("two", b"a needle\r\n"))
        chosen = client.select_folder("INBOX")
        assert (chosen[b"EXISTS"], chosen[b"READ-WRITE"]) == (2, True)
        assert client.search(["KEYWORD", "Work"]) == [1]
        assert client.search(["BODY", "needle"]) == client.search("UNSEEN") == [2]
        assert client.sort("REVERSE SUBJECT") == [2, 1]
        assert client.thread("REFERENCES") in (((1,), (2,)), ((1, 2),))
        got = client.fetch([1, 2], ["ENVELOPE", "BODYSTRUCTURE", "BODY.PEEK[TEXT]", "FLAGS"])
        assert [got[uid][b"ENVELOPE"].subject for uid in (1, 2)] == [b"one", b"two"]
        assert got[2][b"BODY[TEXT]"] == b"a needle\r\n" and got[1][b"BODYSTRUCTURE"][0] == b"text"
        client.add_flags([2], [imapclient.FLAGGED])
        client.copy([2], "Entwürfe & mehr")
        client.move([1], "Trash")
        assert client.search() == [2]
        client.delete_messages([2])
        client.expunge()
        client.unselect_folder()
        assert client.folder_status("Entwürfe & mehr", ["MESSAGES", "UNSEEN"]) == {b"MESSAGES": 1, b"UNSEEN": 1}
        client.rename_folder("Entwürfe & mehr", "日本語")
        client.select_folder("日本語", readonly=True)
        assert imapclient.FLAGGED in client.get_flags([1])[1]
        client.unselect_folder()
        client.delete_folder("日本語")
        assert not client.folder_exists("日本語")


def test_new_mail_is_pushed(anyone: Person) -> None:
    with connected(anyone) as client:
        client.select_folder("INBOX")
        for n in (1, 2):
            client.idle()
            anyone.deliver(letter(f"pushed {n}"), wait=False)
            assert (n, b"EXISTS") in heard(client, b"EXISTS")
            client.idle_done()
        assert client.search() == [1, 2]


def test_what_another_client_does_is_pushed(anyone: Person) -> None:
    anyone.append(letter("one"), letter("two"), letter("three"))
    with connected(anyone) as watcher, connected(anyone) as worker:
        watcher.select_folder("INBOX")
        worker.select_folder("INBOX")
        watcher.idle()
        worker.add_flags([2], [imapclient.FLAGGED])
        ((number, _, data),) = [each for each in heard(watcher, b"FETCH") if each[1] == b"FETCH"]
        assert number == 2 and imapclient.FLAGGED in dict(zip(data[::2], data[1::2], strict=True))[b"FLAGS"]
        worker.delete_messages([1])
        worker.expunge()
        heard(watcher, b"EXPUNGE")
        watcher.idle_done()
        assert watcher.search() == [2, 3]


def test_two_clients_flag_and_expunge_at_once(anyone: Person) -> None:
    anyone.append(*(letter(f"number {n}") for n in range(60)))
    with connected(anyone) as one, connected(anyone) as two:
        one.select_folder("INBOX")
        two.select_folder("INBOX")
        for uid in range(1, 61, 3):
            one.add_flags([uid, uid + 1], [b"One"])
            two.add_flags([uid + 1, uid + 2], [b"Two"])
            one.delete_messages([uid])
            # What one is removing the other flags: no error, and nothing for a message that is gone.
            two.add_flags([uid], [imapclient.FLAGGED])
            one.expunge([uid])
            assert uid not in two.add_flags([uid], [b"Late"]) or two.get_flags([uid]) != {}
        left = [uid for uid in range(1, 61) if uid % 3 != 1]
        for client in (one, two):
            client.noop()
            assert client.search() == left
            flags = client.get_flags(left)
            for uid in left:
                assert b"Two" in flags[uid] and (b"One" in flags[uid]) == (uid % 3 == 2), (uid, flags[uid])
    assert len(anyone.subjects()) == 40


def test_a_thousand_messages(person: Person) -> None:
    pieces = [letter(f"number {n}") for n in range(1000)]
    with connected(person) as client:
        for at in range(0, 1000, 250):
            client.multiappend("INBOX", pieces[at : at + 250])
        client.select_folder("INBOX")
        uids = client.search()
        assert uids == list(range(1, 1001))
        got = client.fetch(uids, ["RFC822.SIZE", "ENVELOPE"])
        assert [got[uid][b"RFC822.SIZE"] for uid in uids] == [len(piece) for piece in pieces]
        client.add_flags(uids[::2], [imapclient.SEEN], silent=True)
        assert client.search("SEEN") == uids[::2]
        client.move(uids[::2], "Trash")
        assert client.search() == uids[1::2]
    eventually(lambda: person.count("Trash") == 500)
