"""postlog - log lines from scripts.

NAME
    postlog - write to the mail log

SYNOPSIS
    postlog [-iv] [-c config_dir] [-p priority] [-t tag] [text...]

DESCRIPTION
    Logs the text, or each line of standard input, with priority info, warn, error, fatal or panic. On a terminal the
    line is shown as well.

SEE ALSO
    postlogd(8), postlog(1)
"""

import getopt
import os
import sys

from pymaster.commands import cmdlog
from pymaster.config.snapshot import DEFAULT_DIRECTORY, Snapshot
from pymaster.util import log
from pymaster.util.errors import ConfigError
from pymaster.util.text import printable

PREFIX = {
    "info": "",
    "warn": "warning: ",
    "warning": "warning: ",
    "err": "error: ",
    "error": "error: ",
    "crit": "fatal: ",
    "fatal": "fatal: ",
    "panic": "panic: ",
}
MAX_LINE = 2000


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    log.setup(log.StderrSink("postlog"), "postlog")
    try:
        pairs, words = getopt.getopt(sys.argv[1:] if argv is None else argv, "c:ip:t:v")
        options = dict(pairs)
        prefix = PREFIX[options.get("-p", "info")]
        directory = options.get("-c") or os.environ.get("MAIL_CONFIG") or DEFAULT_DIRECTORY
        snapshot = Snapshot.load(os.path.abspath(directory), process_name="postlog")
    except getopt.GetoptError as exc:
        log.fatal(str(exc))
        return 1
    except KeyError as exc:
        log.fatal(f"unknown severity: {exc.args[0]}")
        return 1
    except ConfigError as exc:
        log.fatal(str(exc))
        return 1
    tag = options.get("-t", "")
    cmdlog.setup(snapshot, tag or "postlog", stderr=cmdlog.on_terminal(), tag=tag)
    for line in [" ".join(words)] if words else sys.stdin:
        log.emit(prefix + printable(line.rstrip("\n"), MAX_LINE))
    return 0
