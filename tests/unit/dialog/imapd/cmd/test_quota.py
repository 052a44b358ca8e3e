"""QUOTA: units, and limits that are not the user's to set; more in mailbox-quota.txt."""

import pytest

from pymaster.dialog.imapd.cmd.quota import resources
from pymaster.store.mailbox.contract import MailboxError, Usage
from tests.unit.dialog.imapd.lab import Lab


@pytest.mark.parametrize(
    ("usage", "told"),
    [
        (Usage(), b""),
        (Usage(0, 1024), b"STORAGE 0 1"),
        (Usage(1, 1024), b"STORAGE 1 1"),
        (Usage(1025, 2047), b"STORAGE 2 1"),
        (Usage(5, 0, 3, 10), b"MESSAGE 3 10"),
        (Usage(1024, 2048, 3, 10), b"STORAGE 1 2 MESSAGE 3 10"),
    ],
)
def test_units(usage: Usage, told: bytes) -> None:
    assert resources(usage) == told


def test_limits_of_the_administrator() -> None:
    lab = Lab()

    def refuse(storage: int, messages: int) -> None:
        raise MailboxError("NOPERM", "Quota is set by the administrator")

    lab.account.set_quota = refuse  # type: ignore[method-assign]
    assert lab.say(b'SETQUOTA "User quota" (STORAGE 1)', select="") == [
        b"a NO [NOPERM] Quota is set by the administrator"
    ]


def test_set_limits_in_octets() -> None:
    lab = Lab()
    lab.say(b'SETQUOTA "User quota" (STORAGE 3 MESSAGE 4)', select="")
    assert lab.account.limits == (3072, 4)
