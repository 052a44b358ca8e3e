from pymaster.model.anvil import CONNECT, Count, Rates


def test_round_trip() -> None:
    for item in (Count(1, "smtp:192.0.2.1", CONNECT), Rates(1, 2, 3, 4, 5, 6, 7)):
        assert type(item).unpack(item.pack()) == item
