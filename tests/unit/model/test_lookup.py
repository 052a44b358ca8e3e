from pymaster.model.lookup import Maps, Table


class Fixed:
    name, fixed = "static:x", True

    def get(self, key: bytes) -> bytes | None:
        return b"x"


class One:
    def __bool__(self) -> bool:
        return True

    def get(self, key: bytes, *, fixed_only: bool = False) -> bytes | None:
        return Fixed().get(key)


def test_the_protocols_can_be_met() -> None:
    table: Table = Fixed()
    maps: Maps = One()
    assert table.get(b"k") == maps.get(b"k", fixed_only=True) == b"x"
