"""SORT as a command: what the golden dialog does not say."""

from pymaster.dialog.imapd.cmd.sort import ordered
from pymaster.dialog.imapd.selected import Selected
from tests.unit.dialog.imapd.lab import Lab


def message(subject: bytes = b"x", sender: bytes = b"a@x", date: bytes = b"") -> bytes:
    head = b"Subject: %s\r\nFrom: %s\r\n" % (subject, sender)
    return head + (b"Date: %s\r\n" % date if date else b"") + b"\r\n"


def test_equal_messages_stay_in_mailbox_order_also_in_reverse() -> None:
    lab = Lab()
    for _ in range(4):
        lab.add(message(), date=5)
    for criteria in (b"SUBJECT", b"REVERSE SUBJECT", b"REVERSE ARRIVAL", b"FROM REVERSE TO REVERSE DATE"):
        assert lab.say(b"SORT (%s) UTF-8 ALL" % criteria)[0] == b"* SORT 1 2 3 4"


def test_base_subject_and_case() -> None:
    lab = Lab()
    for subject in (b"beta", b"Re: [list] ALPHA", b"=?utf-8?q?=C3=84ther?=", b"alpha", b"(none)", b""):
        lab.add(message(subject))
    assert lab.say(b"SORT (SUBJECT) UTF-8 ALL")[0] == b"* SORT 6 5 2 4 3 1"


def test_no_date_is_the_internal_date() -> None:
    lab = Lab()
    lab.add(message(date=b"Thu, 01 Jan 1970 00:01:40 +0000"), date=900)
    lab.add(message(), date=50)
    lab.add(message(date=b"nonsense"), date=200)
    assert lab.say(b"SORT (DATE) UTF-8 ALL")[0] == b"* SORT 2 1 3"


def test_the_zone_counts() -> None:
    lab = Lab()
    lab.add(message(date=b"Thu, 02 Jan 2020 01:00:00 +0500"))
    lab.add(message(date=b"Wed, 01 Jan 2020 21:00:00 +0000"))
    assert lab.say(b"SORT (DATE) UTF-8 ALL")[0] == b"* SORT 1 2"


def test_a_message_that_is_gone_has_no_place() -> None:
    lab = Lab()
    for subject in (b"c", b"b", b"a"):
        lab.add(message(subject))
    selected = Selected(lab.box(), False)
    lab.box().remove([2])
    session, _ = lab.session([])
    assert ordered(session, selected, [0, 1, 2], [(b"SUBJECT", False)]) == [2, 0]
    assert ordered(session, selected, [0, 1, 2], [(b"SIZE", False)]) == [0, 1, 2]


def test_save_keeps_the_result() -> None:
    lab = Lab()
    for subject in (b"c", b"a", b"b"):
        lab.add(message(subject))
    out = lab.say(
        b"SORT RETURN (SAVE MIN) (SUBJECT) UTF-8 ALL",
        b"SEARCH $",
        b"SORT RETURN (SAVE) (SUBJECT) x-none ALL",
        b"SEARCH $",
    )
    assert out[0] == b'* ESEARCH (TAG "a") MIN 2' and out[2] == b"* SEARCH 2" and out[-2] == b"* SEARCH"


def test_syntax() -> None:
    lab = Lab()
    for line in (
        b"SORT",
        b"SORT (DATE)",
        b"SORT (DATE) UTF-8",
        b"SORT DATE UTF-8 ALL",
        b"SORT (DATE) ALL",
        b"SORT (NONE) UTF-8 ALL",
    ):
        assert lab.say(line)[0].startswith(b"a BAD "), line
