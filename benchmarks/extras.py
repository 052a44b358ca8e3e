"""extras - what the loads do not show: reply latency, start-up of commands, idle connections, the longest hub gap."""

import json
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.systems import System

ROOT = Path(__file__).resolve().parent.parent


def latency(system: System, rate: float) -> dict[str, float]:
    """Milliseconds from the final dot to its reply at `rate` messages per second: p50 and p99."""
    with tempfile.NamedTemporaryFile() as ledger:
        command = [
            sys.executable,
            "-m",
            "tools.source",
            "--port",
            str(system.port),
            "--sessions",
            "20",
            "--seconds",
            "8",
        ]
        command += ["--rate", str(rate), "--size", "5120", "--to", "user@discard.test", "--sender", "s@bench.test"]
        done = subprocess.run([*command, "--ledger", ledger.name], cwd=ROOT, capture_output=True, text=True, timeout=60)
    found = json.loads(done.stdout)
    return {"rate": rate, "p50_ms": found["reply_p50_ms"], "p99_ms": found["reply_p99_ms"]}


def commands(system: System, folder: str) -> dict[str, float]:
    """Median wall milliseconds of `sendmail` and `mailq` as whole processes."""
    env = {**os.environ, "MAIL_CONFIG": str(system.base / "etc")}
    found = {}
    for name, arguments in (("sendmail", ["-f", "s@bench.test", "user@discard.test"]), ("mailq", [])):
        path = str(Path(folder) / name)
        if not Path(path).exists():
            continue
        times = []
        for _ in range(7):
            began = time.monotonic()
            subprocess.run([path, *arguments], input=b"Subject: x\n\nx\n", env=env, capture_output=True, timeout=30)
            times.append(time.monotonic() - began)
        found[f"{name}_ms"] = round(median(times) * 1000, 1)
    return found


def idle(system: System, count: int = 2000) -> dict[str, float]:
    """KB of PSS per idle SMTP connection, with `count` of them greeted and waiting."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(count, hard - 200)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count + 200), hard))
    before = system.tree.pss()
    with ExitStack() as stack:
        for _ in range(count):
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", system.port), 20))
            if sock.recv(3) != b"220":
                raise RuntimeError("no banner")
        time.sleep(1)
        per = (system.tree.pss() - before) * 1e6 / 1024 / count
    return {"connections": count, "kb_each": round(per, 1)}


def worst_gaps(system: System) -> dict[str, float]:
    """The longest time in milliseconds that each of our services kept its event loop, since it started."""
    pymaster = str(Path(sys.executable).parent / "pymaster")
    shown = subprocess.run([pymaster, "ps", "-c", str(system.base / "etc")], capture_output=True, text=True, timeout=30)
    found: dict[str, float] = {}
    for line in shown.stdout.split("\n"):
        match = re.match(r"(\S+):\S+ .* (\d+) ms ", line + " ")
        if match:
            found[match[1]] = max(found.get(match[1], 0.0), float(match[2]))
    return found


def measure(found: list[System], rate: float) -> dict[str, Any]:
    """Everything above, by system."""
    result: dict[str, Any] = {}
    for system in found:
        ours = system.name == "pymaster"
        folder = str(Path(sys.executable).parent) if ours else "/usr/sbin"
        result[system.name] = {
            "reply latency at half load": latency(system, rate),
            "commands": commands(system, folder),
        }
        if ours:
            result[system.name]["longest hub gap, ms"] = worst_gaps(system)
    return result
