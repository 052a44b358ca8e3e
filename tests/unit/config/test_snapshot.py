"""The snapshot: typed values, overrides, errors that name their place."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pymaster.config import registry
from pymaster.config.params.bounce import BounceParams
from pymaster.config.params.core import CoreParams
from pymaster.config.params.local import LocalParams
from pymaster.config.params.qmgr import QmgrParams
from pymaster.config.params.smtpd import SmtpdParams
from pymaster.config.params.smtpd_tls import SmtpdTlsParams
from pymaster.config.snapshot import Snapshot
from pymaster.util.errors import ConfigError


def test_types_units_and_references() -> None:
    snap = Snapshot.from_text(
        "myhostname = mx.lab.example\nmaximal_queue_lifetime = 2\nsmtpd_timeout = 10\nbiff = NO\n"
    )
    assert snap[QmgrParams].maximal_queue_lifetime == 172800.0
    assert snap[SmtpdParams].smtpd_timeout == 10.0
    assert snap[SmtpdParams].smtpd_banner == "mx.lab.example ESMTP pymaster"
    assert snap[LocalParams].biff is False
    assert snap[CoreParams] is snap[CoreParams]


def test_a_name_that_is_no_identifier() -> None:
    assert Snapshot.from_text("2bounce_notice_recipient = x\n")[BounceParams].notice_recipient_2bounce == "x"


def test_overrides_and_names_of_the_process() -> None:
    snap = Snapshot.from_text("x = main\n", {"x": "own $service_name"}, service_name="relay", process_name="smtp")
    assert snap.text("x") == "own relay"
    assert snap.expand("$process_name/$x") == "smtp/own relay"
    assert snap.raw("x") == "own $service_name"
    assert snap.text("nobody_knows_it") == ""
    assert (snap.has("x"), snap.has("biff")) == (True, False)


def test_raw_kinds_are_left_alone() -> None:
    snap = Snapshot.from_text("mailbox_command = /bin/x $USER\nsmtpd_reject_footer = \\c. $localtime\n")
    assert snap[LocalParams].mailbox_command == "/bin/x $USER"
    assert snap.text("mailbox_command") == "/bin/x $USER"
    assert snap.text("postscreen_reject_footer") == "\\c. $localtime"


def test_order_does_not_matter_but_loops_do() -> None:
    assert Snapshot.from_text("a = $b\nb = c\n").text("a") == "c"
    with pytest.raises(ConfigError, match="nesting"):
        Snapshot.from_text("a = $b\nb = $a\n").text("a")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("myhostname =", "bad string length 0 < 1: myhostname = "),
        ("message_size_limit = big", "bad numerical configuration: message_size_limit = big"),
        ("biff = maybe", "bad boolean configuration: biff = maybe"),
        ("queue_run_delay = 0", "invalid queue_run_delay parameter value 0 < 1"),
        ("smtpd_banner = ${x", "truncated macro reference"),
    ],
)
def test_a_bad_value_names_file_and_line(line: str, message: str) -> None:
    snap = Snapshot.from_text(f"\n{line}\n", config_directory="/etc/postfix")
    with pytest.raises(ConfigError) as caught:
        for cls in registry.classes():
            snap[cls]
    assert str(caught.value).startswith("/etc/postfix/main.cf, line 2: ")
    assert message in str(caught.value)


def test_a_bad_override_names_the_option() -> None:
    with pytest.raises(ConfigError, match=r"^/etc/postfix/master.cf, option -o biff: "):
        Snapshot.from_text("", {"biff": "x"})[LocalParams]


def test_transport_names() -> None:
    snap = Snapshot.from_text(
        "default_destination_recipient_limit = 9\nslow_destination_rate_delay = 2m\n"
        "dovecot_destination_recipient_limit = 1\n127.0.0.1:9998_time_limit = 3600\nbad_recipient_limit = x\n"
    )
    assert snap.transport("dovecot", "destination_recipient_limit") == "1"
    assert snap.transport_int("relay", "destination_recipient_limit") == 9
    assert snap.transport_int("local", "destination_recipient_limit") == 1
    assert snap.transport_int("x", "initial_destination_concurrency") == 5
    assert snap.transport_float("slow", "destination_rate_delay") == 120.0
    assert snap.transport_float("slow", "transport_rate_delay") == 0.0
    assert snap.transport_float("127.0.0.1:9998", "time_limit") == 3600.0
    assert snap.transport_float("maildrop", "time_limit") == 1000.0
    with pytest.raises(ConfigError, match=r"line 5: bad numerical configuration: bad_recipient_limit = x"):
        snap.transport_int("bad", "recipient_limit")


def test_debian_mailname(tmp_path: Path) -> None:
    (tmp_path / "mailname").write_text("lab.example\nsecond\n")
    assert Snapshot.from_text(f"myorigin = {tmp_path}/mailname\n")[CoreParams].myorigin == "lab.example"
    with pytest.raises(ConfigError):
        Snapshot.from_text(f"myorigin = {tmp_path}/none\n")[CoreParams]


def test_compatibility_levels() -> None:
    old, new = Snapshot.from_text(), Snapshot.from_text("compatibility_level = 3.6\n")
    assert (old.text("append_dot_mydomain"), new.text("append_dot_mydomain")) == ("yes", "no")
    assert (old.text("mynetworks_style"), new.text("mynetworks_style")) == ("subnet", "host")
    assert (old.text("relay_domains"), new.text("relay_domains")) == (old.text("mydestination"), "")


def test_a_whole_stock_configuration(tmp_path: Path) -> None:
    if not Path("/etc/postfix/main.cf").exists():
        pytest.skip("no stock configuration on this machine")
    shutil.copy("/etc/postfix/main.cf", tmp_path)
    snap = Snapshot.load(str(tmp_path))
    for cls in registry.classes():
        snap[cls]
    assert snap.config_directory == str(tmp_path)


def test_start_is_quick_and_light(tmp_path: Path) -> None:
    (tmp_path / "main.cf").write_text("myhostname = a.b.c\nmynetworks = 127.0.0.0/8\n" * 15)
    best = 1.0
    for _ in range(5):
        start = time.perf_counter()
        snap = Snapshot.load(str(tmp_path))
        for cls in (CoreParams, SmtpdParams, SmtpdTlsParams):
            snap[cls]
        best = min(best, time.perf_counter() - start)
    assert best < 0.005
    heavy = (
        "import sys, pymaster.config.snapshot; print(sorted({'gevent','lmdb','msgpack','psutil'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[3]
    run = subprocess.run(
        [sys.executable, "-c", heavy], cwd=root, capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.strip() == "[]"


def test_check_looks_at_what_is_set() -> None:
    Snapshot.from_text("smtpd_timeout = 3s\nmine = x\n").check()
    with pytest.raises(ConfigError, match="line 2: parameter smtpd_timeout: bad time value"):
        Snapshot.from_text("mine = x\nsmtpd_timeout = foo\n").check()
    with pytest.raises(ConfigError, match="option -o smtpd_timeout: parameter smtpd_timeout"):
        Snapshot.from_text("mine = x\n", {"smtpd_timeout": "foo"}).check()
