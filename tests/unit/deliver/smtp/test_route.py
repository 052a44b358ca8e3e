from pymaster.deliver.smtp.peer import Peer
from pymaster.deliver.smtp.route import _balance


def test_both_families_stay_in_a_cut_list() -> None:
    six = [Peer("m", f"2001:db8::{n}", 25) for n in range(6)]
    four = [Peer("m", f"192.0.2.{n}", 25) for n in range(6)]
    kept = _balance(six + four, 4)
    assert len(kept) == 4
    assert sum(":" in peer.address for peer in kept) == 2
    assert _balance(six, 4) == six[:4]
