import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
from gevent import monkey; monkey.patch_all()
import posix, socket, ssl, select, time, threading, subprocess, sys
from pymaster.server.unpatch import unpatch
pid = posix.fork()
if pid:
    sys.exit(posix.waitpid(pid, 0)[1] >> 8)
assert unpatch() > 10 and unpatch() == 0
one, two = socket.socketpair()
one.sendall(b"x")
assert two.recv(1) == b"x" and select.select([one], [], [], 0) == ([], [], [])
time.sleep(0.01)
with threading.Lock(), threading.RLock():
    assert subprocess.run(["/bin/true"]).returncode == 0
if posix.fork() == 0:
    posix._exit(0)
posix.wait()
from gevent._hub_local import get_hub_if_exists
assert get_hub_if_exists() is None
import _socket, selectors
assert issubclass(ssl.SSLSocket, _socket.socket) and "gevent" not in repr(selectors.PollSelector._selector_cls)
with selectors.DefaultSelector() as waiting:
    waiting.register(one, selectors.EVENT_WRITE)
    assert waiting.select(1)
near, far = socket.socketpair()
assert ssl.create_default_context().wrap_socket(near, server_hostname="x", do_handshake_on_connect=False).fileno() > 0
assert get_hub_if_exists() is None
assert "gevent" not in type(one).__module__ and "gevent" not in ssl.SSLSocket.__module__
"""


def test_no_hub_comes_to_life() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_where_nothing_was_patched() -> None:
    code = "from pymaster.server.unpatch import unpatch; assert unpatch() == 0"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
