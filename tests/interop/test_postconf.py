"""postconf beside Postfix's own: the same files, the same words, the same output."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
THEIRS = "/usr/sbin/postconf"
pytestmark = pytest.mark.skipif(
    not (os.path.exists(THEIRS) and Path("/etc/postfix/main.cf").exists())
    or os.path.realpath(THEIRS).startswith(str(ROOT)),
    reason="Postfix is not installed",
)
MAIN = """
foo = bar
used = x
mydestination = $used, $myhostname,
   # inside
   localhost,

   $mydomain
relay_destination_recipient_limit = 5
nosvc_destination_recipient_limit = 5
mua_client_restrictions = permit_sasl_authenticated,    reject
smtpd_restriction_classes = greylist
greylist = check_policy_service unix:x
relayhost =
myhostname = a.b.c
policy_time_limit=3600
mailbox_command = /x $USER $mydomain
alias_maps = hash:/etc/aliases, ldap:people
people_server_host = h
smtpd_recipient_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination, reject_unknown_recipient_domain, check_policy_service unix:private/policy, permit
"""
MASTER = """
policy unix - n n - 0 spawn user=nobody argv=/bin/x
submission inet n - y - - smtpd
 -o smtpd_client_restrictions=$mua_client_restrictions
 -o mua_x=$foo2 -o { smtpd_banner = a b c }
10.0.0.1:2525 inet n - y - - smtpd -o foo3=bar
"""
SHOW = [
    "-n",
    "-nf",
    "-nx",
    "-n -C user",
    "-n -C service",
    "-M",
    "-Mf",
    "-F",
    "-P",
    "-Px",
    "-Ff submission",
    "-Mx submission",
    "-Fh submission/inet/chroot",
    "-FH submission/inet/chroot",
    "-F */inet/chroot",
    "-P submission",
    "relayhost used foo",
    "-h relayhost",
    "-H myhostname",
    "-x mydestination",
    "-M nosuch",
    "-P submission/inet/nosuch",
    "-A",
    "-l",
]
EDIT = [
    ["-e", "relayhost = [x]:25", "newp=1", "mydestination=a b"],
    ["relayhost="],
    ["-#", "relayhost", "mydestination", "nosuch"],
    ["-X", "relayhost", "mydestination", "nosuch"],
    ["-M", "submission/inet=submission inet n - n - 5 smtpd -o a=b"],
    ["-M", "new/unix=new unix n - n - 5 pipe -o a=b"],
    ["-M#", "submission/inet"],
    ["-MX", "submission/inet"],
    ["-F", "submission/inet/chroot=n"],
    ["-F", "submission/inet/command=smtpd -o x=y"],
    ["-P", "submission/inet/newp=xy"],
    ["-PX", "submission/inet/smtpd_banner"],
    ["-P", "nosuch/inet/newp=xy"],
    ["-e", "relayhost"],
    ["-nd"],
]  # fmt: skip
# Where Postfix 3.10 and pymaster differ from 3.7 by design, or the machine and the distribution show through.
DIFFERENT = re.compile(
    r"mail_(name|version|release_date)|my(hostname|domain|networks)|process_(id|name)|.*_(directory|path)|alias_(maps|database)"
    r"|tls_(high|medium|low|export|null)_cipherlist|tls_(eecdh|ffdhe)_auto_.*|smtp_tls_dane_insecure_mx_policy"
    r"|smtpd_forbid_.*|cleanup_replace_stray_cr_lf|import_environment|tlsproxy_client_(security_level|policy_maps)"
    r"|smtpd?_per_request_deadline|lmtp_per_request_deadline|proxy_read_maps|smtpd_client_event_limit_exceptions"
)


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    for name in ("main.cf", "master.cf"):
        shutil.copy(f"/etc/postfix/{name}", tmp_path)
    return tmp_path


def run(command: list[str], etc: Path, words: list[str]) -> tuple[int, str, list[str]]:
    done = subprocess.run(
        [*command, "-c", str(etc), *words], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False
    )
    return done.returncode, done.stdout, sorted(set(done.stderr.replace(f"{THEIRS}: ", "postconf: ").split("\n")))


def ours(etc: Path, words: list[str]) -> tuple[int, str, list[str]]:
    status, out, err = run([sys.executable, "-m", "pymaster.commands.postconf"], etc, words)
    return status, out.replace("ESMTP pymaster", "ESMTP Postfix"), err


@pytest.mark.parametrize("words", SHOW)
@pytest.mark.parametrize("extended", [False, True], ids=["stock", "extended"])
def test_shows_the_same(etc: Path, words: str, extended: bool) -> None:
    if extended:
        (etc / "main.cf").write_text(MAIN)
        (etc / "master.cf").write_text((etc / "master.cf").read_text() + MASTER)
    assert ours(etc, words.split()) == run([THEIRS], etc, words.split())


@pytest.mark.parametrize("words", EDIT, ids=" ".join)
def test_edits_the_same(etc: Path, words: list[str]) -> None:
    (etc / "main.cf").write_text(MAIN)
    (etc / "master.cf").write_text((etc / "master.cf").read_text() + MASTER)
    before = {name: (etc / name).read_text() for name in ("main.cf", "master.cf")}
    result = run([THEIRS], etc, words)
    theirs = {name: (etc / name).read_text() for name in before}
    for name, text in before.items():
        (etc / name).write_text(text)
    assert ours(etc, words) == result
    assert {name: (etc / name).read_text() for name in before} == theirs


def test_the_same_defaults(etc: Path) -> None:
    def defaults(text: str) -> dict[str, str]:
        pairs = [line.partition(" =") for line in text.split("\n") if line]
        return {name: value.strip() for name, _, value in pairs}

    own, other = defaults(ours(etc, ["-d"])[1]), defaults(run([THEIRS], etc, ["-d"])[1])
    assert sorted(other.keys() - own.keys()) == []
    wrong = {
        name: (own[name], value)
        for name, value in other.items()
        if own[name] != value and not DIFFERENT.fullmatch(name)
    }
    assert wrong == {}
