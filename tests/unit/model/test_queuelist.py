"""What showq asks."""

from pymaster.model.queuelist import ActiveIds, ActiveQuery
from pymaster.util.record import decode


def test_round_trip() -> None:
    for item in (ActiveQuery(3), ActiveIds(("A1", "B2"))):
        assert decode(item.to_row()) == item
    assert ActiveQuery.unpack(bytes.fromhex("922d03")) == ActiveQuery(3)
    assert ActiveIds.unpack(bytes.fromhex("922e91a24131")) == ActiveIds(("A1",))
