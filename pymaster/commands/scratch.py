"""scratch - `pymaster run DIR`: a mail system of one's own in a folder, on loopback, with one virtual user.

Everything is made on the first run and used again on the next. Run by root it is still harmless: workers run as
`nobody`, the mail belongs to `daemon`, ports and folder stay the same.
"""

import grp
import os
import pwd
import secrets
import shutil
import socket
import sys
import tempfile
from pathlib import Path

import pymaster
from pymaster.config import mastercf
from pymaster.util.errors import Fatal

PORT = 2525
# Taken if nobody has them, else any that is free.
IMAP, POP3 = 1143, 1110
ADDRESS = "user@localhost.localdomain"

MAIN_CF = """\
# Made by `pymaster run`; change it as you like, it is not written again.
compatibility_level = 3.10
queue_directory = {base}/queue
data_directory = {base}/data
maillog_file = /dev/stdout
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost.localdomain
mydestination =
mynetworks_style = host
smtpd_relay_restrictions = reject_unauth_destination
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = localhost.localdomain, localhost
virtual_mailbox_base = {base}/mail
virtual_mailbox_maps = inline:{{ user@localhost.localdomain=user/, user@localhost=user/ }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
auth_passdb = passwd-file:{base}/etc/users
{owner}"""

# Who may read mail; `pymaster pw` makes other forms of a password.
USERS = """\
{address}:{{PLAIN}}{password}
"""

MASTER_CF = """\
# service  type  private unpriv  chroot  wakeup  maxproc command + args
127.0.0.1:{port} inet  n -       n       -       -       smtpd
127.0.0.1:{imap} inet  n -       n       -       -       imapd
127.0.0.1:{pop3} inet  n -       n       -       -       pop3d
auth       unix  -       -       n       -       -       authd
mailbox    unix  -       n       n       -       -       mailboxd
pickup     unix  n       -       n       60      1       pickup
cleanup    unix  n       -       n       -       0       cleanup
qmgr       unix  n       -       n       300     1       qmgr
rewrite    unix  -       -       n       -       -       trivial-rewrite
bounce     unix  -       -       n       -       0       bounce
defer      unix  -       -       n       -       0       bounce
trace      unix  -       -       n       -       0       bounce
smtp       unix  -       -       n       -       -       smtp
relay      unix  -       -       n       -       -       smtp
showq      unix  n       -       n       -       -       showq
error      unix  -       -       n       -       -       error
retry      unix  -       -       n       -       -       error
discard    unix  -       -       n       -       -       discard
virtual    unix  -       n       n       -       -       virtual
anvil      unix  -       -       n       -       1       anvil
postlog    unix-dgram n  -       n       -       1       postlogd
"""

GREETING = """\
A mail system of your own, in {base}

  SMTP        127.0.0.1 port {smtp}      IMAP  port {imap}      POP3  port {pop3}      (loopback only)
  one user    {address}
  password    {password}
  mail lands  {base}/mail/user/new/
  the log     below; Ctrl-C stops it

Send something from another terminal:

  swaks --server 127.0.0.1:{smtp} --to {address} --from me@example.com
  printf 'Subject: hello\\r\\n\\r\\nhello\\r\\n' | curl -sS smtp://127.0.0.1:{smtp} --mail-from me@example.com \\
      --mail-rcpt {address} --upload-file -
  python3 -c "import smtplib; smtplib.SMTP('127.0.0.1', {smtp}).sendmail('me@example.com', '{address}', 'Subject: hi\\n\\nhello')"

Read it:

  curl -sS 'imap://127.0.0.1:{imap}/INBOX;MAILINDEX=1' -u '{address}:{password}'
  curl -sS pop3://127.0.0.1:{pop3}/1 -u '{address}:{password}'
  mutt -n -F /dev/null -e 'unset ssl_force_tls' -e 'set imap_user={address}' -e 'set imap_pass={password}' -f imap://127.0.0.1:{imap}/

See what runs:  {command} ps -c {base}/etc      who reads:  {command} who -c {base}/etc

"""


def run(folder: str, port: int = PORT) -> int:
    """Make what is missing, say what to do, become the mail system; raises Fatal. `port` counts on the first run."""
    base = place(folder)
    make(base, port)
    command = shutil.which("pymaster") or "pymaster"
    print(greeting(base, command), flush=True)
    root = os.path.dirname(os.path.dirname(os.path.abspath(pymaster.__file__)))
    arguments = [sys.executable, "-P", "-m", "pymaster.master.main", "-c", f"{base}/etc", "-d"]
    os.execve(sys.executable, arguments, {**os.environ, "PYTHONPATH": root})


def greeting(base: Path, command: str) -> str:
    """What to do with the mail system, by what its configuration says now."""
    ports = {
        line.program: line.name.rpartition(":")[2]
        for line in mastercf.load(f"{base}/etc/master.cf")
        if line.type == "inet"
    }
    users = base / "etc/users"
    password = users.read_text().partition("}")[2].partition("\n")[0] if users.exists() else ""
    return GREETING.format(
        base=base, address=ADDRESS, command=command, password=password, smtp=ports.get("smtpd", "-"),
        imap=ports.get("imapd", "-"), pop3=ports.get("pop3d", "-"),
    )  # fmt: skip


def free(port: int) -> int:
    """The port, or another one when somebody has it."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def place(folder: str) -> Path:
    """The folder to use. Workers that root starts are `nobody`, who cannot reach everywhere."""
    base = Path(folder).resolve()
    if " " in str(base) or "$" in str(base):
        raise Fatal(f"{base}: choose a folder without blanks and dollar signs in its name")
    if os.geteuid() == 0 and not reachable(base.parent):
        base = Path(tempfile.gettempdir()) / "pymaster-run"
        print(f"pymaster: {folder} cannot be reached by an ordinary user; using {base}")
    return base


def reachable(path: Path) -> bool:
    """Whether everybody may pass through all folders down to `path`."""
    return all(item.stat().st_mode & 0o001 for item in [path, *path.parents] if item.exists())


def make(base: Path, port: int = PORT) -> None:
    """Folders and configuration; files that exist are left alone."""
    uid, gid, owner = os.getuid(), os.getgid(), ""
    owned = {"data": (uid, gid), "users": (uid, gid)}
    if uid == 0:
        nobody, reader = pwd.getpwnam("nobody"), pwd.getpwnam("daemon")
        uid, gid = reader.pw_uid, reader.pw_gid
        owned = {"data": (nobody.pw_uid, nobody.pw_gid), "users": (nobody.pw_uid, nobody.pw_gid), "mail": (uid, gid)}
        owner = f"mail_owner = nobody\nsetgid_group = {grp.getgrgid(nobody.pw_gid).gr_name}\n"
    for name in ("", "etc", "queue", "data", "mail"):
        path = base / name
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o755 if name != "data" else 0o700)
        if os.getuid() == 0 and name in owned:
            os.chown(path, *owned[name])
    values = {
        "base": base, "port": port, "uid": uid, "gid": gid, "owner": owner, "imap": free(IMAP), "pop3": free(POP3),
        "address": ADDRESS, "password": secrets.token_urlsafe(9),
    }  # fmt: skip
    for name, text in (("main.cf", MAIN_CF), ("master.cf", MASTER_CF), ("users", USERS)):
        path = base / "etc" / name
        if not path.exists():
            path.touch(0o600 if name == "users" else 0o644)
            path.write_text(text.format(**values))
            if os.getuid() == 0 and name in owned:
                os.chown(path, *owned[name])
