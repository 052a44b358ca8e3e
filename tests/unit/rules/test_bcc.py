"""Blind copies."""

from pymaster.config.snapshot import Snapshot
from pymaster.rules.addrsearch import Search
from pymaster.rules.bcc import BlindCopies
from tests.fakes import open_dicts


def test_maps() -> None:
    text = "always_bcc = all@x.test\nsender_bcc_maps = test:s\nrecipient_bcc_maps = test:r\n"
    made = BlindCopies(
        Snapshot.from_text(text),
        open_dicts(s={"@a.test": "audit@x.test"}, r={"u@b.test": "v@x.test"}),
        Search("", lambda d: False),
    )
    assert made.always == b"all@x.test"
    assert made.of_sender(b"any@a.test") == b"audit@x.test"
    assert made.of_sender(b"") == b""
    assert made.of_recipient(b"u@b.test") == b"v@x.test"
    assert made.of_recipient(b"w@b.test") == b""
