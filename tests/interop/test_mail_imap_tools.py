"""imap-tools: the high-level client many scripts use."""

import pytest
from people import Person, letter, trusting

imap_tools = pytest.importorskip("imap_tools")

ATTACHED = (
    b"--x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\ngr\xc3\xbcn\r\n--x\r\n"
    b'Content-Type: application/pdf; name="a.pdf"\r\nContent-Disposition: attachment; filename="a.pdf"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\nAAECAw==\r\n--x--\r\n"
)


@pytest.mark.parametrize("tls", [False, True])
def test_a_session(anyone: Person, tls: bool) -> None:
    head = b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="x"\r\n'
    anyone.append(letter("=?utf-8?q?gr=C3=BCn?=", ATTACHED, head), letter("second"), letter("third"))
    made = (
        imap_tools.MailBox("127.0.0.1", anyone.mail.imaps, timeout=20, ssl_context=trusting())
        if tls
        else imap_tools.MailBoxUnencrypted("127.0.0.1", anyone.mail.imap, timeout=20)
    )
    with made.login(anyone.login, anyone.password) as box:
        first, second, third = box.fetch(mark_seen=False)
        assert (first.subject, first.text.strip()) == ("grün", "grün")
        assert set(first.flags) <= {"\\Recent"}
        assert [(part.filename, part.payload) for part in first.attachments] == [("a.pdf", b"\0\1\2\3")]
        assert box.uids(imap_tools.AND(subject="second")) == [second.uid]
        assert box.uids(imap_tools.A(seen=False, body="hello")) == [second.uid, third.uid]
        box.flag([second.uid], [imap_tools.MailMessageFlags.FLAGGED, "Work"], True)
        assert box.uids(imap_tools.A(flagged=True, keyword="Work")) == [second.uid]
        box.folder.create("Größe")
        box.copy([second.uid], "Größe")
        box.move([third.uid], "Größe")
        box.delete([second.uid])
        assert box.uids() == [first.uid]
        assert box.folder.status("Größe")["MESSAGES"] == 2
        assert {each.name for each in box.folder.list()} >= {"INBOX", "Größe", "Trash"}
        box.folder.set("Größe")
        assert sorted(each.subject for each in box.fetch()) == ["second", "third"]
        box.append(letter("appended"), "Größe", flag_set=[imap_tools.MailMessageFlags.SEEN])
        assert len(list(box.fetch(imap_tools.A(seen=True)))) == 3
        box.folder.rename("Größe", "Maß")
        box.folder.set("INBOX")
        box.folder.delete("Maß")
        assert not box.folder.exists("Maß")


def test_new_mail_is_pushed(person: Person) -> None:
    with imap_tools.MailBoxUnencrypted("127.0.0.1", person.mail.imap, timeout=20).login(
        person.login, person.password
    ) as box:
        with box.idle as idle:
            person.deliver(letter("pushed"), wait=False)
            assert any(b"EXISTS" in answer for answer in idle.poll(timeout=15))
        assert [each.subject for each in box.fetch()] == ["pushed"]
