from hypothesis import given, settings
from hypothesis import strategies as st

from pymaster.store.mailbox.mboxheaders import Base, lines
from pymaster.store.mailbox.mboxmessage import laid, look, quoted, stored, unquoted
from pymaster.store.mailbox.mboxscan import scan, single
from pymaster.store.mailbox.wire import disk_form, wire_form

LINE = b"From a@b  Mon Jan  1 00:00:00 2024\n"


def test_quoting_is_undone():
    body = b"From a\n>From b\n>>From c\n >From d\nfrom e\nFrom\n"
    assert quoted(body) == b">From a\n>>From b\n>>>From c\n >From d\nfrom e\nFrom\n"
    assert unquoted(quoted(body)) == body


def test_a_body_that_was_not_quoted_is_left_alone():
    for body in (b"x\n>From a\nFrom b\n", b"From b\n>From a\n"):
        assert unquoted(body) == body


def test_the_key_does_not_depend_on_our_headers_or_on_the_tail():
    plain, text = look(single(LINE + b"A: b\n\nx\n\n"))
    marked, other = look(single(LINE + b"Status: RO\nA: b\nLines: 1\nContent-Length: 2\nX-UID: 4\n\nx\n\n"))
    assert plain.key == marked.key and text == other == b"A: b\n\nx\n"
    assert plain.size == marked.size == len(wire_form(text))
    assert look(single(LINE + b"A: b\n\nx"))[0].key == plain.key
    assert look(single(LINE + b"A: b\n\ny\n"))[0].key != plain.key


def test_stored_drops_what_only_the_mailbox_may_say():
    assert stored(b"X-IMAPbase: 1 2\nA: b\nStatus: R\n\nStatus: x\n") == b"A: b\n\nStatus: x\n"
    assert stored(b"") == b"\n"
    assert stored(b"A: b\n") == b"A: b\n\n"


PIECES = st.sampled_from(
    [
        b"From ",
        b">From ",
        LINE,
        b"\n",
        b"\n\n",
        b"A: b\n",
        b"Status: R\n",
        b"\r\n",
        b"Content-Length: 20\n",
        b">",
        b"\r",
    ]
)


@given(st.lists(PIECES | st.binary(max_size=9), max_size=25).map(b"".join), st.lists(PIECES, max_size=5).map(b"".join))
@settings(max_examples=500, deadline=None)
def test_what_is_laid_down_comes_back_and_stays_one_message(tmp_path_factory, data, more):
    text = stored(disk_form(data))
    own = lines(3, frozenset(), old=False, base=Base(1, 3))
    put = laid(LINE, text, own) + laid(LINE, stored(more), own)
    path = tmp_path_factory.mktemp("laid") / "box"
    path.write_bytes(put)
    with open(path, "rb") as file:
        found = list(scan(file.fileno(), 0, len(put)))
    assert len(found) == 2
    seen, back = look(found[0])
    assert back == text and seen.meta.uid == 3 and seen.size == len(wire_form(text))
