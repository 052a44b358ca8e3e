"""NAME
    spawn - runs a command for each client, as inetd does

DESCRIPTION
    A master.cf line such as

        policy unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf

    runs the command with the client's connection as its standard input, output and error, with the rights of `user` (or
    `user:group`), in the queue directory, with the environment of export_environment. The command is ended after
    `<service>_time_limit`. Without root, `user` must be the user that runs the mail system.

PROTOCOL
    The command's own.

DIAGNOSTICS
    `warning: command PROGRAM exit status N`. A bad line is fatal at the first client and throttles this service alone.

SEE ALSO
    Postfix's spawn(8), SMTPD_POLICY_README
"""

import grp
import os
import pwd
import subprocess
from typing import Any

from pymaster.config.params.core import CoreParams
from pymaster.config.params.local import LocalParams
from pymaster.config.params.process import ProcessParams
from pymaster.config.words import split_list
from pymaster.server.service import Connection, Single, run
from pymaster.util import log
from pymaster.util.errors import Fatal

PATH = "/usr/bin:/bin:/usr/sbin:/sbin"
KILL_PATIENCE = 5.0


class Spawn(Single):
    """The inetd-like service."""

    name = "spawn"
    params = (CoreParams, LocalParams, ProcessParams)

    def start(self) -> None:
        self.user, self.argv = parse(self.args)
        self.rights = rights(self.user, self.snapshot[CoreParams].mail_owner)
        self.limit = self.snapshot.transport_float(self.service_name, "time_limit")
        self.environment = environment(self.snapshot[LocalParams].export_environment)

    def serve(self, conn: Connection) -> None:
        fd = conn.sock.fileno()
        try:
            process = subprocess.Popen(self.argv, stdin=fd, stdout=fd, stderr=fd, env=self.environment, **self.rights)
        except OSError as exc:
            raise Fatal(f"command {self.argv[0]}: {exc.strerror}") from exc
        # Only the command holds the connection now: its exit is the end for the client.
        conn.sock.close()
        try:
            status = process.wait(self.limit or None)
        except subprocess.TimeoutExpired:
            log.warning(f"command {self.argv[0]} timed out after {self.limit:.0f} s")
            status = end(process)
        if status:
            word = f"exit status {status}" if status > 0 else f"killed by signal {-status}"
            log.warning(f"command {self.argv[0]} {word}")


def end(process: "subprocess.Popen[bytes]") -> int:
    """Make a command leave: asked first, then forced."""
    process.terminate()
    try:
        return process.wait(KILL_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def parse(args: list[str]) -> tuple[str, list[str]]:
    """(user, argv) of the line's attributes; raises Fatal."""
    user = ""
    for index, word in enumerate(args):
        name, equals, value = word.partition("=")
        if name == "user" and equals:
            user = value
        elif name == "argv" and equals:
            argv = [value, *args[index + 1 :]]
            if not value:
                break
            if not user:
                raise Fatal("spawn: missing user= attribute")
            return user, argv
        else:
            raise Fatal(f"spawn: unknown attribute: {word}")
    raise Fatal("spawn: missing argv= attribute")


def rights(text: str, mail_owner: str) -> dict[str, Any]:
    """Arguments for subprocess that give a command its user's rights; raises Fatal where that must not or cannot be."""
    name, _, group_name = text.partition(":")
    try:
        user = pwd.getpwnam(name)
        gid = grp.getgrnam(group_name).gr_gid if group_name else user.pw_gid
    except KeyError as exc:
        raise Fatal(f"spawn: user={text}: {exc.args[0]}") from exc
    if os.geteuid() != 0:
        if user.pw_uid != os.geteuid():
            raise Fatal(f"spawn: user={text}: the mail system was not started by root")
        return {}
    if user.pw_uid == 0 or gid == 0:
        raise Fatal("spawn: request to use privileged user or group ID 0")
    if name == mail_owner:
        raise Fatal(f"spawn: request to use mail system owner {mail_owner}")
    return {"user": user.pw_uid, "group": gid, "extra_groups": []}


def environment(allowed: str) -> dict[str, str]:
    """The names (or name=value) of export_environment, and a PATH."""
    kept = {"PATH": PATH}
    for item in split_list(allowed):
        name, equals, value = item.partition("=")
        if equals:
            kept[name] = value
        elif name in os.environ:
            kept[name] = os.environ[name]
    return kept


if __name__ == "__main__":
    run(Spawn)
