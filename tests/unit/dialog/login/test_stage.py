"""What both login stages do alike (the rest: test_imap, test_pop3)."""

import pytest

from pymaster.dialog.login.handed import About, Settings, World
from pymaster.dialog.login.stage import TURN, Stage
from pymaster.util.clock import ManualClock
from pymaster.util.errors import ConnectionLost
from tests.unit.dialog.login.test_imap import Auth, Io


class Echo:
    """Keeps what comes."""

    got = b""

    def receive(self, data: bytes) -> None:
        """Input."""
        self.got += data


def stage(data: bytes = b"", **changes: bool) -> tuple[Stage, Io, list[float]]:
    io, slept = Io(data, 3), []
    world = World(Settings("h", **changes), Auth(), ManualClock(), sleep=slept.append)  # type: ignore[arg-type]
    made = Stage(world, io, About("imap"))
    made.core = Echo()
    return made, io, slept


def test_output_goes_before_the_wait_for_input() -> None:
    made, io, _ = stage(b"abcd")
    made.write(b"hello")
    made.fill()
    made.fill()
    assert io.said == b"hello" and made.core.got == b"abcd"  # type: ignore[attr-defined]
    with pytest.raises(ConnectionLost):
        made.fill()


def test_others_have_their_turn_in_a_long_batch() -> None:
    made, _, slept = stage()
    for _ in range(2 * TURN):
        made.pause()
    assert slept == [0, 0]


def test_what_is_safe() -> None:
    made, io, _ = stage(tls_required=True)
    assert made.tls_is_due and not made.secured and made.mechanisms() == []
    io.secured = True
    assert not made.tls_is_due and made.secured and b"PLAIN" in made.mechanisms()
    plain, _, _ = stage(plaintext=True)
    assert plain.secured and not plain.tls_is_due
