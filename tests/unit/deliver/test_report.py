import errno

import pytest

from pymaster.deliver import report
from pymaster.model.status import sent
from pymaster.store.mboxlock import LockBusy
from pymaster.store.safeopen import Unsafe


def test_delays(site):
    request = site.request(b"a@b")
    arrival = request.envelope.arrival
    request.active, request.dispatched = arrival + 1, arrival + 3
    assert report.delays(request, arrival + 10, 2.0) == pytest.approx((1, 2, 2, 5))
    assert report.delays(request, arrival - 10) == pytest.approx((1, 2, 0, 0))


def test_log_line(site):
    request = site.request(b"a@b")
    report.delivered(request, b"a@b", b"A@b", sent("fine", relay="r"), request.dispatched)
    assert site.sink.lines[-1].startswith("Q1: to=<a@b>, orig_to=<A@b>, relay=r, delay=")
    assert site.sink.lines[-1].endswith("status=sent (fine)")


@pytest.mark.parametrize(
    ("error", "word", "dsn"),
    [
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "bounced", "5.2.2"),
        (OSError(errno.EFBIG, "File too large"), "bounced", "5.2.2"),
        (OSError(errno.ENOSPC, "No space left on device"), "deferred", "4.3.0"),
        (OSError(errno.EACCES, "Permission denied"), "deferred", "4.2.0"),
        (Unsafe("file is a symbolic link"), "deferred", "4.2.0"),
        (Unsafe("file is executable"), "bounced", "5.7.1"),
        (LockBusy("busy"), "deferred", "4.2.0"),
    ],
)
def test_trouble(error, word, dsn):
    made = report.trouble(error, "before: ", "virtual")
    assert (made.word, made.dsn, made.relay) == (word, dsn, "virtual")
    assert made.reason.startswith("before: ")
