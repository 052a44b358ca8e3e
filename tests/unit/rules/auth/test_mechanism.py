from pymaster.model.authtask import AuthAnswer
from pymaster.rules.auth.mechanism import Base, Challenge, Passed, Refused, text_of


def test_base() -> None:
    base = Base()
    assert base.start(None) == Challenge(b"")
    assert base.start(b"x") == Refused("protocol error", counts=False)
    assert base.told(AuthAnswer(1, "ok", {})) == Passed()
    assert base.refused("no") == Refused("no")


def test_names() -> None:
    assert text_of(b"bob") == "bob" and text_of("björn".encode()) == "björn"
    for bad in (b"", b"a\nb", b"\xff", b"a\0", b"x" * 256, "a\u202eb".encode()):
        assert text_of(bad) is None
