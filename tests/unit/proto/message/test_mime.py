"""Where a line lies in a MIME message; bounded."""

from pymaster.proto.message.mime import BODY, MULTIPART, NESTED, PRIMARY, MimeState


def multipart(state: MimeState, boundary: bytes) -> None:
    state.header(b"content-type", b' multipart/mixed; x=y;\n boundary="' + boundary + b'"\n')
    state.end_of_header()


def test_walk() -> None:
    state = MimeState()
    assert state.place == PRIMARY
    multipart(state, b"b")
    assert state.place == BODY and not state.delimiter(b"-b\n") and not state.delimiter(b"--bx\n")
    assert state.delimiter(b"--b \n") and state.place == MULTIPART
    state.header(b"content-type", b"Message/RFC822\n")
    state.end_of_header()
    assert state.place == NESTED
    multipart(state, b'inner\\"')
    assert state.delimiter(b'--inner"\n')
    assert state.delimiter(b"--b--\n") and state.place == BODY and state.depth == 0


def test_plain_and_broken_types() -> None:
    state = MimeState()
    for value in (b"", b"multipart", b"multipart/mixed", b"text/plain; boundary=x", b"multipart/mixed; boundary="):
        state.header(b"content-type", value)
    state.header(b"subject", b"multipart/mixed; boundary=x")
    state.end_of_header()
    assert (state.place, state.depth) == (BODY, 0)


def test_depth_and_boundary_are_capped() -> None:
    state = MimeState(nesting=100, boundary_limit=70)
    for number in range(1000):
        multipart(state, b"%d" % number)
    assert state.depth == 100
    long = MimeState(boundary_limit=70)
    multipart(long, b"x" * 1_000_000)
    assert long.delimiter(b"--" + b"x" * 70 + b"\n")
