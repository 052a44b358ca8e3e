"""BDAT in the dialog."""

from tests.unit.dialog.smtpd.lab import Server

START = [b"EHLO h\r\n", b"MAIL FROM:<a@them.test>\r\nRCPT TO:<b@ours.test>\r\n"]


def test_many_small_chunks() -> None:
    server = Server()
    chunks = [b"BDAT 1\r\nx" for _ in range(1000)]
    out = server.talk([*START, *chunks, b"BDAT 2 LAST\r\n\r\n", b"QUIT\r\n"])
    assert out.endswith(b"250 2.0.0 Ok: 1002 bytes queued as ID1\r\n221 2.0.0 Bye\r\n")
    assert server.messages[0].content == b"x" * 1000 + b"\n"


def test_end_of_data_inside_a_chunk_is_text() -> None:
    server = Server()
    body = b"a\r\n.\r\nMAIL FROM:<evil@x>\r\n"
    server.talk([*START, b"BDAT %d LAST\r\n%s" % (len(body), body), b"QUIT\r\n"])
    assert server.messages[0].content == body.replace(b"\r\n", b"\n")


def test_too_big_is_refused_and_skipped() -> None:
    server = Server("message_size_limit = 100\n")
    out = server.talk([*START, b"BDAT 101\r\n" + b"x" * 101 + b"BDAT 3 LAST\r\nxyzNOOP\r\n", b"QUIT\r\n"])
    assert out.split(b"\r\n")[-5:-1] == [
        b"552 5.3.4 Chunk exceeds message size limit",
        b"551 5.0.0 Discarded 3 bytes after earlier error",
        b"250 2.0.0 Ok",
        b"221 2.0.0 Bye",
    ]
    assert server.messages[0].abandoned and not server.committed


def test_error_then_data() -> None:
    server = Server("message_size_limit = 100\n")
    out = server.talk([*START, b"BDAT 101\r\n" + b"x" * 101, b"DATA\r\n", b"QUIT\r\n"])
    assert b"503 5.5.1 Error: need RCPT command" in out


def test_zero_last_is_an_empty_message() -> None:
    server = Server()
    assert b"250 2.0.0 Ok: 0 bytes queued as ID1" in server.talk([*START, b"BDAT 0 LAST\r\n", b"QUIT\r\n"])


def test_not_offered() -> None:
    server = Server("smtpd_discard_ehlo_keywords = chunking\n")
    out = server.talk([*START, b"BDAT 0 LAST\r\n", b"QUIT\r\n"])
    assert b"CHUNKING" not in out and b"502 5.5.1 Error: command not implemented" in out
    assert "discarding EHLO keywords: CHUNKING\n" in server.log.text


def test_bare_newline() -> None:
    server = Server("smtpd_forbid_bare_newline = reject\n")
    out = server.talk([*START, b"BDAT 3 LAST\r\na\nb", b"QUIT\r\n"])
    assert out.endswith(b"550 5.5.2 mx.ours.test Error: bare <LF> received\r\n") and not server.committed


def test_loss_inside_a_chunk() -> None:
    server = Server()
    server.talk([*START, b"BDAT 100 LAST\r\nhalf"])
    assert "lost connection after BDAT (4 bytes) from client.test[192.0.2.1]" in server.log.text
    assert not server.committed
