"""A real master in a temporary folder: starting, stopping, replacing, throttling, reloading."""

import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness import MailSystem, eventually
from toys import ECHO, MASTER, PROGRAMS


@pytest.fixture
def mail() -> Iterator[MailSystem]:
    system = MailSystem(master=MASTER, programs=PROGRAMS)
    with system:
        yield system


def inet(mail: MailSystem, timeout: float = 5.0) -> socket.socket:
    return socket.create_connection(("127.0.0.1", mail.port), timeout)


def unix(mail: MailSystem, name: str, timeout: float = 5.0) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(timeout)
    sock.connect(str(mail.queue / "private" / name))
    return sock


def greeted(sock: socket.socket) -> int:
    """The pid of the worker that greets."""
    with sock:
        return int(sock.recv(100).split()[1])


def test_start_serve_stop(mail: MailSystem) -> None:
    assert mail.workers("echo") == []  # on demand
    eventually(lambda: len(mail.workers("kept")) == 1)  # ordered, and perhaps not forked yet
    pid = greeted(inet(mail))
    assert mail.workers("echo") == [pid]
    assert greeted(unix(mail, "alone")) in mail.workers("alone")
    assert (mail.queue / "pid/master.pid").read_text().strip() == str(mail.process.pid if mail.process else 0)
    tree = mail.tree()
    assert mail.stop() == 0
    assert not [pid for pid in tree if Path(f"/proc/{pid}").exists()]
    assert "daemon started -- version" in mail.log_text()
    assert "library calls here: cleanup" in mail.log_text()


def test_killed_worker_is_replaced_within_100_ms(mail: MailSystem, capsys: pytest.CaptureFixture[str]) -> None:
    times = []
    pid = greeted(inet(mail))
    for _ in range(20):
        os.kill(pid, signal.SIGKILL)
        began = time.monotonic()
        fresh = pid
        while fresh == pid:
            try:
                fresh = greeted(inet(mail))
            except (OSError, IndexError):
                continue  # accepted by the one that was being killed
        times.append(time.monotonic() - began)
        pid = fresh
    median, worst = statistics.median(times), max(times)
    with capsys.disabled():
        print(f"\nSIGKILL to the replacement's greeting: median {median * 1000:.0f} ms, worst {worst * 1000:.0f} ms")
    assert median < 0.1


def test_stop_lets_a_session_finish(mail: MailSystem) -> None:
    with inet(mail) as sock:
        sock.recv(100)
        assert mail.process is not None
        mail.process.terminate()
        eventually(lambda: "terminating" in mail.log_text())
        sock.sendall(b"still there?")
        assert sock.recv(100) == b"STILL THERE?"
    assert mail.process.wait(10) == 0


def test_abort_does_not_wait(mail: MailSystem) -> None:
    with inet(mail) as sock:
        sock.recv(100)
        done = mail.command("postfix", "abort")
        assert done.returncode == 0, done.stderr
        assert sock.recv(100) == b""
    assert b"aborting the Postfix mail system" in done.stderr


def test_a_broken_program_throttles_itself_alone(mail: MailSystem) -> None:
    log = mail.log_text()
    assert "No module named 'nothing_of_this_name' -- throttling" in log
    assert 'service "missing": no program missing in' in log
    for name in ("broken", "missing", "dies"):
        unix(mail, name).close()
    mail.wait_log("dies.* fatal: cannot start, on purpose|fatal: cannot start, on purpose")
    mail.wait_log(r"warning: process \S+/dies.py pid \d+ exit status 1")
    mail.wait_log(r"warning: \S+/dies.py: bad command startup -- throttling")
    time.sleep(0.5)
    assert mail.log_text().count("cannot start, on purpose") == 1
    assert greeted(inet(mail))


def test_reload_replaces_workers_and_a_broken_file_changes_nothing(mail: MailSystem) -> None:
    first = greeted(inet(mail))
    with inet(mail) as old:
        old.recv(100)
        mail.reload()
        old.sendall(b"x")
        assert old.recv(10) == b"X"
        second = eventually(lambda: (pid := greeted(inet(mail))) != first and pid)
        assert first in mail.tree()
    eventually(lambda: first not in mail.tree())
    (mail.base / "etc/master.cf").write_text(mail.master + "what inet is this\n")
    mail.reload()
    mail.wait_log(r"error: reload: \S+/master.cf, line 10: .*; the running configuration stays")
    assert greeted(inet(mail)) == second
    (mail.base / "etc/main.cf").write_text("max_idle = soon\nqueue_directory = " + str(mail.queue))
    before = mail.log_text().count("the running configuration stays")
    mail.reload()
    eventually(lambda: mail.log_text().count("the running configuration stays") > before)
    assert greeted(inet(mail)) == second


def test_reload_adds_and_removes_services(mail: MailSystem) -> None:
    mail.master = mail.master.replace("alone unix", "other unix")
    mail.write()
    mail.reload()
    assert greeted(eventually(lambda: _try(mail, "other")))
    assert not (mail.queue / "private/alone").exists()


def _try(mail: MailSystem, name: str) -> socket.socket | None:
    try:
        return unix(mail, name)
    except OSError:
        return None


def test_second_master_is_refused_with_the_holders_pid(mail: MailSystem) -> None:
    assert mail.process is not None
    link = mail.base / "link"
    link.symlink_to(mail.queue)
    other = mail.base / "etc2"
    other.mkdir()
    (other / "master.cf").write_text("")
    text = (mail.base / "etc/main.cf").read_text()
    (other / "main.cf").write_text(text + f"queue_directory = {link}\ndata_directory = {mail.base}/data2\n")
    (mail.base / "data2").mkdir()
    if os.getuid() == 0:
        os.chown(mail.base / "data2", mail.uid, mail.gid)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pymaster.master.main", "-c", str(other), "-d"],
        env=mail.environment(),
        capture_output=True,
        timeout=20,
        check=False,
        **mail.user(),
    )
    assert done.returncode == 1
    assert f"process {mail.process.pid}" in mail.log_text() + done.stderr.decode()
    assert greeted(inet(mail))


def test_master_killed_leaves_nobody_behind(mail: MailSystem) -> None:
    greeted(inet(mail))
    greeted(unix(mail, "alone"))
    session = inet(mail)
    session.recv(100)
    tree = mail.tree()
    assert mail.process is not None
    mail.process.kill()
    mail.process.wait()
    eventually(lambda: not [pid for pid in tree if _alive(pid)], 5.0)
    session.close()
    mail.start()
    assert greeted(inet(mail))


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_nurserys_death_costs_nobody_his_session(mail: MailSystem) -> None:
    with inet(mail) as sock:
        pid = int(sock.recv(100).split()[1])
        for nursery in mail.workers("nursery"):
            os.kill(nursery, signal.SIGKILL)
        sock.sendall(b"abc")
        assert sock.recv(10) == b"ABC"
        eventually(lambda: len(mail.workers("nursery")) == 2)
        sock.sendall(b"def")
        assert sock.recv(10) == b"DEF"
    os.kill(pid, signal.SIGKILL)  # now a child of master itself
    assert eventually(lambda: _greeted_or_none(mail)) != pid


def _greeted_or_none(mail: MailSystem) -> int | None:
    try:
        return greeted(inet(mail))
    except (OSError, IndexError):
        return None


def test_unexpected_exception_costs_one_session_five_cost_the_process(mail: MailSystem) -> None:
    pid = greeted(inet(mail))
    for count in range(5):
        with inet(mail) as sock:
            assert int(sock.recv(100).split()[1]) == pid, count
            sock.sendall(b"crash")
            assert sock.recv(10) == b""
    mail.wait_log("RuntimeError: as asked")
    eventually(lambda: _greeted_or_none(mail) not in (None, pid))


def test_wakeup_and_postkick_reach_a_trigger_service(mail: MailSystem) -> None:
    notes = mail.queue / "notes"
    if os.getuid() == 0:
        os.chmod(mail.queue, 0o777)
    done = mail.command("postkick", "public", "notes", "AB")
    assert done.returncode == 0, done.stderr
    eventually(lambda: notes.exists() and b"AB" in notes.read_bytes())


def test_idle_memory(mail: MailSystem, capsys: pytest.CaptureFixture[str]) -> None:
    greeted(inet(mail))
    greeted(unix(mail, "alone"))
    size = mail.pss() / (1 << 20)
    with capsys.disabled():
        print(f"\nidle tree of {len(mail.tree()) + 1} processes: PSS {size:.0f} MB")
    assert size < 120


def test_ps_shows_the_tree(mail: MailSystem) -> None:
    pid = greeted(inet(mail))
    done = mail.command("pymaster", "ps")
    assert done.returncode == 0, done.stderr
    assert str(pid) in done.stdout.decode()
    assert b"nursery green" in done.stdout


def test_postfix_start_status_stop() -> None:
    mail = MailSystem(master=MASTER, programs={"echo": ECHO} | PROGRAMS)
    try:
        assert mail.command("postfix", "status").returncode == 1
        done = mail.command("postfix", "start")
        assert done.returncode == 0, (done.stderr, mail.log_text())
        assert b"postfix/postfix-script: starting the Postfix mail system" in done.stderr
        assert greeted(inet(mail))
        done = mail.command("postfix", "status")
        assert b"postfix/postfix-script: the Postfix mail system is running: PID: " in done.stderr
        again = mail.command("postfix", "start")
        assert again.returncode == 1
        assert b"fatal: the Postfix mail system is already running" in again.stderr
        done = mail.command("postfix", "logrotate")
        assert done.returncode == 0, done.stderr
        assert list(mail.base.glob("log.*.gz"))
        greeted(inet(mail))
        done = mail.command("postfix", "stop")
        assert done.returncode == 0
        assert "terminating" in mail.log_text()
        assert mail.command("postfix", "status").returncode == 1
    finally:
        mail.command("postfix", "abort")
        mail.remove()
