"""Python's poplib: listing, unique ids, reading, deletion, STLS, a large message."""

import contextlib
import poplib
import random
from base64 import encodebytes

import pytest
from people import Person, letter, trusting


def test_list_read_delete(anyone: Person) -> None:
    anyone.deliver(letter("first"), letter("second", b".dot\r\n..dots\r\nline\r\n"), letter("third"))
    with anyone.pop3() as client:
        count, octets = client.stat()
        sizes = [int(line.split(b" ")[1]) for line in client.list()[1]]
        assert (count, octets) == (3, sum(sizes))
        ids = client.uidl()[1]
        assert len({line.split(b" ")[1] for line in ids}) == 3
        lines = client.retr(2)[1]
        assert sum(len(line) + 2 for line in lines) == sizes[1] and lines[-3:] == [b".dot", b"..dots", b"line"]
        assert client.top(2, 1)[1][-2:] == [b"", b".dot"]
        assert client.top(2, 99999999)[1] == lines
        client.dele(1)
        client.rset()
        client.dele(2)
        with pytest.raises(poplib.error_proto):
            client.retr(2)
    with anyone.pop3() as client:
        assert [line.split(b" ")[1] for line in client.uidl()[1]] == [ids[0].split(b" ")[1], ids[2].split(b" ")[1]]
    assert anyone.subjects() == ["first", "third"]


def test_without_quit_nothing_is_deleted(anyone: Person) -> None:
    anyone.deliver(letter("kept"))
    with contextlib.suppress(ConnectionAbortedError), anyone.pop3() as client:
        client.dele(1)
        raise ConnectionAbortedError
    assert anyone.subjects() == ["kept"]


def test_stls_and_capabilities(person: Person) -> None:
    client = poplib.POP3("127.0.0.1", person.mail.pop3, 20)
    assert {"UIDL", "TOP", "STLS", "SASL", "PIPELINING", "RESP-CODES", "AUTH-RESP-CODE", "USER"} <= set(client.capa())
    client.stls(trusting())
    assert "STLS" not in client.capa()
    with pytest.raises(poplib.error_proto, match=r"\[AUTH\]"):
        client.user(person.login)
        client.pass_("wrong")
    client.user(person.login)
    client.pass_(person.password)
    assert "UTF8" in client.capa()
    client.quit()


def test_utf8(person: Person) -> None:
    head = "X-Note: grün\r\n".encode()
    person.append(letter("plain", head=head))
    with person.pop3() as client:
        # A client that did not say UTF8 gets a header of ASCII.
        assert b"".join(client.retr(1)[1]).isascii()
    client = poplib.POP3("127.0.0.1", person.mail.pop3, 20)
    client.utf8()
    client.user(person.login)
    client.pass_(person.password)
    assert head.rstrip(b"\r\n") in client.retr(1)[1]
    client.quit()


@pytest.mark.parametrize("tls", [False, True])
def test_a_large_attachment_byte_for_byte(person: Person, tls: bool) -> None:
    data = encodebytes(random.Random(2).randbytes(15_000_000)).replace(b"\n", b"\r\n")
    whole = letter("large", data)
    person.append(whole)
    with person.pop3(tls) as client:
        assert client.stat() == (1, len(whole))
        assert b"\r\n".join([*client.retr(1)[1], b""]) == whole


def test_a_thousand_messages(anyone: Person) -> None:
    pieces = [letter(f"number {n}", b"x" * (n % 97) + b"\r\n") for n in range(1000)]
    with anyone.imap() as client:
        for at in range(0, 1000, 200):
            batch = b"".join(b" {%d+}\r\n%b" % (len(piece), piece) for piece in pieces[at : at + 200])
            client.send(b"A%d APPEND INBOX%b\r\n" % (at, batch))
            assert client.readline().startswith(b"A%d OK" % at)
    with anyone.pop3() as client:
        assert client.stat() == (1000, sum(len(piece) for piece in pieces))
        got = [b"\r\n".join([*client.retr(n)[1], b""]) for n in range(1, 1001)]
        assert got == pieces
        for n in range(1, 1001, 2):
            client.dele(n)
    assert anyone.count() == 500
