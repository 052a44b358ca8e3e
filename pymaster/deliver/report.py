"""report - what every agent does with outcomes: the log line, and the failures of files as fates.

Sources: postconf(5) delay_logging_resolution_limit, RFC 3463; which errors are worth another try is Postfix's judgement.
"""

import errno

from pymaster.model import event
from pymaster.model.envelope import VERIFY_ONLY
from pymaster.model.messages import DeliveryRequest
from pymaster.model.status import Status, bounced, deferred
from pymaster.store.mboxlock import LockBusy, LockFailed
from pymaster.store.safeopen import Unsafe
from pymaster.util import log

# Over quota, or over the limit of a mailbox's size: the user's own affair, and final.
_FULL = (errno.EDQUOT, errno.EFBIG)
# The machine is short of something.
_SYSTEM = (errno.ENOSPC, errno.ENFILE, errno.EMFILE, errno.ENOMEM, errno.EIO, errno.EROFS)

FileTrouble = OSError | Unsafe | LockBusy | LockFailed
FILE_TROUBLE = (OSError, Unsafe, LockBusy, LockFailed)


def delays(request: DeliveryRequest, now: float, setup: float = 0.0) -> tuple[float, float, float, float]:
    """The four parts of `delays=`, in seconds; `setup` is what it took to reach the other side."""
    arrival = request.envelope.arrival
    return (
        max(request.active - arrival, 0.0),
        max(request.dispatched - request.active, 0.0),
        setup,
        max(now - request.dispatched - setup, 0.0),
    )


def delivered(request: DeliveryRequest, recipient: bytes, orig_to: bytes, status: Status, now: float) -> None:
    """The log line of one outcome."""
    envelope = request.envelope
    probe = bool(envelope.flags & VERIFY_ONLY)
    times = delays(request, now)
    log.emit(event.Delivered(envelope.queue_id, recipient, orig_to, status, times, probe=probe).line())


def trouble(error: FileTrouble, before: str, relay: str) -> Status:
    """The fate of mail for a file that could not be written; `before` begins the reason."""
    if isinstance(error, OSError):
        return _system(error, before, relay)
    if isinstance(error, LockBusy | LockFailed) or str(error) != "file is executable":
        return deferred(f"{before}{error}", "4.2.0", relay)
    return bounced(f"{before}{error}", "5.7.1", relay)


def _system(error: OSError, before: str, relay: str) -> Status:
    text = f"{before}{error.strerror}"
    if error.errno in _FULL:
        return bounced(text, "5.2.2", relay)
    return deferred(text, "4.3.0" if error.errno in _SYSTEM else "4.2.0", relay)
