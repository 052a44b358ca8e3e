import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pymaster.model import control

ECHO = """
from pymaster.server.service import Multi
from pymaster.util import log
import gevent
class Toy(Multi):
    name = "toy"
    def serve(self, conn):
        conn.sock.sendall(b"hi")
        while data := conn.sock.recv(100):
            if data == b"crash":
                raise ValueError("as asked")
            conn.sock.sendall(data)
    def every(self):
        return {0.05: lambda: open("beat", "a").close()}
    def drain(self):
        log.info("draining")
    def stop(self):
        log.info("stopped")
"""


def test_many_clients_busy_and_idle(worker: Callable[..., Any]) -> None:
    toy = worker(ECHO, clients=2)
    assert b'"min_procs": 0' in toy.ready()
    one, two, three = toy.connect(), toy.connect(), toy.connect()
    assert one.recv(2) == two.recv(2) == b"hi"
    assert toy.status.recv(10) == control.BUSY
    assert toy.word(control.CLIENTS) == 2
    three.settimeout(0.1)
    try:
        assert three.recv(2) == b"never"
    except TimeoutError:
        three.settimeout(10)
    one.close()
    assert toy.status.recv(10) == control.IDLE
    assert three.recv(2) == b"hi"
    two.close()
    three.close()


def test_clients_one_after_the_other_share_a_greenlet(worker: Callable[..., Any]) -> None:
    toy = worker(
        ECHO.replace('conn.sock.sendall(b"hi")', 'conn.sock.sendall(b"%d" % id(gevent.getcurrent()))'), clients=9
    )
    toy.ready()
    seen = set()
    for _ in range(5):
        with toy.connect() as sock:
            seen.add(sock.recv(30))
        while toy.word(control.CLIENTS):
            time.sleep(0.001)
    with toy.connect() as one, toy.connect() as other:
        assert one.recv(30) != other.recv(30)
    assert len(seen) == 1


def test_ping_is_answered_while_sessions_wait(worker: Callable[..., Any]) -> None:
    toy = worker(ECHO)
    toy.ready()
    with toy.connect() as sock:
        sock.recv(2)
        toy.status.recv(10)  # busy
        toy.status.send(control.PING)
        assert toy.status.recv(10) == control.PONG
    deadline = time.monotonic() + 5
    while not (toy.path.parent / "beat").exists():
        assert time.monotonic() < deadline


def test_drain_lets_the_last_session_finish(worker: Callable[..., Any]) -> None:
    toy = worker(ECHO, clients=5)
    toy.ready()
    with toy.connect() as sock:
        sock.recv(2)
        toy.status.send(control.DRAIN)
        sock.sendall(b"still")
        assert sock.recv(10) == b"still"
    assert toy.process.wait(5) == 0
    assert "draining" in toy.errors()


def test_who_was_accepted_in_the_turn_of_the_drain_is_told(worker: Callable[..., Any]) -> None:
    told = ECHO.replace(
        "        conn.sock.send", "        conn.on_drain = lambda: conn.raw.shutdown(2)\n        conn.sock.send", 1
    )
    toy = worker(told, clients=5)
    toy.ready()
    # Both are there when it wakes.
    toy.process.send_signal(signal.SIGSTOP)
    with toy.connect() as sock:
        toy.status.send(control.DRAIN)
        toy.process.send_signal(signal.SIGCONT)
        assert toy.process.wait(5) == 0
        sock.close()


def test_masters_end_is_its_end(worker: Callable[..., Any]) -> None:
    toy = worker(ECHO)
    toy.ready()
    toy.status.close()
    assert toy.process.wait(5) == 1


def test_sigterm_stops_in_order(worker: Callable[..., Any]) -> None:
    toy = worker(ECHO)
    toy.ready()
    toy.process.terminate()
    assert toy.process.wait(5) == 0
    assert "stopped" in toy.errors()


def test_idle_and_used_up(worker: Callable[..., Any]) -> None:
    toy = worker(ECHO, "max_idle = 1s\n")
    toy.ready()
    assert toy.status.recv(10) == control.USED_UP
    assert toy.process.wait(5) == 0


def test_a_spare_process_leaves_with_its_last_client(worker: Callable[..., Any]) -> None:
    toy = worker(ECHO + "    def spare(self):\n        return True\n", clients=10)
    toy.ready()
    with toy.connect() as sock, toy.connect() as other:
        assert sock.recv(2) == other.recv(2) == b"hi"
        sock.close()
        assert toy.process.poll() is None
    assert toy.status.recv(10) == control.USED_UP
    assert toy.process.wait(5) == 0


def test_a_spare_process_that_is_kept_stays(worker: Callable[..., Any]) -> None:
    toy = worker(ECHO + "    def spare(self):\n        return True\n", kept=True)
    toy.ready()
    for _ in range(3):
        with toy.connect() as sock:
            assert sock.recv(2) == b"hi"


def test_without_a_limit_of_clients_max_use_counts_the_usual_slots(worker: Callable[..., Any]) -> None:
    toy = worker(ECHO, "max_use = 2\ndefault_process_limit = 2\n", clients=0, kept=True)
    toy.ready()
    for _ in range(4):
        with toy.connect() as sock:
            assert sock.recv(2) == b"hi"
    assert control.USED_UP in iter(lambda: toy.status.recv(10), b"")
    assert toy.process.wait(5) == 0
    assert toy.word(control.SESSIONS) == 4


def test_max_use_counts_per_client_slot(worker: Callable[..., Any]) -> None:
    toy = worker(ECHO, "max_use = 2\n", clients=2, kept=True)
    toy.ready()
    for _ in range(4):
        with toy.connect() as sock:
            assert sock.recv(2) == b"hi"
    assert control.USED_UP in iter(lambda: toy.status.recv(10), b"")
    assert toy.process.wait(5) == 0
    assert toy.word(control.SESSIONS) == 4


def test_five_bad_sessions_end_the_process(worker: Callable[..., Any]) -> None:
    toy = worker(ECHO, clients=5)
    toy.ready()
    for _ in range(5):
        with toy.connect() as sock:
            assert sock.recv(2) == b"hi"
            sock.sendall(b"crash")
            assert sock.recv(2) == b""
    assert toy.process.wait(5) == 1
    assert "ValueError: as asked" in toy.errors()


def test_the_worst_gap_is_measured(worker: Callable[..., Any]) -> None:
    toy = worker(
        ECHO.replace(
            'conn.sock.sendall(b"hi")',
            "import time; end = time.time() + 0.2\n"
            '        while time.time() < end: pass\n        conn.sock.sendall(b"hi")',
        )
    )
    toy.ready()
    with toy.connect() as sock:
        sock.recv(2)
    deadline = time.monotonic() + 5
    while toy.word(control.WORST_GAP) < 200_000_000:
        assert time.monotonic() < deadline


SHORT = """
    def start(self):
        import os, resource
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
        self.held = []
        try:
            while True:
                self.held.append(os.open("/dev/null", os.O_RDONLY))
        except OSError:
            for fd in self.held[-5:]:
                os.close(fd)
"""


def ticks(pid: int) -> int:
    """Processor time so far, in hundredths of a second."""
    return sum(map(int, Path(f"/proc/{pid}/stat").read_text().split()[13:15]))


def test_without_descriptors_clients_wait_and_nobody_spins(worker: Callable[..., Any]) -> None:
    toy = worker(ECHO.replace("    def every", SHORT.lstrip("\n") + "    def every"), clients=50)
    toy.ready()
    clients = [toy.connect() for _ in range(30)]
    assert clients[0].recv(2) == b"hi"
    time.sleep(0.5)
    before = ticks(toy.process.pid)
    time.sleep(1.5)
    assert ticks(toy.process.pid) - before < 30
    assert toy.errors().count("accept: Too many open files: new clients wait") == 1
    # Those who leave make room for those who wait.
    for sock in clients[:-1]:
        sock.close()
    try:
        assert clients[-1].recv(2) == b"hi"
    except OSError:
        raise AssertionError(toy.errors()) from None
    clients[-1].close()


def test_a_change_is_seen_before_the_next_client(worker: Callable[..., Any], tmp_path: Path) -> None:
    look = "    def outdated(self):\n        import os\n        return 'table t' if os.path.exists('changed') else ''\n"
    toy = worker(ECHO.replace("    def every", look + "    def every"), clients=5)
    toy.ready()
    with toy.connect() as sock:
        assert sock.recv(2) == b"hi"
        (tmp_path / "changed").touch()
        time.sleep(1.1)
        late = toy.connect()
        assert control.USED_UP in iter(lambda: toy.status.recv(10), b"")
    assert toy.process.wait(5) == 0
    assert "table t has changed -- restarting" in toy.errors()
    late.close()
