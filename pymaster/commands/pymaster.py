"""pymaster - what Postfix has no command for.

NAME
    pymaster - see what runs, set a machine up, try the mail system without root

SYNOPSIS
    pymaster ps [-c config_dir]                    services and processes: clients, CPU, memory, restarts, last exit
    pymaster who [--workers] [--json] [USER]       POP3 and IMAP sessions, or the processes that serve them
    pymaster kick USER | --session ID              end sessions
    pymaster setup [-c config_dir] [--systemd]     users, groups and folders for this configuration (root)
    pymaster run [--port N] [folder]               a mail system of your own in the foreground, on loopback
    pymaster pw [--scheme S]                       a password as passwd-file and SQL want it (asked for, or on stdin)
    pymaster auth test USER [--service imap]       ask authd whether a user and a password are let in
    pymaster auth flush [USER...]                  have authd forget the logins that it remembers
    pymaster user USER... [--json]                 where a user's mail lies: uid, gid, home, folders
    pymaster app-password list|add|revoke ...      passwords for single programs: [USER], USER NAME [--scope imap,smtp]
    pymaster mailbox list|status|create|delete|rename|subscribe|unsubscribe USER [NAME...]
    pymaster search USER [--mailbox NAME] QUERY    messages by IMAP's SEARCH: SUBJECT "hello world" SINCE 1-Jan-2026
    pymaster fetch USER MAILBOX UIDS               messages; --headers only, --mbox as an mbox to be kept
    pymaster flags USER MAILBOX UIDS --add|--remove FLAGS
    pymaster expunge USER MAILBOX [UIDS]           remove messages, or those marked as deleted
    pymaster copy|move USER MAILBOX UIDS TO        messages to another mailbox
    pymaster import USER SOURCE [MAILBOX]          messages of an mbox (- on stdin) or a Maildir, with flags and dates
    pymaster resync USER [MAILBOX...]              build the index anew from the mail
    pymaster quota USER [--set storage=1G]         what is used of the quota
    pymaster version

SEE ALSO
    postfix(1)
"""

import getopt
import json
import os
import re
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from pymaster import __version__
from pymaster.commands import auth, scratch, setup, who
from pymaster.commands.aligned import aligned
from pymaster.config.params.core import CoreParams
from pymaster.config.snapshot import DEFAULT_DIRECTORY, Snapshot
from pymaster.util import log
from pymaster.util.errors import ConfigError, Fatal

SOCKET = "private/master"
LONG = [
    "systemd", "port=", "json", "workers", "session=", "scheme=", "service=", "scope=",
    "mailbox=", "headers", "mbox", "add=", "remove=", "set=", "special=",
]  # fmt: skip
MAIL = ("mailbox", "search", "fetch", "flags", "expunge", "copy", "move", "import", "resync", "quota")
USAGE = "usage: pymaster ps|who|kick|user|auth|pw|app-password|mailbox|search|fetch|... (pymaster --help tells more)"


def ps(options: dict[str, str], _: list[str]) -> int:
    """The table of services."""
    snapshot = Snapshot.load(directory(options))
    facts = ask(os.path.join(snapshot[CoreParams].queue_directory, SOCKET))
    sys.stdout.write(table(facts))
    return 0


def ask(path: str) -> dict[str, Any]:
    """What master tells; raises Fatal when it cannot be asked."""
    try:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(10)
            sock.connect(path)
            text = b""
            while block := sock.recv(65536):
                text += block
    except PermissionError:
        raise Fatal(f"{path}: only the user who runs the mail system may ask") from None
    except OSError:
        raise Fatal("the mail system is not running") from None
    found: dict[str, Any] = json.loads(text)
    return found


def table(facts: dict[str, Any]) -> str:
    """The facts as aligned lines, one per process."""
    rows = [["SERVICE", "PID", "STATE", "CLIENTS", "SESSIONS", "CPU", "MEMORY", "WORST GAP", "RESTARTS", "LAST EXIT"]]
    for item in facts["own"]:
        rows.append([item["name"], str(item["pid"]), "", "", "", _cpu(item), _memory(item), "", "", ""])
    for service in facts["services"]:
        tail = [str(service["restarts"]), service["last_exit"]]
        for worker in service["workers"]:
            gap = f"{worker.get('worst_gap', 0.0) * 1000:.0f} ms"
            counts = [str(worker.get("clients", "")), str(worker.get("sessions", ""))]
            head = [service["service"], str(worker["pid"]), worker["state"]]
            rows.append([*head, *counts, _cpu(worker), _memory(worker), gap, *tail])
        if not service["workers"]:
            state = "throttled" if service["throttled"] else "on demand"
            rows.append([service["service"], "-", state, "", "", "", "", "", *tail])
    return aligned(rows) + f"memory of all (PSS): {facts['pss'] / (1 << 20):.0f} MB\n"


def _cpu(item: dict[str, Any]) -> str:
    return f"{item['cpu']:.1f} s"


def _memory(item: dict[str, Any]) -> str:
    return f"{item['memory'] / (1 << 20):.0f} MB"


def list_sessions(options: dict[str, str], words: list[str]) -> int:
    """Who reads mail."""
    user = words[0] if words else ""
    return who.who(directory(options), user, as_json="--json" in options, workers="--workers" in options)


def kick(options: dict[str, str], words: list[str]) -> int:
    """End sessions."""
    session = options.get("--session", "")
    if len(words) != (0 if session else 1):
        raise Fatal("usage: pymaster kick USER, or pymaster kick --session ID")
    return who.kick(directory(options), words[0] if words else "", session, as_json="--json" in options)


def set_up(options: dict[str, str], _: list[str]) -> int:
    """Users, groups, folders."""
    snapshot = Snapshot.load(directory(options))
    setup.run(snapshot, lambda text: print(f"pymaster: {text}"), unit="--systemd" in options)
    return 0


def run(options: dict[str, str], words: list[str]) -> int:
    """The quick start."""
    port = options.get("--port", str(scratch.PORT))
    if not re.fullmatch("[0-9]{1,5}", port):
        raise Fatal(f"{port}: not a port number")
    return scratch.run(words[0] if words else "pymaster-run", int(port))


def pw(options: dict[str, str], _: list[str]) -> int:
    """A stored password."""
    return auth.pw(options.get("--scheme", ""))


def auth_test(options: dict[str, str], words: list[str]) -> int:
    """A login; or forget those that authd remembers."""
    if words[:1] == ["flush"]:
        return auth.flush(Snapshot.load(directory(options)), words[1:])
    if len(words) != 2 or words[0] != "test":
        raise Fatal("usage: pymaster auth test USER [--service imap] | flush [USER...]")
    return auth.test(Snapshot.load(directory(options)), words[1], options.get("--service", ""))


def show_user(options: dict[str, str], words: list[str]) -> int:
    """Where mail lies."""
    if not words:
        raise Fatal("usage: pymaster user USER... [--json]")
    return auth.user(Snapshot.load(directory(options)), words, as_json="--json" in options)


def app_password(options: dict[str, str], words: list[str]) -> int:
    """Passwords for single programs."""
    snapshot = Snapshot.load(directory(options))
    return auth.app_password(snapshot, words, options.get("--scope", ""), as_json="--json" in options)


def mail(verb: str, options: dict[str, str], words: list[str]) -> int:
    """A user's mail."""
    # Not at the top: this brings the whole mail store with it.
    from pymaster.commands import mailbox

    return mailbox.main(verb, Snapshot.load(directory(options)), options, words)


def version(_: dict[str, str], __: list[str]) -> int:
    """Our own version; mail_version is the level of Postfix that is emulated."""
    print(f"pymaster {__version__}")
    return 0


def directory(options: dict[str, str]) -> str:
    """The configuration directory."""
    return os.path.abspath(options.get("-c") or os.environ.get("MAIL_CONFIG") or DEFAULT_DIRECTORY)


COMMANDS: dict[str, Callable[[dict[str, str], list[str]], int]] = {
    "ps": ps,
    "who": list_sessions,
    "kick": kick,
    "setup": set_up,
    "run": run,
    "pw": pw,
    "auth": auth_test,
    "user": show_user,
    "app-password": app_password,
    **{verb: partial(mail, verb) for verb in MAIL},
    "version": version,
}


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    log.setup(log.StderrSink("pymaster"), "pymaster")
    words = sys.argv[1:] if argv is None else argv
    if words[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    if not words or words[0] not in COMMANDS:
        log.fatal(USAGE)
        return 1
    try:
        options, rest = getopt.gnu_getopt(words[1:], "c:", LONG)
        return COMMANDS[words[0]](dict(options), rest)
    except (Fatal, ConfigError, getopt.GetoptError) as exc:
        log.fatal(str(exc))
    return 1
