"""URLs of CATENATE resolved in one account."""

import pytest

from pymaster.dialog.imapd.catenate import fetch_url
from pymaster.dialog.imapd.selected import Selected
from pymaster.store.mailbox.contract import MailboxError
from tests.unit.dialog.imapd.lab import Lab

MESSAGE = b"Subject: x\r\n\r\nbody\r\n"


def lab_with_mail() -> Lab:
    lab = Lab()
    lab.account.create("R\xe9sum\xe9")
    lab.add(MESSAGE, "R\xe9sum\xe9")
    lab.add(MESSAGE + b"second\r\n")
    return lab


def test_what_a_url_names() -> None:
    lab = lab_with_mail()
    session, _ = lab.session([])
    assert fetch_url(session, b"/R%C3%A9sum%C3%A9/;UID=1") == MESSAGE
    assert fetch_url(session, b"/INBOX/;UID=1/;SECTION=TEXT") == b"body\r\nsecond\r\n"
    assert fetch_url(session, b"/INBOX/;UID=1/;PARTIAL=9.4") == b"x\r\n\r"
    assert fetch_url(session, b"/INBOX;UIDVALIDITY=1000001/;UID=1/;SECTION=TEXT/;PARTIAL=6") == b"second\r\n"
    session.selected = Selected(lab.box(), False)
    assert fetch_url(session, b";UID=1/;SECTION=HEADER") == b"Subject: x\r\n\r\n"


@pytest.mark.parametrize(
    "url",
    [
        b";UID=1", b"/INBOX/;UID=2", b"/INBOX;UIDVALIDITY=1/;UID=1", b"/Nowhere/;UID=1", b"/INBOX/;UID=1/;SECTION=2",
        b"/INBOX/;UID=1/;PARTIAL=999", b"imap://h/INBOX/;UID=1", b"", b"/a%00b/;UID=1", b"]\r\n\xff",
    ],
)  # fmt: skip
def test_bad_urls(url: bytes) -> None:
    session, _ = lab_with_mail().session([])
    with pytest.raises(MailboxError) as error:
        fetch_url(session, url)
    code = error.value.code
    assert code.startswith("BADURL ") and "]" not in code and code.isascii() and code.isprintable()
