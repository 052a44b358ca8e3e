"""sysexits - what a command's exit status says about the mail: sysexits(3), and RFC 3463 codes at the front of its output.

Source: local(8) and pipe(8) DIAGNOSTICS.
"""

import re

from pymaster.model.status import BOUNCED, DEFERRED, Status, bounced
from pymaster.util.text import printable

# Exit status -> enhanced status code, text.
TABLE = {
    64: ("5.3.0", "command line usage error"),
    65: ("5.6.0", "data format error"),
    66: ("5.3.0", "cannot open input"),
    67: ("5.1.1", "user unknown"),
    68: ("5.1.2", "host name unknown"),
    69: ("5.3.0", "service unavailable"),
    70: ("5.3.0", "internal software error"),
    71: ("4.3.0", "system resource problem"),
    72: ("5.3.0", "critical OS file missing"),
    73: ("5.2.0", "can't create user output file"),
    74: ("5.3.0", "input/output error"),
    75: ("4.3.0", "temporary failure"),
    76: ("5.5.0", "remote error in protocol"),
    77: ("5.7.0", "permission denied"),
    78: ("5.3.5", "local configuration error"),
}
_ENHANCED = re.compile(rb"[ \t\r\n]*([45])\.([0-9]{1,3})\.([0-9]{1,3})(?:[ \t]+|(?=[\r\n]|$))")
_BLANK = b" \t\r\n"


def enhanced(output: bytes) -> tuple[str, str] | None:
    """The enhanced status code that the output begins with, and the text after it."""
    found = _ENHANCED.match(output)
    if not found:
        return None
    code = b".".join(found.groups()).decode("ascii")
    return code, shown(output[found.end() :])


def shown(output: bytes) -> str:
    """A command's output as one line of safe text."""
    return printable(b" ".join(output.strip(_BLANK).split(b"\n")), 2000)


def failure(command: str, code: int, output: bytes, *, late: bool = False) -> Status:
    """The fate after a failure. `code` is the exit status, negative for a signal; `late` when its time was up."""
    text = shown(output)
    tail = f". Command output: {text}" if text else ""
    if late:
        return _made("5.3.0", f'Command time limit exceeded: "{printable(command)}"{tail}', text)
    if code > 0 and (own := enhanced(output)):
        return _made(own[0], own[1], own[1])
    if code in TABLE:
        dsn, meaning = TABLE[code]
        return _made(dsn, meaning + tail, text or meaning)
    how, dsn = f"status {code}", "5.3.0"
    if code < 0:
        # Not the command's own word: somebody or something killed it, which may not happen again.
        how, dsn = f"signal {-code}", "4.3.0"
    return _made(dsn, f'Command died with {how}: "{printable(command)}"{tail}', text or "unknown mail system error")


def _made(dsn: str, reason: str, diagnostic: str) -> Status:
    made = bounced(reason, dsn)
    made.outcome = DEFERRED if dsn.startswith("4") else BOUNCED
    made.diag_type, made.diag_text = "x-unix", diagnostic
    return made
