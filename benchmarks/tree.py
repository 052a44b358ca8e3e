"""tree - CPU seconds and memory of a whole process tree: a cgroup where the kernel lets us make one, else /proc."""

import contextlib
import os
import time
from pathlib import Path

import psutil

V1 = Path("/sys/fs/cgroup/cpuacct")
V2 = Path("/sys/fs/cgroup")


class Tree:
    """The processes of one mail system; `enter` is the shell text that puts a starting program into it."""

    def __init__(self, name: str) -> None:
        self.path: Path | None = None
        for base in (V1, V2):
            path = base / f"pymaster-bench-{name}-{os.getpid()}"
            with contextlib.suppress(OSError):
                path.mkdir(exist_ok=True)
                if (path / "cpuacct.usage").exists() or (path / "cpu.stat").exists():
                    self.path = path
                    break

    @property
    def enter(self) -> str:
        return f"echo $$ > {self.path}/cgroup.procs; " if self.path else ""

    def pids(self) -> list[int]:
        """Every process of the tree."""
        if self.path is None:
            return []
        with contextlib.suppress(OSError):
            return [int(pid) for pid in (self.path / "cgroup.procs").read_text().split()]
        return []

    def cpu(self) -> float:
        """CPU seconds that the tree has used so far, ended processes included."""
        if self.path is None:
            return 0.0
        usage = self.path / "cpuacct.usage"
        if usage.exists():
            return int(usage.read_text()) / 1e9
        for line in (self.path / "cpu.stat").read_text().split("\n"):
            if line.startswith("usage_usec"):
                return int(line.split()[1]) / 1e6
        return 0.0

    def pss(self) -> float:
        """Proportional set size of the tree in MB."""
        total = 0
        for pid in self.pids():
            with contextlib.suppress(psutil.Error, OSError):
                total += psutil.Process(pid).memory_full_info().pss
        return total / 1e6

    def kill(self) -> None:
        """End whatever is left, then give the cgroup back."""
        deadline = time.monotonic() + 10
        while self.pids() and time.monotonic() < deadline:
            for pid in self.pids():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, 9)
            time.sleep(0.05)
        if self.path is not None:
            with contextlib.suppress(OSError):
                self.path.rmdir()
