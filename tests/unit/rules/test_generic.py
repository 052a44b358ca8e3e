"""smtp_generic_maps on a message."""

from collections.abc import Iterator

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.rules.generic import Generic
from pymaster.util.errors import LookupFailed
from tests.fakes import DictMaps, open_dicts

TEXT = "inet_interfaces = 127.0.0.1\nmyhostname = h.local\nmydestination = h.local\nrecipient_delimiter = +\n"
TABLE = {b"joe@h.local": b"joe@isp.example", b"@h.local": b"all@isp.example"}
CONTENT = b"From: Joe <joe@h.local>\nTo: x@y.example,\n\tann@h.local\nSubject: joe@h.local\n\nFrom: joe@h.local\n"


def generic(table: dict[bytes, bytes] | None = None) -> Generic:
    return Generic(Snapshot.from_text(TEXT), DictMaps(TABLE if table is None else table), open_dicts())


def envelope(sender: bytes) -> Envelope:
    recipients = (Recipient(b"x@y.example", b"x@y.example"), Recipient(b"joe@h.local", b"joe@h.local"))
    return Envelope("ID", 0.0, sender, recipients, len(CONTENT), Origin())


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_envelope_and_headers(size: int) -> None:
    def chunks() -> Iterator[bytes]:
        return iter([CONTENT[pos : pos + size] for pos in range(0, len(CONTENT), size)])

    made, content = generic().message(envelope(b"joe+ext@h.local"), chunks)
    assert made.sender == b"joe@isp.example"
    assert [item.address for item in made.recipients] == [b"x@y.example", b"joe@isp.example"]
    for _ in range(2):  # another host may be tried
        text = b"".join(content())
        assert text == (
            b"From: Joe <joe@isp.example>\nTo: x@y.example,\n\tall@isp.example\nSubject: joe@h.local\n\nFrom: joe@h.local\n"
        )
    assert made.size == len(text)


def test_nothing_to_change() -> None:
    def chunks() -> Iterator[bytes]:
        return iter([CONTENT])

    made, content = generic({b"else@h.local": b"x@y"}).message(envelope(b""), chunks)
    assert made == envelope(b"") and content is chunks


def test_a_failing_table_fails_before_anything_is_sent() -> None:
    class Ill(DictMaps):
        def get(self, key: bytes, *, fixed_only: bool = False) -> bytes | None:
            raise LookupFailed("ill")

    with pytest.raises(LookupFailed):
        Generic(Snapshot.from_text(TEXT), Ill({}), open_dicts()).message(envelope(b"a@b"), lambda: iter([CONTENT]))
