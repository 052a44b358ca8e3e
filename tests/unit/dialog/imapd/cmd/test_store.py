"""STORE's own decisions; see also golden dialogs."""

from tests.unit.dialog.imapd.lab import Lab


def lab_with(count: int) -> Lab:
    lab = Lab()
    for _ in range(count):
        lab.add()
    lab.box().claim_recent()
    return lab


def test_what_is_stored_twice_is_told_twice_but_changes_once() -> None:
    lab = lab_with(1)
    lines = lab.say(b"STORE 1 +FLAGS (\\Seen)", b"STORE 1 +FLAGS (\\Seen)")
    assert lines[0] == lines[2] == b"* 1 FETCH (FLAGS (\\Seen))"
    assert lab.box().state.highest == 3


def test_silent_with_condstore_tells_the_modseq_of_what_changed() -> None:
    lab = lab_with(2)
    lab.box().store([1], "+", [b"\\Seen"])
    lines = lab.say(b"ENABLE CONDSTORE", b"STORE 1:2 +FLAGS.SILENT (\\Seen)")
    assert lines[2:] == [b"* 2 FETCH (MODSEQ (5))", b"a OK Store completed."]


def test_unchangedsince_zero_and_messages_that_are_gone() -> None:
    lab = lab_with(3)
    assert lab.say(b"STORE 1:3 (UNCHANGEDSINCE 0) FLAGS ()")[-1] == (
        b"a OK [MODIFIED 1:3] Conditional store failed for some messages."
    )
    assert lab.say(b"UID STORE 1:99 (UNCHANGEDSINCE 9223372036854775807) FLAGS.SILENT ()") == [b"a OK Store completed."]


def test_keyword_limits() -> None:
    lab = lab_with(1)
    assert lab.say(b"STORE 1 +FLAGS (" + b"x" * 51 + b")") == [b"a NO [LIMIT] Too many keywords"]
    many = b" ".join([b"k%d" % n for n in range(250)])
    assert lab.say(b"STORE 1 FLAGS.SILENT (" + many + b")")[-1] == b"a OK Store completed."
    assert lab.say(b"STORE 1 FLAGS (a b c d e f g)") == [b"a NO [LIMIT] Too many keywords"]


def test_bad_modifiers() -> None:
    lab = lab_with(1)
    for modifier in (
        b"()",
        b"(UNCHANGEDSINCE)",
        b"(UNCHANGEDSINCE -1)",
        b"(UNCHANGEDSINCE 1 X)",
        b"(FOO 1)",
        b"(UNCHANGEDSINCE 1)X",
    ):
        assert lab.say(b"STORE 1 " + modifier + b" FLAGS ()")[0].startswith(b"a BAD "), modifier


def test_many_messages_are_told_in_portions() -> None:
    lab = lab_with(1203)
    lines = lab.say(b"STORE 1:* +FLAGS (\\Seen)")
    assert lines[:-1] == [b"* %d FETCH (FLAGS (\\Seen))" % n for n in range(1, 1204)]
