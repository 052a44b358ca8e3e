"""COMPRESS: the switch happens between two octets, whatever packets they come in."""

import zlib

import pytest

from pymaster.dialog.imapd.settings import Settings
from tests.unit.dialog.imapd.lab import Lab

ACTIVE = b"a OK Begin compression.\r\n"


def deflated(*texts: bytes) -> bytes:
    made = zlib.compressobj(9, zlib.DEFLATED, -15)
    return b"".join([made.compress(text) + made.flush(zlib.Z_SYNC_FLUSH) for text in texts])


def plain(output: bytes) -> bytes:
    clear, _, rest = output.partition(ACTIVE)
    return clear + ACTIVE + zlib.decompressobj(-15).decompress(rest)


def test_at_every_cut() -> None:
    data = b"a COMPRESS DEFLATE\r\n" + deflated(
        b"b NOOP\r\n", b"c SELECT INBOX\r\n", b"d COMPRESS DEFLATE\r\ne LOGOUT\r\n"
    )
    for cut in range(len(data)):
        lab = Lab()
        out = plain(lab.talk([data[:cut], data[cut:]] if cut else [data]))
        assert out.startswith(ACTIVE + b"b OK NOOP completed.\r\n* FLAGS"), out
        assert out.endswith(
            b"d NO [COMPRESSIONACTIVE] COMPRESSION is active already.\r\n* BYE Logging out\r\ne OK Logout completed.\r\n"
        )


def test_a_message_through_it() -> None:
    lab = Lab()
    body = b"Subject: x\r\n\r\n" + b"line of text\r\n" * 20000
    lab.add(body)
    out = plain(lab.talk([b"a COMPRESS DEFLATE\r\n", deflated(b"b SELECT INBOX\r\nc FETCH 1 BODY.PEEK[]\r\n")]))
    assert out.endswith(b"* 1 FETCH (BODY[] {%d}\r\n%s)\r\nc OK Fetch completed.\r\n" % (len(body), body))


def test_news_while_idle() -> None:
    lab = Lab()
    out = lab.talk(
        [
            b"a COMPRESS DEFLATE\r\n",
            deflated(b"b SELECT INBOX\r\nc IDLE\r\n"),
            lambda: lab.other(b"APPEND INBOX {4+}\r\nbody"),
        ]
    )
    assert plain(out).endswith(b"+ idling\r\n* 1 EXISTS\r\n* 0 RECENT\r\n")


@pytest.mark.parametrize("line", [b"COMPRESS", b"COMPRESS DEFLATE x", b"COMPRESS "])
def test_bad(line: bytes) -> None:
    assert Lab().say(line, select="")[0].startswith(b"a BAD ")


def test_refused() -> None:
    assert Lab().say(b"COMPRESS LZ4", select="") == [b"a NO [CANNOT] No such compression."]
    lab = Lab(Settings(disabled=frozenset([b"COMPRESS=DEFLATE"])))
    assert lab.say(b"COMPRESS DEFLATE", select="") == [b"a NO [CANNOT] No such compression."]
    assert b"COMPRESS" not in lab.greeting
