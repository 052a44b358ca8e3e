"""postdrop - hand a submission in its own form over to the mail system.

NAME
    postdrop - local mail submission

SYNOPSIS
    postdrop [-rv] [-c config_dir]

DESCRIPTION
    Reads one submission (pymaster.proto.submission) from standard input and hands it to pickup(8), or into the maildrop
    folder while the mail system is down. For programs that bring an envelope of their own; sendmail(1) needs it not.

DIAGNOSTICS
    Prints the queue id or file name. The exit status is one of sysexits.h, as sendmail's.

SEE ALSO
    sendmail(1), pickup(8)
"""

import os
import sys

from pymaster.commands import quickconf, submit
from pymaster.commands.submit import EX_DATAERR, EX_IOERR, EX_OK, EX_USAGE, Refused
from pymaster.proto.submission import BadSubmission, Reader

BLOCK = 65536


def main(arguments: list[str] | None = None) -> int:
    """The command; returns the exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    config = ""
    while words and words[0].startswith("-"):
        if words[0] == "-c" and len(words) > 1:
            config, words = words[1], words[2:]
        elif words[0].strip("-rv"):
            return _fatal("usage: postdrop [-rv] [-c config_dir]", EX_USAGE)
        else:
            words = words[1:]
    try:
        params = quickconf.get(quickconf.directory(config), ("queue_directory",))
        return _relay(params["queue_directory"])
    except BadSubmission as exc:
        return _fatal(str(exc), EX_DATAERR)
    except Refused as exc:
        return _fatal(str(exc), exc.status)
    except OSError as exc:
        return _fatal(exc.strerror or str(exc), EX_IOERR)


def _relay(queue_directory: str) -> int:
    """Pass standard input on while it makes sense; raises BadSubmission, Refused, OSError."""
    reader = Reader()
    drop = submit.begin(queue_directory)
    try:
        while not reader.done:
            data = os.read(0, BLOCK)
            if not data:
                raise BadSubmission("end of input before the end of the submission")
            reader.feed(data)
            drop.write(data)
        name = drop.finish()
    except BaseException:
        drop.abandon()
        raise
    sys.stdout.write(f"{name}\n")
    return EX_OK


def _fatal(text: str, status: int) -> int:
    sys.stderr.write(f"postdrop: fatal: {text}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
