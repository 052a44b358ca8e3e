"""setup - what a distribution's package would do: users, groups, folders, rights, and the systemd unit on request.

Says each thing it does, is safe to repeat, and touches nothing of an installed Postfix: what is there stays, and where
its owner or rights are wrong that is told (`postfix set-permissions` changes it).
"""

import grp
import os
import pwd
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pymaster
from pymaster.config.params.core import CoreParams
from pymaster.config.snapshot import Snapshot
from pymaster.master.folders import SPOOL, identities
from pymaster.util.errors import Fatal

Say = Callable[[str], None]
MAILNAME = "/etc/mailname"
UNIT = "/etc/systemd/system/pymaster.service"


def run(snapshot: Snapshot, say: Say, *, unit: bool = False, mailname: bool = True) -> None:
    """Set up the machine for this configuration; raises Fatal."""
    if os.geteuid() != 0:
        raise Fatal("setup needs root")
    core = snapshot[CoreParams]
    make_group(core.setgid_group, say)
    make_user(core.mail_owner, core.queue_directory, say)
    folders(snapshot, say)
    if mailname:
        make_mailname(core.myhostname, say)
    if unit:
        install_unit(snapshot.config_directory, say)


def make_group(name: str, say: Say) -> None:
    """The group of submission (setgid_group)."""
    try:
        grp.getgrnam(name)
        say(f"group {name}: exists")
    except KeyError:
        _run(["groupadd", "--system", name])
        say(f"group {name}: made")


def make_user(name: str, home: str, say: Say) -> None:
    """The mail owner, with a group of the same name."""
    try:
        if pwd.getpwnam(name).pw_uid == 0:
            raise Fatal(f"mail_owner {name}: must not be root")
        say(f"user {name}: exists")
        return
    except KeyError:
        groups = ["--gid", name] if _has_group(name) else ["--user-group"]
    _run(["useradd", "--system", *groups, "--no-create-home", "--home-dir", home, "--shell", "/usr/sbin/nologin", name])
    say(f"user {name}: made")


def _has_group(name: str) -> bool:
    return any(entry.gr_name == name for entry in grp.getgrall())


def folders(snapshot: Snapshot, say: Say, *, fix: bool = False) -> None:
    """Make missing spool and data folders; with `fix` set owner and rights of those that were there. Raises Fatal."""
    for path, mode, uid, gid in wanted(snapshot):
        try:
            made = not os.path.isdir(path)
            if made:
                os.makedirs(path, mode)
                say(f"{path}: made")
            if made or fix:
                set_rights(path, mode, uid, gid, say)
        except OSError as exc:
            raise Fatal(f"{path}: {exc.strerror}") from exc


def set_rights(path: str, mode: int, uid: int, gid: int, say: Say) -> None:
    """Owner and rights of one folder; its setgid and sticky bits are left alone."""
    info = os.stat(path)
    if os.geteuid() == 0 and (info.st_uid, info.st_gid) != (uid, gid):
        os.chown(path, uid, gid)
        say(f"{path}: owner set")
    if info.st_mode & 0o777 != mode:
        os.chmod(path, stat.S_IMODE(info.st_mode) & ~0o777 | mode)
        say(f"{path}: rights set to {mode:o}")


def wanted(snapshot: Snapshot) -> Iterator[tuple[str, int, int, int]]:
    """(path, mode, uid, gid) of every folder; raises Fatal when there is no such user or group."""
    core = snapshot[CoreParams]
    if os.geteuid() == 0:
        (uid, _), group = identities(core.mail_owner, core.setgid_group)
        gid = root = 0
    else:
        uid, gid, group, root = os.geteuid(), os.getegid(), os.getegid(), os.geteuid()
    yield core.queue_directory, 0o755, root, gid
    yield core.data_directory, 0o700, uid, gid
    for name, mode, owned, grouped in SPOOL:
        path = os.path.join(core.queue_directory, name)
        yield path, mode, uid if owned else root, group if grouped else gid


def complaints(snapshot: Snapshot) -> list[str]:
    """What is wrong with the folders, one line each; a missing folder that master makes itself is none."""
    found = []
    for path, mode, uid, _ in wanted(snapshot):
        try:
            info = os.stat(path)
        except FileNotFoundError:
            continue
        except OSError as exc:
            found.append(f"{path}: {exc.strerror}")
            continue
        if info.st_uid != uid:
            found.append(f"not owned by uid {uid}: {path}")
        if stat.S_IMODE(info.st_mode) & 0o002 and not mode & 0o002:
            found.append(f"world writable: {path}")
    return found


def make_mailname(host: str, say: Say) -> None:
    """Debian's file with the name that mail from here carries; one that exists is honoured."""
    path = Path(MAILNAME)
    if path.exists():
        say(f"{MAILNAME}: exists")
        return
    path.write_text(f"{host}\n")
    path.chmod(0o644)
    say(f"{MAILNAME}: made, {host}")


def install_unit(config_directory: str, say: Say) -> None:
    """The systemd unit of conf/, with this installation's paths."""
    text = unit_template().read_text()
    command = shutil.which("postfix") or "postfix"
    own = os.path.join(os.path.dirname(os.path.abspath(sys.executable)), "postfix")
    text = text.replace("@POSTFIX@", own if os.path.exists(own) else command).replace("@CONFIG@", config_directory)
    path = Path(UNIT)
    if path.exists() and path.read_text() == text:
        say(f"{UNIT}: exists")
        return
    path.write_text(text)
    path.chmod(0o644)
    say(f"{UNIT}: written; `systemctl daemon-reload && systemctl enable --now pymaster` starts it")


def unit_template() -> Path:
    """The unit as shipped: in the wheel, or in the checkout."""
    package = Path(pymaster.__file__).resolve().parent
    inside = package / "conf" / "pymaster.service"
    return inside if inside.exists() else package.parent / "conf" / "pymaster.service"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Fatal(f"{command[0]}: {done.stderr.strip() or done.returncode}")
