"""The session as a whole: golden dialogs at every split, limits, deadlines, log lines."""

import re
from pathlib import Path

import pytest

from pymaster.util.errors import DeadlineExceeded
from tests.unit.dialog.smtpd.lab import FakeIo, Server
from tests.unit.rules.access.lab import Lab as AccessLab

GOLDEN = sorted((Path(__file__).resolve().parents[3] / "golden" / "smtpd").glob("*.txt"))
BACKSLASH = re.compile(rb"\\(r|n|0|x[0-9a-f]{2}|\\)")
ENDS = {b"r": b"\r", b"n": b"\n", b"0": b"\0", b"\\": b"\\"}


def unescape(text: bytes) -> bytes:
    return BACKSLASH.sub(
        lambda m: ENDS.get(m[1]) or bytes([int(m[1][1:], 16)]) if m[1][:1] == b"x" else ENDS[m[1]], text
    )


class Script:
    """A golden file: `K:` configuration, `A:` client address, `U:` unknown recipients, `C:` (CRLF added) or `R:` (raw,
    nothing added) from the client, `S:` from the server, `L:` a log line that must appear; `#` is a comment."""

    def __init__(self, path: Path) -> None:
        self.config, self.address, self.unknown = "", "192.0.2.1", set()
        self.groups: list[bytes] = []
        self.expected = b""
        self.lines: list[str] = []
        last = "S"
        for raw in path.read_bytes().split(b"\n"):
            kind, text = raw[:2].decode("latin-1"), raw[3:]
            if kind == "K:":
                self.config += text.decode() + "\n"
            elif kind == "A:":
                self.address = text.decode()
            elif kind == "U:":
                self.unknown.add(text)
            elif kind in ("C:", "R:"):
                data = unescape(text) + (b"\r\n" if kind == "C:" else b"")
                if last == "C":
                    self.groups[-1] += data
                else:
                    self.groups.append(data)
                last = "C"
            elif kind == "S:":
                self.expected += text + b"\r\n"
                last = "S"
            elif kind == "L:":
                self.lines.append(text.decode())

    def run(self, pieces: list[bytes]) -> Server:
        server = Server(access=AccessLab(self.config, unknown=frozenset(self.unknown)))
        output = server.talk(pieces, address=self.address)
        assert output == self.expected
        for line in self.lines:
            assert line + "\n" in server.log.text, server.log.text
        return server


@pytest.mark.parametrize("path", GOLDEN, ids=lambda p: p.stem)
def test_golden(path: Path) -> None:
    script = Script(path)
    script.run(script.groups)


@pytest.mark.parametrize("path", [p for p in GOLDEN if not p.stem.startswith("sync-")], ids=lambda p: p.stem)
def test_golden_at_every_split(path: Path) -> None:
    script = Script(path)
    script.run([group[n : n + 1] for group in script.groups for n in range(len(group))])
    for number, group in enumerate(script.groups):
        for cut in range(1, len(group)):
            script.run([*script.groups[:number], group[:cut], group[cut:], *script.groups[number + 1 :]])


def test_there_are_golden_files() -> None:
    assert len(GOLDEN) >= 10


def test_one_send_per_batch() -> None:
    server = Server()
    batch = b"MAIL FROM:<a@them.test>\r\nRCPT TO:<b@ours.test>\r\nRCPT TO:<c@ours.test>\r\nDATA\r\n"
    server.talk([b"EHLO h\r\n", batch, b"text\r\n.\r\nQUIT\r\n"])
    assert len(server.io.sent) == 4
    assert server.io.sent[2].count(b"\r\n") == 4
    assert server.io.sent[3] == b"250 2.0.0 Ok: queued as ID1\r\n221 2.0.0 Bye\r\n"


def test_log_of_a_session() -> None:
    server = Server()
    server.talk([b"EHLO h\r\n", b"MAIL FROM:<a@them.test>\r\nRCPT TO:<b@ours.test>\r\nFOO\r\n", b"QUIT\r\n"])
    assert server.log.text == (
        "connect from client.test[192.0.2.1]\n"
        "ID1: client=client.test[192.0.2.1]\n"
        "disconnect from client.test[192.0.2.1] ehlo=1 mail=1 rcpt=1 quit=1 unknown=0/1 commands=4/5\n"
    )


def test_lost_connection_and_timeout() -> None:
    server = Server()
    server.talk([b"EHLO h\r\n", b"MAIL FROM:<a@them.test>\r\n"])
    assert "lost connection after MAIL from client.test[192.0.2.1]\n" in server.log.text
    server = Server()
    out = server.talk([b"EHLO h\r\n"], hang=True)
    assert out.endswith(b"421 4.4.2 mx.ours.test Error: timeout exceeded\r\n")
    assert "timeout after EHLO from client.test[192.0.2.1]\n" in server.log.text
    assert server.clock.monotonic() == pytest.approx(1300, abs=1)


def test_loss_within_data_leaves_nothing() -> None:
    server = Server()
    server.talk([b"EHLO h\r\n", b"MAIL FROM:<>\r\nRCPT TO:<b@ours.test>\r\nDATA\r\n", b"Subject: x\r\n\r\nhalf"])
    assert "lost connection after DATA (18 bytes) from client.test[192.0.2.1]\n" in server.log.text
    assert not server.committed and server.messages[0].abandoned
    assert "ehlo=1 mail=1 rcpt=1 data=0/1 commands=3/4\n" in server.log.text


def test_per_request_deadline_is_not_reset_by_drips() -> None:
    server = Server("smtpd_per_request_deadline = yes\nsmtpd_timeout = 10s\n")

    class Slow(FakeIo):
        def recv(self, deadline: float) -> bytes:
            self.clock.advance(4)
            if self.clock.monotonic() > deadline:
                raise DeadlineExceeded
            return b"N"

    io = Slow([], server.clock)
    server.session(io).run()
    assert io.output.endswith(b"421 4.4.2 mx.ours.test Error: timeout exceeded\r\n")
    assert server.clock.monotonic() < 1020


def test_talking_before_the_banner() -> None:
    server = Server()
    assert server.talk([b"EHLO h\r\n"], early=True) == b"554 5.5.0 Error: SMTP protocol synchronization\r\n"
    assert "improper command pipelining after CONNECT from client.test[192.0.2.1]\n" in server.log.text
    server = Server("smtpd_forbid_unauth_pipelining = no\n")
    assert server.talk([b"QUIT\r\n"], early=True).startswith(b"220 ")


def test_error_limits() -> None:
    server = Server()
    out = server.say(*["FOO"] * 30)
    assert len(out) == 21 and out[-1] == "421 4.7.0 mx.ours.test Error: too many errors"
    assert len(server.slept) == 11
    assert "too many errors after UNKNOWN from client.test[192.0.2.1]\n" in server.log.text


def test_a_delivery_forgives() -> None:
    server = Server()
    message = ["MAIL FROM:<a@them.test>", "RCPT TO:<b@ours.test>", "DATA", "."]
    out = server.say("EHLO h", *["FOO"] * 15, *message, *["FOO"] * 15, "QUIT")
    assert out[-1] == "221 2.0.0 Bye"


def test_junk_limit() -> None:
    server = Server("smtpd_junk_command_limit = 5\n")
    out = server.say(*["NOOP"] * 60)
    assert out[-1] == "421 4.7.0 mx.ours.test Error: too many errors"


def test_dictionary_attack_is_slowed_and_ended() -> None:
    names = [f"u{n}@ours.test" for n in range(100)]
    server = Server(access=AccessLab(unknown=frozenset(name.encode() for name in names)))
    out = server.say("EHLO h", "MAIL FROM:<a@them.test>", *[f"RCPT TO:<{name}>" for name in names])
    assert len(out) == 23
    assert out[-1].startswith("421 4.7.0")
    assert len(server.slept) == 11
    assert (
        "NOQUEUE: reject: RCPT from client.test[192.0.2.1]: 550 5.1.1 <u0@ours.test>: Recipient address rejected"
        in server.log.text
    )
