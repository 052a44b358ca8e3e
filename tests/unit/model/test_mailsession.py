"""Records between login stage, spawner, worker and administrator."""

from pymaster.model.frame import FrameReader, encode
from pymaster.model.mailplace import MailPlace
from pymaster.model.mailsession import MailAnswer, MailList, MailQuery, MailSession, MailWork

SESSION = MailSession(
    "imap", 1, 2, "c", "u", "PLAIN", "192.0.2.1", 4, "192.0.2.2", 143, True, "id", 7, b"a1", b"a2 NOOP\r\n"
)


def test_they_come_back_as_they_were() -> None:
    work = MailWork(SESSION, MailPlace("u", 1, 2, "/h", "mbox", "/var/mail/u", "/h/mail"))
    for item in (SESSION, MailAnswer(False, "LIMIT", "x"), work, MailQuery("kick", "u"), MailList("[]")):
        assert FrameReader(type(item)).feed(encode(item)) == [item]
