"""sink - an SMTP server that takes everything and writes down what it took: `ID recipient` per X-Load-Id and recipient.

    python -m tools.sink --port 2526 --ledger /tmp/taken [--refuse bounce@]

The line is written before the 250 is sent. A recipient that contains --refuse is answered 550.
"""

import argparse
import os
import re

from gevent.server import StreamServer

_IDENT = re.compile(rb"^X-Load-Id: ([^\r\n]{1,200})", re.MULTILINE)


class Sink:
    """One listening sink."""

    def __init__(self, opts: argparse.Namespace) -> None:
        self.opts = opts
        self.ledger = os.open(opts.ledger, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)

    def serve(self, sock: object, peer: object) -> None:
        """One connection."""
        stream = sock.makefile("rwb")  # type: ignore[attr-defined]

        def say(line: bytes) -> None:
            stream.write(line + b"\r\n")
            stream.flush()

        recipients: list[bytes] = []
        try:
            say(b"220 sink ESMTP")
            while line := stream.readline(10000):
                verb = line[:4].upper()
                if verb == b"EHLO":
                    stream.write(b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
                    stream.flush()
                elif verb == b"RCPT":
                    address = line.partition(b"<")[2].partition(b">")[0]
                    if self.opts.refuse and self.opts.refuse.encode() in address:
                        say(b"550 5.1.1 no such user here")
                    else:
                        recipients.append(address)
                        say(b"250 2.1.5 Ok")
                elif verb == b"DATA":
                    say(b"354 go on" if recipients else b"554 5.5.1 no valid recipients")
                    if recipients:
                        self.take(stream, recipients)
                        recipients = []
                        say(b"250 2.0.0 Ok: taken")
                elif verb == b"QUIT":
                    say(b"221 2.0.0 Bye")
                    return
                else:
                    recipients = [] if verb == b"RSET" else recipients
                    say(b"250 2.0.0 Ok")
        except OSError:
            return  # the client was killed: that is what the sink is for

    def take(self, stream: object, recipients: list[bytes]) -> None:
        """Read a message to its end and write it down; EOFError is an OSError here: nothing was taken."""
        content = []
        while True:
            line: bytes = stream.readline(100000)  # type: ignore[attr-defined]
            if not line:
                raise ConnectionResetError("end within the message")
            if line == b".\r\n":
                break
            content.append(line)
        match = _IDENT.search(b"".join(content))
        ident = match[1].decode() if match else "?"
        os.write(self.ledger, b"".join([f"{ident} {r.decode()}\n".encode() for r in recipients]))


def main() -> None:
    """Listen until killed."""
    parser = argparse.ArgumentParser(prog="tools.sink", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ledger", required=True)
    parser.add_argument("--refuse", default="")
    opts = parser.parse_args()
    StreamServer(("127.0.0.1", opts.port), Sink(opts).serve).serve_forever()


if __name__ == "__main__":
    main()
