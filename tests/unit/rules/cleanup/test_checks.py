"""What a table's answer does; whole messages under checks are golden cases (test_pipeline)."""

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.model.envelope import Origin
from pymaster.rules.cleanup import Cleanup, Transaction, checks
from pymaster.util import log
from tests.fakes import DictMaps, open_dicts


def transaction() -> Transaction:
    return Cleanup(Snapshot.from_text("inet_interfaces = 127.0.0.1\n"), open_dicts(), lambda: "ID").begin(Origin())


@pytest.fixture
def sink() -> log.MemorySink:
    made = log.MemorySink()
    log.setup(made, "test")
    return made


def act(tx: Transaction, value: bytes, text: bytes = b"X: y", kind: str = checks.HEADER) -> checks.Outcome:
    return checks.apply(tx, DictMaps({text.lower(): value}), kind, text)


@pytest.mark.parametrize(
    ("value", "code", "dsn", "text"),
    [
        (b"REJECT", 550, "5.7.1", "Error: message content rejected"),
        (b"reject  go away", 550, "5.7.1", "go away"),
        (b"REJECT 5.7.0 no", 550, "5.7.0", "no"),
        (b"REJECT 4.7.0 later", 450, "4.7.0", "later"),
        (b"REJECT 5.7.9", 550, "5.7.9", "Error: message content rejected"),
    ],
)
def test_reject(value: bytes, code: int, dsn: str, text: str, sink: log.MemorySink) -> None:
    tx = transaction()
    act(tx, value)
    assert tx.problem is not None and (tx.problem.code, tx.problem.dsn, tx.problem.text) == (code, dsn, text)
    assert sink.text.startswith("ID: reject: header X: y from local; from=<>: ")


def test_default_reject_line(sink: log.MemorySink) -> None:
    act(transaction(), b"REJECT", b"bad line", checks.BODY)
    assert sink.text == "ID: reject: body bad line from local; from=<>: 5.7.1 message content rejected\n"


def test_text_changes(sink: log.MemorySink) -> None:
    tx = transaction()
    assert act(tx, b"IGNORE").text is None
    assert act(tx, b"STRIP x").text is None
    assert act(tx, b"REPLACE Y: z").text == b"Y: z"
    assert act(tx, b"REPLACE not a header").text == b"X: y"
    assert act(tx, b"REPLACE anything", b"line", checks.BODY).text == b"anything"
    assert act(tx, b"PREPEND Y: z") == (b"X: y", b"Y: z")
    assert act(tx, b"DUNNO") == act(tx, b"OK") == (b"X: y", b"")


@pytest.mark.parametrize("value", [b"FILTER nodest", b"REDIRECT nowhere", b"BCC nobody", b"PREPEND", b"FOO"])
def test_bad_answers_change_nothing(value: bytes, sink: log.MemorySink) -> None:
    tx = transaction()
    assert act(tx, value) == (b"X: y", b"")
    assert sink.text.startswith("warning: ") and not tx.content_filter and not tx.redirect


def test_pass_and_discard_end_the_checks(sink: log.MemorySink) -> None:
    for value in (b"PASS", b"DISCARD"):
        tx = transaction()
        act(tx, value)
        assert not tx.flags & 1


def test_hold_is_logged_once(sink: log.MemorySink) -> None:
    tx = transaction()
    act(tx, b"HOLD")
    act(tx, b"HOLD again")
    assert tx.hold and sink.text.count("hold:") == 1


def test_lines_are_those_of_the_cleanup_program(sink: log.MemorySink) -> None:
    cleanup = Cleanup(
        Snapshot.from_text("inet_interfaces = 127.0.0.1\nsyslog_name = mine\n"), open_dicts(), lambda: "ID"
    )
    tx = cleanup.begin(Origin())
    act(tx, b"WARN careful")
    act(tx, b"BCC nobody")
    tx.write(b"Message-Id: <a@b>\n\n")
    tx.finish()
    assert sink.tags == ["mine/cleanup"] * 3


def test_a_refused_message_has_no_message_id_line(sink: log.MemorySink) -> None:
    cleanup = Cleanup(Snapshot.from_text("inet_interfaces = 127.0.0.1\n"), open_dicts(), lambda: "ID")
    tx = cleanup.begin(Origin())
    act(tx, b"REJECT")
    tx.write(b"Subject: x\n\n")
    tx.finish()
    assert "message-id" not in sink.text
