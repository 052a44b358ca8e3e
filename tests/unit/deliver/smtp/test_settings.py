from pymaster.config.snapshot import Snapshot
from pymaster.deliver.smtp.settings import load


def test_flavours() -> None:
    snapshot = Snapshot.from_text("myhostname = h.example\nlmtp_connect_timeout = 7s\nsmtp_use_tls = yes\n")
    assert load(snapshot, True).connect_timeout == 7.0
    assert load(snapshot, False).hello == b"h.example"
    assert load(snapshot, False).tls_level == "may"
    assert load(snapshot, True).tls_level == "none"
