from pymaster.model.envelope import Envelope, Origin, Recipient


def test_origin_logged() -> None:
    assert Origin("h", "192.0.2.1").logged == "h[192.0.2.1]"
    assert Origin().logged == "local"


def test_stored_blob_of_version_1_stays_readable() -> None:
    # One blob per version is kept here for ever: rows on disk outlive the code that wrote them.
    blob = bytes.fromhex(
        "9f03a24131cb4014000000000000c403614062919501c403634064c40000c4000a"
        "9b02a0a0a0a0a0a0a0a0a0a0a4376269740000c400a0a672656d6f7465c400c400"
    )
    assert Envelope.unpack(blob) == Envelope("A1", 5.0, b"a@b", (Recipient(b"c@d"),), 10, Origin())
