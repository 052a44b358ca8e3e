"""postcat: sections, options, order."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pymaster.commands import postcat
from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.status import deferred, sent
from pymaster.model.stored import DEFERRED, NewMessage, RecipientState, Settle, State
from pymaster.store.contract import Apply, Insert
from tests.queues import open_queue

Show = Callable[..., str]
BODY = b"Subject: one\n two\nTo: bob\n\nbody: no header\n.\nlast without end"


@pytest.fixture
def show(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Show:
    (tmp_path / "main.cf").write_text(f"queue_directory = {tmp_path}\nmaillog_file = {tmp_path}/log\n")
    queue = open_queue(tmp_path)
    recipients = (Recipient(b"bob@x", b"robert@x"), Recipient(b"eve@x", orcpt=b"rfc822;eve@x"))
    envelope = Envelope(
        "4ABC12", 1000.0, b"ann@x", recipients, len(BODY), Origin("h", "192.0.2.1", sasl_username="ann")
    )
    results = (RecipientState(0, True, sent("ok")), RecipientState(1, False, deferred("no")))
    settle = Settle("4ABC12", results, State(DEFERRED, 5.0, 1))
    queue.commit([Insert(NewMessage(envelope, (BODY,))), Apply(queue.claim("n"), settle)])
    queue.close()

    def run(*args: str, status: int = 0) -> str:
        assert postcat.main(["-c", str(tmp_path), *args]) == status
        out, err = capfdbinary.readouterr()
        return (out if not status else err).decode()

    return run


def test_whole_message(show: Show) -> None:
    lines = show("-q", "4ABC12").split("\n")
    assert lines[0] == "*** ENVELOPE RECORDS deferred/4/4ABC12 ***"
    assert lines[1].startswith("message_size:              61 ")
    at = lines.index("*** MESSAGE CONTENTS deferred/4/4ABC12 ***")
    assert lines[at - 4 : at] == [
        "original_recipient: robert@x",
        "done_recipient: bob@x",
        "named_attribute: dsn_orig_rcpt=rfc822;eve@x",
        "recipient: eve@x",
    ]
    assert lines[at + 1 : at + 8] == BODY.decode().split("\n")
    assert lines[at + 8 :] == [
        "*** HEADER EXTRACTED deferred/4/4ABC12 ***",
        "*** MESSAGE FILE END deferred/4/4ABC12 ***",
        "",
    ]


def test_parts(show: Show) -> None:
    assert show("-h", "-q", "4ABC12") == "Subject: one\n two\nTo: bob\n"
    assert show("-b", "-q", "4ABC12") == "\nbody: no header\n.\nlast without end\n"
    assert show("-bh", "-q", "4ABC12") == BODY.decode() + "\n"
    envelope = show("-e", "-q", "4ABC12")
    assert "sender: ann@x\n" in envelope
    assert "named_attribute: sasl_username=ann\n" in envelope
    assert "\ncreate_time: " in envelope
    assert envelope.endswith(
        "\n*** MESSAGE CONTENTS deferred/4/4ABC12 ***\n*** HEADER EXTRACTED deferred/4/4ABC12 ***\n*** MESSAGE FILE END deferred/4/4ABC12 ***\n"
    )


def test_path_in_place_of_an_id(show: Show) -> None:
    assert show("-h", "deferred/4/4ABC12") == show("-h", "-q", "4ABC12")


def test_types_offsets_and_skip(show: Show) -> None:
    assert " 99 create_time: " in show("-d", "-e", "-q", "4ABC12")
    assert show("-do", "-h", "-q", "4ABC12").startswith("        0  78 Subject: one\n")
    assert show("-h", "-s", "20", "-q", "4ABC12") == "To: bob\n"


@pytest.mark.parametrize("args", [("-q", "NONE"), ("-q", "../x y"), ("-x",), ("-s", "-1", "-q", "4ABC12")])
def test_problems(show: Show, args: tuple[str, ...]) -> None:
    assert "postcat: fatal: " in show(*args, status=1)
