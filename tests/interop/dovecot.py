"""dovecot - the real Dovecot for interoperability tests; skipped where it is not installed, in CI a failure."""

from pathlib import Path

from peers import need

from benchmarks.dovecot import Dovecot


def dovecot(mail: Path, uid: int, gid: int, settings: str = "") -> Dovecot:
    """A Dovecot over a folder of Maildirs, to be used in a `with`."""
    need("dovecot")
    return Dovecot(mail, uid, gid, settings)
