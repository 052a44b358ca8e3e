import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CODE = """
from pymaster.server import green
import socket, sys
import gevent.socket
green.preload()
assert socket.socket is gevent.socket.socket
from gevent._hub_local import get_hub_if_exists
assert get_hub_if_exists() is None, "a hub before the fork"
before = set(sys.modules)
gevent.sleep(0)
import re
late = {name for name in set(sys.modules) - before}
assert not late, late
"""


def test_patched_no_hub_and_nothing_imported_late() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
