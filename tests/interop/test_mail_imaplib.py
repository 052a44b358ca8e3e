"""Python's imaplib: the commands of a plain IMAP4rev1 client, on a Maildir and on an mbox."""

import imaplib
import random
import re
import time
from base64 import encodebytes

import pytest
from people import Person, folders, letter, trusting


def test_list_read_search_flag(anyone: Person) -> None:
    anyone.deliver(letter("first"), letter("second", b"a needle\r\n"), letter("third"))
    with anyone.imap() as client:
        assert set(folders(client)) >= {"INBOX", "Sent", "Drafts", "Trash", "Junk"}
        assert client.select() == ("OK", [b"3"])
        ((head, body), _) = client.fetch("2", "(RFC822.SIZE BODY[])")[1]
        size = re.search(rb"RFC822.SIZE (\d+)", head)
        assert size is not None and int(size[1]) == len(body) and body.endswith(b"\r\n\r\na needle\r\n")
        assert client.search(None, "TEXT", "needle")[1] == client.search(None, "SUBJECT", '"second"')[1] == [b"2"]
        assert client.search(None, "UNSEEN")[1] == [b"1 3"]
        assert client.store("1", "+FLAGS", r"(\Flagged Work)")[0] == "OK"
        assert client.search("UTF-8", "KEYWORD", "work", "FLAGGED")[1] == [b"1"]
        client.close()
        client.select(readonly=True)
        assert b"Work" in client.fetch("1", "(FLAGS)")[1][0]
        with pytest.raises(imaplib.IMAP4.error):
            client.select("nowhere")
            client.fetch("1", "(FLAGS)")


def test_append_copy_move_delete(anyone: Person) -> None:
    with anyone.imap() as client:
        client.create("Archive")
        status, said = client.append("INBOX", r"(\Seen $Label1)", '"01-Feb-2020 03:04:05 +0600"', letter("appended"))
        assert status == "OK" and b"[APPENDUID " in said[0]
        client.select()
        date = imaplib.Internaldate2tuple(client.fetch("1", "(INTERNALDATE)")[1][0])
        assert date is not None and time.mktime(date) == 1580504645
        assert client.copy("1", "Archive")[0] == "OK"
        assert client.response("COPYUID")[1] != [None]
        assert client._simple_command("MOVE", "1", "Trash")[0] == "OK"
        assert client.noop()[0] == "OK"
        assert client.search(None, "ALL")[1] == [b""]
        client.select("Archive")
        assert set(imaplib.ParseFlags(client.fetch("1", "(FLAGS)")[1][0])) >= {rb"\Seen", b"$Label1"}
        client.store("1", "+FLAGS", r"\Deleted")
        assert client.expunge() == ("OK", [b"1"])
        client.close()
        assert client.delete("Archive")[0] == "OK"
        assert "Archive" not in folders(client)
        assert client.append("Archive", "", "", letter("x"))[1][0].startswith(b"[TRYCREATE]")
    assert anyone.subjects("Trash") == ["appended"]


def test_folders_in_utf7_and_utf8(anyone: Person) -> None:
    with anyone.imap() as client:
        # In mbox a mailbox is a file, and what has others below it a folder: the upper one comes with the lower.
        for name in ("Gr&APYA3w-e.&ZeVnLIqe-", "a&-b"):
            assert client.create(f'"{name}"')[0] == "OK"
        assert client.create('"&bad"')[0] in ("NO", "BAD")
        assert client.subscribe('"Gr&APYA3w-e.&ZeVnLIqe-"')[0] == "OK"
        assert client.rename('"Gr&APYA3w-e"', '"Gr&APwDsQ-n"')[0] == "OK"
        assert {"Gr&APwDsQ-n", "Gr&APwDsQ-n.&ZeVnLIqe-", "a&-b"} <= set(folders(client))
    with anyone.imap() as client:
        client.enable("UTF8=ACCEPT")
        listed = client.list()[1]
        assert any('"Grüαn.日本語"'.encode() in line for line in listed), listed  # type: ignore[operator]
        assert client.append('"Grüαn.日本語"', "", "", letter("grün"))[0] == "OK"
        assert client.select('"Grüαn.日本語"') == ("OK", [b"1"])
        assert client.search(None, "SUBJECT", '"grün"')[1] == [b"1"]
        assert "Subject: grün".encode() in client.fetch("1", "(BODY[])")[1][0][1]


@pytest.mark.parametrize("tls", [False, True])
def test_a_large_attachment_byte_for_byte(person: Person, tls: bool) -> None:
    data = encodebytes(random.Random(1).randbytes(15_000_000)).replace(b"\n", b"\r\n")
    assert len(data) > 20_000_000
    whole = letter("large", data, b"Content-Transfer-Encoding: base64\r\nContent-Type: application/octet-stream\r\n")
    with person.imap(tls) as client:
        assert client.append("INBOX", "", "", whole)[0] == "OK"
        client.select()
        assert client.fetch("1", "(BODY.PEEK[])")[1][0][1] == whole
        assert client.fetch("1", "(BODY.PEEK[1])")[1][0][1] == data
        at = 12_345_678
        assert client.fetch("1", f"(BODY.PEEK[]<{at}.100000>)")[1][0][1] == whole[at : at + 100_000]
        assert int(re.search(rb"(\d+)\)$", client.fetch("1", "(RFC822.SIZE)")[1][0])[1]) == len(whole)
    person.deliver(whole)
    with person.imap(tls) as client:
        client.select()
        got = client.fetch("2", "(BODY.PEEK[])")[1][0][1]
    assert got.endswith(b"\r\n\r\n" + data)


def test_a_thousand_messages(anyone: Person) -> None:
    pieces = [letter(f"number {n}", b"x" * (n % 97) + b"\r\n") for n in range(1000)]
    with anyone.imap() as client:
        for at in range(0, 1000, 100):
            # MULTIAPPEND: imaplib takes the further messages as part of the first one's literal.
            batch = b"".join(b" {%d+}\r\n%b" % (len(piece), piece) for piece in pieces[at : at + 100])
            client.send(b"A%d APPEND INBOX%b\r\n" % (at, batch))
            assert client.readline().startswith(b"A%d OK" % at)
        assert client.select() == ("OK", [b"1000"])
        said = client.fetch("1:*", "(UID FLAGS RFC822.SIZE ENVELOPE)")[1]
        assert len(said) == 1000
        assert [int(re.search(rb"SIZE (\d+)", line)[1]) for line in said] == [len(piece) for piece in pieces]
        assert client.store("1:*", "+FLAGS.SILENT", r"\Seen")[0] == "OK"
        assert client.search(None, "SUBJECT", '"number 99"')[1] == [
            b"100 " + b" ".join(b"%d" % n for n in range(991, 1001))
        ]
        client.store(",".join(str(n) for n in range(1, 1001, 2)), "+FLAGS.SILENT", r"\Deleted")
        assert len(client.expunge()[1]) == 500
        bodies = [item[1] for item in client.fetch("1:*", "(BODY.PEEK[])")[1] if isinstance(item, tuple)]
        assert bodies == pieces[1::2]


def test_starttls_is_verified(person: Person) -> None:
    client = imaplib.IMAP4("127.0.0.1", person.mail.imap, timeout=20)
    with client:
        assert client.starttls(trusting())[0] == "OK"
        assert "STARTTLS" not in client.capabilities
        assert client.login(person.login, person.password)[0] == "OK"
