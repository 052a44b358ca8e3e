import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymaster.store.mailbox import mboxheaders
from pymaster.store.mailbox.mboxheaders import Base, base_patch, lines, parse, patches, pseudo_message, rewritten, strip
from pymaster.store.mailbox.mboxscan import single

HEADER = b"From: a@b\nX-UID: 7\nSubject: x\n y\nStatus: RO\nX-Status: AF \nX-Keywords: $Junk work\n more\nContent-Length: 12\nLines: 3\n\n"


def test_parse():
    meta = parse(HEADER)
    assert meta.bare == b"From: a@b\nSubject: x\n y\n\n"
    assert meta.uid == 7 and meta.old and not meta.pseudo and meta.base is None
    assert meta.flags == {b"\\Seen", b"\\Answered", b"\\Flagged", b"$Junk", b"work", b"more"}
    assert strip(HEADER) == meta.bare


def test_parse_of_a_base():
    meta = parse(b"x-imapbase: 1700000000 0000000042 $Junk Work    \nA: b\n\n")
    assert meta.base == Base(1700000000, 42, (b"$Junk", b"Work")) and meta.bare == b"A: b\n\n"
    assert parse(b"X-IMAP: 5 6\nA: b\n\n").base == Base(5, 6)


@pytest.mark.parametrize(
    "value", [b"", b"5", b"0 5", b"5 4294967295", b"4294967296 1", b"a b", b"-1 2", b"1,2", b"5 6 \0", b"\xff 3"]
)
def test_bases_that_are_none(value):
    assert parse(b"X-IMAPbase: %s\n\n" % value).base is None


@pytest.mark.parametrize(("value", "uid"), [(b"12", 12), (b"0012  ", 12), (b"4294967295", 4294967295), (b"4294967296", 0),
                                            (b"x", 0), (b"1 2", 0), (b"", 0), (b"99999999999", 0)])  # fmt: skip
def test_uids(value, uid):
    assert parse(b"X-UID: %s\n\n" % value).uid == uid


def test_keywords_that_no_client_could_have_set_are_left_alone():
    assert parse(b"X-Keywords: a \\Seen b(c %s ok\n\n" % (b"x" * 51)).flags == {b"a", b"ok"}


def test_the_first_of_a_name_counts():
    assert parse(b"X-UID: 3\nX-UID: 4\nStatus: O\nStatus: RO\n\n").uid == 3
    assert parse(b"Status: O\nStatus: RO\n\n").flags == frozenset()


def test_lines_are_read_back_and_changed_in_place():
    header = rewritten(HEADER, lines(9, frozenset([b"\\Seen", b"work"]), old=True, base=Base(5, 9, (b"work",))))
    meta = parse(header)
    assert (meta.uid, meta.flags, meta.old, meta.base) == (9, {b"\\Seen", b"work"}, True, Base(5, 9, (b"work",)))
    assert meta.bare == strip(HEADER)
    flags = frozenset([b"\\Seen", b"\\Answered", b"\\Flagged", b"\\Draft", b"\\Deleted", b"a", b"b" * 30])
    changed = bytearray(header)
    for at, data in [
        *(patches(header, 4294967295, flags, old=True) or ()),
        base_patch(header, Base(6, 10, (b"x" * 50,))),
    ]:
        changed[at : at + len(data)] = data
    assert len(changed) == len(header)
    meta = parse(bytes(changed))
    assert (meta.uid, meta.flags, meta.base) == (4294967295, flags, Base(6, 10, (b"x" * 50,)))
    assert patches(bytes(changed), 4294967295, flags, old=True) == []


def test_what_does_not_fit():
    header = rewritten(b"A: b\n\n", lines(9, frozenset(), old=False))
    assert patches(header, 9, frozenset([b"k" * 45]), old=True) is None
    assert patches(b"A: b\n\n", 9, frozenset(), old=False) is None
    assert patches(HEADER, 9, frozenset([b"a"]), old=True) is None
    assert base_patch(header, Base(1, 2)) is None
    assert base_patch(b"X-IMAPbase: 1 2\n\n", Base(1700000000, 2)) is None


@pytest.mark.parametrize(("header", "wanted"), [(b"\n", b"L\n\n"), (b"A: b\n\n", b"A: b\nL\n\n"), (b"A: b\r\n\r\n", b"A: b\r\nL\n\r\n"),
                                                (b"A: b", b"A: b\nL\n\n"), (b"", b"L\n\n"), (b"Status: R\n\n", b"L\n\n")])  # fmt: skip
def test_where_the_lines_go(header, wanted):
    assert rewritten(header, b"L\n") == wanted


def test_the_pseudo_message():
    found = single(pseudo_message(Base(5, 9, (b"work",)), 1704067200))
    meta = parse(found.data[found.head : found.body])
    assert meta.pseudo and meta.base == Base(5, 9, (b"work",)) and found.finished
    # Either sign alone is a message's own affair.
    assert not parse(b"Subject: FOLDER INTERNAL DATA\n\n").pseudo
    assert not parse(b"X-IMAP: 5 6\nSubject: hello\n\n").pseudo


def test_a_header_beyond_all_bounds_is_text(monkeypatch):
    monkeypatch.setattr(mboxheaders, "MAX_HEADER", 20)
    assert parse(b"A: " + b"x" * 30 + b"\nX-UID: 5\n\n").uid == 0


NAMES = st.sampled_from([b"X-UID: ", b"Status: ", b"X-Status:", b"X-Keywords: ", b"X-IMAPbase: ", b"X-IMAP:", b"A: ", b"\n", b" ", b"\r\n",
                         b"1700000000 5", b"RO", b"AFTD", b"Lines: 4", b"Content-Length: 9"])  # fmt: skip


@given(st.lists(NAMES | st.binary(max_size=12), max_size=20).map(b"".join))
@settings(max_examples=400, deadline=None)
def test_any_header(header):
    meta = parse(header)
    again = parse(meta.bare)
    assert meta.flags >= set() and meta.uid >= 0
    own = lines(5, frozenset([b"\\Seen", b"k"]), old=True, base=Base(7, 8))
    new = rewritten(header, own)
    assert own in new and new.endswith(b"\n")
    if b"\n\n" not in header and again.bare == meta.bare:
        told = parse(new)
        assert (told.uid, told.flags, told.base) == (5, {b"\\Seen", b"k"}, Base(7, 8))
