"""compare - `make bench`: every load on Postfix and on pymaster in turn, A B A B, in one run on one disk.

Never fails on a slow machine: it reports, and says what it could not measure.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import extras, report
from benchmarks.loads import LOADS, Load, run
from benchmarks.systems import System, free_port


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.compare", description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help="runs of each load on each system")
    parser.add_argument("--scale", type=float, default=1.0, help="how many messages, relative to the usual")
    parser.add_argument("--only", default="", help="loads whose name contains this text")
    parser.add_argument("--systems", default="postfix,pymaster", help="which systems to run")
    parser.add_argument("--publish", action="store_true", help="write docs/benchmarks.md and its plot")
    parser.add_argument("--out", default="scratch/bench", help="folder for table, JSON and plot")
    return parser.parse_args()


def systems(names: list[str], base: Path, sink: int) -> list[System]:
    """The mail systems to compare."""
    found = []
    if "postfix" in names:
        if os.geteuid() == 0 and Path("/usr/sbin/postfix").exists() and Path("/usr/sbin/smtp-source").exists():
            found.append(System("postfix", "/usr/sbin/postfix", base / "postfix", sink))
        else:
            print("cannot compare with Postfix: it is not installed, or this is not root")
    if "pymaster" in names:
        ours = shutil.which("postfix", path=str(Path(sys.executable).parent)) or "postfix"
        found.append(System("pymaster", ours, base / "pymaster", sink))
    return found


def measure(found: list[System], loads: list[Load], rounds: int, scale: float) -> tuple[report.Runs, dict[str, Any]]:
    """All runs, and what is measured once per system."""
    runs: report.Runs = {load.name: {} for load in loads}
    extra: dict[str, Any] = {"start_seconds": {}, "idle_pss_mb": {}}
    for system in found:
        extra["start_seconds"][system.name] = system.start()
        run(system, Load("warm-up", "discard.test", 5, 100), 1.0)
        extra["idle_pss_mb"][system.name] = system.tree.pss()
    for load in loads:
        for _ in range(rounds):
            for system in found:
                figures = run(system, load, scale)
                runs[load.name].setdefault(system.name, []).append(figures)
                print(
                    f"{system.name:9} {load.name:48} accept {figures.accept:6.0f}/s end to end {figures.end_to_end:6.0f}/s "
                    f"cpu {figures.cpu:6.2f} ms pss {figures.pss:5.0f} MB delivered {figures.delivered}",
                    flush=True,
                )
    return runs, extra


def half_load(runs: report.Runs) -> float:
    """Half of what the slower system takes with 20 sessions kept, in messages per second."""
    both = runs.get("discard, 20 sessions, connections kept", {})
    return min([report.middle(figures, "end_to_end") for figures in both.values()] or [200.0]) / 2


def idle(base: Path, sink: int) -> dict[str, float]:
    """Memory per idle connection, on a pymaster of its own without a limit of clients."""
    ours = shutil.which("postfix", path=str(Path(sys.executable).parent)) or "postfix"
    system = System("idle", ours, base / "idle", sink, clients="0")
    try:
        system.start()
        run(system, Load("warm-up", "discard.test", 5, 100), 1.0)
        return extras.idle(system)
    finally:
        system.stop()


def main() -> int:
    """Run it."""
    opts = options()
    base = Path(tempfile.mkdtemp(prefix="pymaster-bench-"))
    base.chmod(0o755)
    sink = free_port()
    receiver = subprocess.Popen(["/usr/sbin/smtp-sink", "-u", "nobody", f"127.0.0.1:{sink}", "1000"])
    found = systems(opts.systems.split(","), base, sink)
    try:
        loads = [load for load in LOADS if opts.only in load.name]
        runs, extra = measure(found, loads, opts.rounds, opts.scale)
        if not opts.only:
            extra["extras"] = extras.measure(found, half_load(runs))
            extra["idle"] = idle(base, sink)
            print(json.dumps({"extras": extra["extras"], "idle": extra["idle"]}, indent=1))
        report.save(Path(opts.out), runs, extra)
        if opts.publish:
            Path("docs/benchmarks.md").write_text(report.page(runs, extra))
            report.plot(Path("docs/img/benchmarks.png"), runs)
        print(report.table(runs))
        print(f"start to first banner, seconds: {extra['start_seconds']}; idle PSS, MB: {extra['idle_pss_mb']}")
        print(f"machine: {report.machine()}; written to {opts.out}")
    finally:
        for system in found:
            with contextlib.suppress(subprocess.TimeoutExpired):
                system.stop()
        receiver.kill()
        shutil.rmtree(base, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
