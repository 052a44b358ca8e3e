from pymaster.store.passdb.contract import Client
from pymaster.store.passdb.static import Static


def test_static() -> None:
    back = Static("{PLAIN}pw")
    assert back.verify("anybody", b"pw", Client()).state == "ok"
    assert back.verify("anybody", b"px", Client()).state == "mismatch"
    assert back.secret("anybody", "PLAIN").secret == "pw"
    assert back.lookup("anybody").state == "unknown"
