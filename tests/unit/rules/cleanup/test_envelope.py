"""Recipients: duplicates, options, limits of memory."""

from pymaster.config.snapshot import Snapshot
from pymaster.model.envelope import NOTIFY_NEVER, NOTIFY_SUCCESS, Origin, Recipient
from pymaster.rules.cleanup import Cleanup, Transaction
from pymaster.util import log
from tests.fakes import open_dicts


def transaction(text: str = "", **tables: dict[str, str] | None) -> Transaction:
    log.setup(log.MemorySink(), "test")
    base = "myorigin = o.test\ninet_interfaces = 127.0.0.1\n"
    return Cleanup(Snapshot.from_text(base + text), open_dicts(**tables), lambda: "ID").begin(Origin())


def test_same_recipient_five_thousand_times() -> None:
    tx = transaction()
    for _ in range(5000):
        tx.recipient(Recipient(b"u@x.test"))
    tx.recipient(Recipient(b"u@x.test", notify=NOTIFY_SUCCESS))
    assert len(tx._recipients.finish()) == 2


def test_options_follow_every_alias() -> None:
    tx = transaction("virtual_alias_maps = test:v\n", v={"l@x.test": "a@x.test, b@x.test"})
    tx.recipient(Recipient(b"l@x.test", b"L@x.test", NOTIFY_SUCCESS, b"rfc822;l"))
    assert tx._recipients.finish() == (
        Recipient(b"a@x.test", b"L@x.test", NOTIFY_SUCCESS, b"rfc822;l"),
        Recipient(b"b@x.test", b"L@x.test", NOTIFY_SUCCESS, b"rfc822;l"),
    )


def test_original_recipient_may_be_left_out() -> None:
    tx = transaction("enable_original_recipient = no\n")
    tx.recipient(Recipient(b"u", b"first"))
    assert tx._recipients.finish() == (Recipient(b"u@o.test", b""),)


def test_copies_come_last_and_quietly() -> None:
    tx = transaction("always_bcc = c\n")
    tx.sender(b"s")
    tx.recipient(Recipient(b"u"))
    assert tx.envelope_sender == b"s@o.test" and tx.last_recipient == b"u@o.test"
    assert tx._recipients.finish()[-1] == Recipient(b"c@o.test", b"c", NOTIFY_NEVER)
