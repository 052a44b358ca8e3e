"""Random walks through the command machine, beside a small model of it: same replies, at any split, whatever the order."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.dialog.smtpd.lab import Server

# What a client may say, and the body that belongs to it.
WORDS: dict[str, bytes] = {
    "helo": b"HELO h\r\n", "ehlo": b"EHLO h\r\n", "mail": b"MAIL FROM:<a@them.test>\r\n", "null": b"MAIL FROM:<> RET=HDRS\r\n",
    "bad": b"MAIL FROM:<a@b> SIZE=9999999999999999999\r\n", "rcpt": b"RCPT TO:<b@ours.test>\r\n", "relay": b"RCPT TO:<x@else.test>\r\n",
    "rset": b"RSET\r\n", "noop": b"NOOP\r\n", "vrfy": b"VRFY b@ours.test\r\n", "junk": b"FOO bar\r\n", "help": b"HELP\r\n",
    "data": b"DATA\r\n", "chunk": b"BDAT 4\r\nab\r\n", "last": b"BDAT 4 LAST\r\nab\r\n",
}  # fmt: skip


class Model:
    """The states of RFC 5321 in a few lines."""

    def __init__(self) -> None:
        self.sender = self.recipients = self.bdat = self.discarding = False

    def forget(self) -> None:
        self.__init__()  # type: ignore[misc]

    def say(self, word: str) -> int:
        """The code of the reply."""
        if word in ("helo", "ehlo", "rset"):
            self.forget()
            return 250
        if word in ("noop", "vrfy", "help", "junk"):
            return {"noop": 250, "vrfy": 252, "help": 214, "junk": 500}[word]
        if word in ("mail", "null", "bad"):
            if self.bdat or self.sender:
                return 503
            self.sender = word != "bad"
            return 250 if self.sender else 552
        if word in ("rcpt", "relay"):
            if self.bdat or not self.sender:
                return 503
            self.recipients = self.recipients or word == "rcpt"
            return 250 if word == "rcpt" else 454
        return self.content(word)

    def content(self, word: str) -> int:
        if word in ("chunk", "last") and self.discarding:
            self.discarding = word != "last"
            return 551
        if not self.recipients or (word == "data" and self.bdat):
            code = 503 if self.bdat or not self.sender else 554
            if word != "data":
                self.forget()
                self.discarding = word == "chunk"
            return code
        if word == "data":
            return 354
        self.bdat = True
        if word == "last":
            self.forget()
        return 250


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(sorted(WORDS)), max_size=14), st.integers(1, 40))
def test_walks(words: list[str], step: int) -> None:
    model, server = Model(), Server("smtpd_hard_error_limit = 1000\nsmtpd_error_sleep_time = 0\n")
    expected, pieces, messages = [220], [], 0
    for word in words:
        code = model.say(word)
        expected.append(code)
        messages += word == "last" and code == 250
        piece = WORDS[word]
        if code == 354:
            # The content, and what must not be taken for the end of it.
            model.forget()
            expected.append(250)
            messages += 1
            pieces += [piece, b"text\r\n..\r\n\n.\r\nRSET\r\n.\r\n"]
        else:
            pieces.append(piece)
    cut = [piece[at : at + step] for piece in pieces for at in range(0, len(piece), step)]
    out = server.talk([*cut, b"QUIT\r\n"]).split(b"\r\n")[:-1]
    codes = [int(line[:3]) for line in out if line[3:4] == b" "]
    assert codes == [*expected, 221]
    assert len(server.committed) == messages == len(server.hints)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(sorted(WORDS.values())), st.binary(max_size=60)), max_size=20))
def test_any_bytes_get_an_answer_and_nothing_is_left(pieces: list[bytes]) -> None:
    server = Server("smtpd_error_sleep_time = 0\n")
    out = server.talk(pieces)
    assert out.startswith(b"220 ") and out.endswith(b"\r\n") and len(out) < 20_000
    assert all(line[:3].isdigit() for line in out.split(b"\r\n")[:-1])
    assert all(
        message.abandoned or any(m.envelope.queue_id == message.queue_id for m in server.committed)
        for message in server.messages
    )
    assert server.log.lines[-1][1].startswith("disconnect from client.test[192.0.2.1]")
