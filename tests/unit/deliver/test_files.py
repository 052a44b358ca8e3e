import pytest

from pymaster.config.params.local import LocalParams
from pymaster.config.snapshot import Snapshot
from pymaster.deliver import files
from pymaster.util.errors import Fatal


def test_locking():
    params = Snapshot.from_text("deliver_lock_delay = 3s\nstale_lock_time = 10s\ndeliver_lock_attempts = 7")[
        LocalParams
    ]
    made = files.locking("dotlock, fcntl", params, "virtual_mailbox_lock")
    assert (made.methods, made.attempts, made.delay, made.stale) == (("dotlock", "fcntl"), 7, 3.0, 10.0)
    with pytest.raises(Fatal, match="unknown virtual_mailbox_lock value: lockd"):
        files.locking("lockd", params, "virtual_mailbox_lock")
