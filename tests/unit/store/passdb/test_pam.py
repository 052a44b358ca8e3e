import contextlib
import grp
import os
import secrets
import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pymaster.store.passdb import crypt
from pymaster.store.passdb import pam as pam_module
from pymaster.store.passdb.contract import Client
from pymaster.store.passdb.pam import Pam

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="makes a user of this machine")
PASSWORD = b"a pass:word"


@pytest.fixture(scope="module")
def user() -> Iterator[str]:
    name = f"pmt{secrets.token_hex(4)}"
    hashed = crypt.crypt(PASSWORD, crypt.setting(b"$6$", 5000)).decode()
    nogroup = grp.getgrgid(65534).gr_name
    subprocess.run(["useradd", "-M", "-N", "-g", nogroup, "-p", hashed, name], check=True)
    try:
        yield name
    finally:
        subprocess.run(["userdel", name], check=True, capture_output=True)


@ROOT
def test_right_and_wrong(user: str) -> None:
    pam = Pam()
    for service in ("imap", "pop3", "smtp"):
        client = Client(service, "192.0.2.1")
        assert pam.verify(user, PASSWORD, client).state == "ok"
        found = pam.verify(user, b"wrong", client)
        assert found.state == "mismatch" and "authenticate" in found.reason
    assert Pam("login").verify(user, b"", client).state in ("mismatch", "temp")


@ROOT
def test_failures_take_no_time_of_a_checker(user: str) -> None:
    begin = time.monotonic()
    Pam().verify(user, b"wrong", Client("imap"))
    assert time.monotonic() - begin < 1.0


@ROOT
def test_unknown_users_and_bad_input(user: str) -> None:
    pam = Pam()
    assert pam.verify("no-such-user-here", b"x", Client("imap")).state in ("mismatch", "unknown")
    assert pam.verify(user, b"a\0b", Client("imap")).state == "mismatch"
    assert pam.verify(user, b"x" * 2000, Client("imap")).state in ("mismatch", "temp")


@ROOT
def test_the_account_phase(user: str) -> None:
    subprocess.run(["usermod", "-e", "1", user], check=True, capture_output=True)
    try:
        found = Pam().verify(user, PASSWORD, Client("imap"))
        assert found.state in ("expired", "disabled") and "account" in found.reason
    finally:
        subprocess.run(["usermod", "-e", "", user], check=True, capture_output=True)


@ROOT
def test_no_descriptor_is_left_open(user: str) -> None:
    pam = Pam()
    pam.verify(user, PASSWORD, Client("imap"))
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        pam.verify(user, b"wrong", Client("imap"))
        with contextlib.suppress(ValueError):
            pam.verify(user, PASSWORD, Client("imap"))
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_who_has_no_password_costs_as_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shadow").write_text("root:*:1::::::\ndaemon:!:1::::::\nbob:$6$salt$x:1::::::\n")
    asked: list[str] = []
    monkeypatch.setattr(pam_module, "check", lambda password, stored, weak: asked.append(stored))
    made = pam_module.Shadow(str(tmp_path / "shadow"))
    for user in ("root", "nobody-here", "bob"):
        made.pretend(user, b"x", time.monotonic())
    assert asked == ["$6$salt$x"] * 2
    # Once it is known how long PAM takes for those who have one, that is the measure.
    slept: list[float] = []
    monkeypatch.setattr(pam_module.time, "sleep", slept.append)
    made.pretend("root", b"x", time.monotonic())
    made.pretend("root", b"x", time.monotonic() - 5)
    assert len(slept) == 2 and slept[1] == 0.0 and len(asked) == 2
    (tmp_path / "shadow").write_text("root:*:1::::::\n")
    made.pretend("root", b"x", time.monotonic())
    pam_module.Shadow(str(tmp_path / "none")).pretend("root", b"x", time.monotonic())
    assert len(asked) == 2


@ROOT
def test_an_unknown_user_takes_as_long(user: str) -> None:
    subprocess.run(["usermod", "-p", crypt.crypt(PASSWORD, crypt.setting(b"$6$", 100_000)).decode(), user], check=True)
    pam, times = Pam(), {user: list[float](), "no-such-user-here": list[float]()}
    for _ in range(11):
        for name, seen in times.items():
            begin = time.perf_counter()
            pam.verify(name, b"wrong", Client("imap"))
            seen.append(time.perf_counter() - begin)
    known, unknown = (statistics.median(seen[2:]) for seen in times.values())
    assert 0.7 < unknown / known < 1.4, times


def test_what_it_never_tells() -> None:
    pam = Pam()
    assert pam.secret("root", "PLAIN").state == "mismatch" and pam.lookup("root").state == "unknown"
    assert pam.name == "pam" and Pam("dovecot").name == "pam:dovecot"
