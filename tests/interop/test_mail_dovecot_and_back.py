"""A Maildir served by Debian's Dovecot, then by us, then by Dovecot again: no client has to fetch anything twice."""

import contextlib
import imaplib
import os
import poplib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from dovecot import dovecot
from people import Person, letter, survey

from benchmarks.dovecot import Dovecot

FOLDERS = ("Archive", "Archive.2026.Deep", "Gr&APYA3w-e", "Gr&APYA3w-e.&ZeVnLIqe-", "a&-b", "with space")
SUBSCRIBED = ("Archive.2026.Deep", "Gr&APYA3w-e.&ZeVnLIqe-", "with space")


@contextlib.contextmanager
def served(person: Person) -> Iterator[Dovecot]:
    """A Dovecot over the mail system's Maildirs."""
    mail = person.mail.base / "mail"
    owner = mail.stat()
    with dovecot(mail, owner.st_uid, owner.st_gid) as server:
        yield server


@contextlib.contextmanager
def imap(server: Dovecot, person: Person) -> Iterator[imaplib.IMAP4]:
    """A client of Dovecot's."""
    with imaplib.IMAP4("127.0.0.1", server.imap, timeout=20) as client:
        client.login(person.name, server.password)
        yield client


def uidls(client: poplib.POP3, user: str, password: str) -> list[bytes]:
    """The unique ids."""
    client.user(user)
    client.pass_(password)
    ids = [line.split(b" ")[1] for line in client.uidl()[1]]
    client.quit()
    return ids


def facts(client: imaplib.IMAP4) -> dict[str, Any]:
    """What must not change: all messages, what is subscribed, the next UIDs, the keywords of each mailbox."""
    messages = {name: {"validity": validity} | found for name, (validity, found) in survey(client).items()}
    subscribed = sorted(re.sub(rb'^.* "?\."? |"', b"", line) for line in client.lsub()[1] if line)  # type: ignore[arg-type]
    following = {}
    for name in messages:
        found = re.search(rb"UIDNEXT (\d+)", client.status(f'"{name}"', "(UIDNEXT)")[1][0] or b"")
        assert found is not None
        following[name] = int(found[1])
    return {"messages": messages, "subscribed": subscribed, "following": following}


def ours(person: Person) -> dict[str, Any]:
    """What we say."""
    with person.imap() as client:
        found = facts(client)
    client = poplib.POP3("127.0.0.1", person.mail.pop3, 20)
    return found | {"uidls": uidls(client, person.login, person.password)}


def theirs(server: Dovecot, person: Person) -> dict[str, Any]:
    """What Dovecot says."""
    with imap(server, person) as client:
        found = facts(client)
    client = poplib.POP3("127.0.0.1", server.pop3, 20)
    return found | {"uidls": uidls(client, person.name, server.password)}


# Mailboxes that we make and subscribe when an account is first opened (mailbox_special_use).
MADE = ("Drafts", "Sent", "Trash", "Junk")


def without(state: dict[str, Any]) -> dict[str, Any]:
    """The state without the mailboxes that only one of the two makes."""
    found: dict[str, Any] = {"uidls": state["uidls"]}
    for key in ("messages", "following"):
        found[key] = {name: value for name, value in state[key].items() if name not in MADE}
    return found | {"subscribed": [name for name in state["subscribed"] if name.decode() not in MADE]}


def flat(state: Any, path: str = "") -> dict[str, Any]:
    """The state as one value a path, so that a difference can be read."""
    if not isinstance(state, dict):
        return {path: state}
    return {key: value for name, inner in state.items() for key, value in flat(inner, f"{path}/{name}").items()}


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """What the two say that is not the same."""
    left, right = flat(one), flat(other)
    return [f"{k}: {left.get(k)} != {right.get(k)}" for k in {**left, **right} if left.get(k) != right.get(k)]


def test_there_and_back(person: Person) -> None:
    with served(person) as server:
        person.deliver(letter("by us before"), wait=False)
        person.mail.wait_mailbox(1, person.name)
        with imap(server, person) as client:
            for name in FOLDERS:
                assert client.create(f'"{name}"')[0] == "OK"
            for name in SUBSCRIBED:
                client.subscribe(f'"{name}"')
            date = '"05-Mar-2021 10:11:12 +0200"'
            for n in range(12):
                flags = (r"\Seen", r"\Answered", r"\Flagged", r"\Draft", "$Forwarded", "Work", "Second Third", "")[
                    n % 8
                ]
                client.append("INBOX", f"({flags})", date, letter(f"theirs {n}"))
            for name in FOLDERS:
                for n in range(3):
                    client.append(f'"{name}"', f"(k{n} \\Seen last)", "", letter(f"in {name} {n}"))
            client.select()
            client.store("2,5,13", "+FLAGS.SILENT", r"\Deleted")
            client.expunge()
            client.store("3", "+FLAGS", "Fourth")
        person.deliver(letter("by us, unseen by Dovecot"), wait=False)
        person.mail.wait_mailbox(11, person.name)
        before = theirs(server, person)
    assert len(before["messages"]["INBOX"]) == 12 and before["following"]["INBOX"] == 15

    assert differences(without(ours(person)), before) == []

    # We add, change and remove.
    person.deliver(letter("by us, with our index"))
    with person.imap() as client:
        client.append("INBOX", r"(\Flagged Work Fifth)", '"06-Apr-2022 01:02:03 -0300"', letter("appended"))
        client.select()
        client.uid("STORE", "3", "+FLAGS", r"(\Deleted)")
        client.expunge()
        client.uid("STORE", "4", "-FLAGS", r"(\Seen \Answered \Flagged $Forwarded Work Second Third)")
        client.uid("STORE", "6", "+FLAGS", r"(Fourth Sixth \Seen)")
        client.uid("COPY", "6,7", '"Gr&APYA3w-e.&ZeVnLIqe-"')
        client.uid("MOVE", "8", '"with space"')
        client.create("New.&ZeVnLIqe-")
        client.subscribe("New.&ZeVnLIqe-")
        client.unsubscribe('"with space"')
        client.append("New.&ZeVnLIqe-", "", "", letter("in a new folder"))
        client.rename('"a&-b"', '"a&-c"')
        client.delete("Archive.2026.Deep")
        client.create("Archive.2026.Other")
    changed = ours(person)
    inbox = {uid for uid in changed["messages"]["INBOX"] if uid != "validity"}
    assert {15, 16} <= inbox and not {3, 8} & inbox
    flags = {uid: set(changed["messages"]["INBOX"][uid][0]) for uid in inbox}
    assert flags[6] >= {"Fourth", "Sixth", "\\Seen"} and flags[16] == {"\\Flagged", "Work", "Fifth"}

    with served(person) as server:
        again = theirs(server, person)
        assert differences(again, changed) == []
        with imap(server, person) as client:
            client.append("INBOX", "(Seventh)", "", letter("theirs again"))
            client.select()
            client.uid("STORE", "9", "+FLAGS.SILENT", r"\Deleted")
            client.expunge()
        person.deliver(letter("by us, while Dovecot serves"), wait=False)
        person.mail.wait_mailbox(len(inbox) + 1, person.name)
        last = theirs(server, person)
    assert set(last["messages"]["INBOX"]) == (inbox | {17, 18, "validity"}) - {9}
    assert differences(ours(person), last) == []


def test_unique_ids_are_dovecots(person: Person) -> None:
    person.append(letter("one"), letter("two"))
    state = ours(person)
    validity = state["messages"]["INBOX"]["validity"]
    assert state["uidls"] == [b"%08x%08x" % (uid, validity) for uid in (1, 2)]


def test_both_at_once(person: Person) -> None:
    """Two servers on one Maildir, in turns and without a pause: UIDs that one gave the other keeps."""
    with served(person) as server, person.imap() as mine, imap(server, person) as other:
        mine.select()
        other.select()
        for n in range(10):
            assert mine.append("INBOX", "(Mine)", "", letter(f"mine {n}"))[0] == "OK"
            assert other.append("INBOX", "(Other)", "", letter(f"other {n}"))[0] == "OK"
            other.noop()
            mine.noop()
            if n % 3 == 2:
                mine.uid("STORE", str(2 * n), "+FLAGS.SILENT", r"\Deleted")
                mine.expunge()
        mine.close()
        other.close()
        assert theirs(server, person)["messages"]["INBOX"] == ours(person)["messages"]["INBOX"]
    assert len(set(person.subjects())) == person.count() == 17


@pytest.mark.skipif(os.getuid() != 0, reason="needs Dovecot's own users")
def test_many_keywords(person: Person) -> None:
    """Twenty-six have a letter in the file's name."""
    with served(person) as server, imap(server, person) as client:
        for n in range(26):
            client.append("INBOX", f"(word{n})", "", letter(f"message {n}"))
        before = theirs(server, person)
    assert differences(without(ours(person)), before) == []
