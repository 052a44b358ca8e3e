"""plan - from configuration files to what the supervisor runs: services with their limits, program files, listeners.

A plan is read as a whole before anything is changed, so that a broken main.cf or master.cf leaves a running system
alone.
"""

import os
from dataclasses import dataclass, field

from pymaster.config import mastercf, programs
from pymaster.config.mastercf import ServiceLine
from pymaster.config.params.core import CoreParams
from pymaster.config.params.process import ProcessParams
from pymaster.config.params.pymaster import PymasterParams
from pymaster.config.snapshot import Snapshot
from pymaster.config.words import split_list
from pymaster.master.state import Spec
from pymaster.model.control import ProgramReport


@dataclass(slots=True)
class Planned:
    """One service to run. `path` is its program's file, None if there is none; `green` tells which nursery forks it."""

    line: ServiceLine
    snapshot: Snapshot
    path: str | None
    green: bool = True

    @property
    def key(self) -> str:
        """The service's name in master's own tables."""
        return f"{self.line.name}:{self.line.type}"


@dataclass(slots=True)
class Plan:
    """A configuration as master sees it. `library` are the programs whose lines are configuration only."""

    snapshot: Snapshot
    services: dict[str, Planned] = field(default_factory=dict)
    library: list[str] = field(default_factory=list)
    disabled: list[str] = field(default_factory=list)

    def paths(self, green: bool) -> list[str]:
        """The program files of one kind of nursery, each once."""
        return sorted({item.path for item in self.services.values() if item.path and item.green == green})


def load(config_directory: str) -> Plan:
    """Read main.cf and master.cf; raises ConfigError naming file and line."""
    snapshot = Snapshot.load(config_directory, process_name="master")
    core, process = snapshot[CoreParams], snapshot[ProcessParams]
    snapshot[PymasterParams]
    # A bad value is better told here, while the old workers still run, than by every worker that dies of it.
    snapshot.check()
    lines = mastercf.load(
        os.path.join(config_directory, "master.cf"),
        chroot=_level(core.compatibility_level) < 1,
        maxproc=process.default_process_limit,
    )
    plan = Plan(snapshot)
    lines += mastercf.implied(lines)
    for line in lines:
        if is_disabled(line, split_list(process.master_service_disable)):
            plan.disabled.append(line.name)
        elif programs.is_library(line.program, core.daemon_directory):
            if line.program not in plan.library:
                plan.library.append(line.program)
        else:
            path = programs.find(line.program, core.daemon_directory)
            # Its `-o` settings may hold limits of its own.
            own = snapshot if not line.overrides else _own(config_directory, line)
            item = Planned(line, own, path, path is None or _green(path))
            plan.services[item.key] = item
    return plan


def _own(config_directory: str, line: ServiceLine) -> Snapshot:
    snapshot = Snapshot.load(config_directory, line.overrides, line.name, os.path.basename(line.program))
    snapshot.check()
    return snapshot


def _green(path: str) -> bool:
    try:
        return programs.is_green(path)
    except (OSError, SyntaxError, ValueError):
        return True  # the nursery will tell why it cannot be read


def _level(text: str) -> int:
    head = text.strip().partition(".")[0]
    return int(head) if head.isascii() and head.isdigit() and len(head) < 6 else 0


def is_disabled(line: ServiceLine, patterns: list[str]) -> bool:
    """master_service_disable: `type`, or `name/type`; a pattern that begins with `!` excepts (postconf(5))."""
    for pattern in patterns:
        negated, word = pattern.startswith("!"), pattern.lstrip("!")
        if word in (line.type, f"{line.name}/{line.type}"):
            return not negated
    return False


def spec(item: Planned, report: ProgramReport, cores: int) -> Spec:
    """The limits of a service, of its line, its class and its `worker_` parameters.

    maxproc counts clients for a Multi service, spread over at most `worker_processes` processes; 1 is exactly one
    process. For the others it counts processes, for they have one client each.
    """
    line, limits = item.line, item.snapshot[PymasterParams]
    label = f'"{line.name}" ({_port(line)})' if line.type == "inet" else f'"{line.name}"'
    made = Spec(item.key, label, item.path or line.program, maxproc=line.maxproc)
    made.wakeup, made.wakeup_lazy = float(line.wakeup), line.wakeup_lazy
    if report.solitary:
        made.max_procs, made.clients, made.min_procs = (
            1,
            line.maxproc if line.maxproc > 1 else 0,
            min(report.min_procs, 1),
        )
        return made
    if report.kind != "Multi":
        made.max_procs, made.min_procs = line.maxproc, max(report.min_procs, 0)
        return made
    made.max_procs, made.clients = share(line.maxproc, limits.worker_processes, limits.worker_concurrency, cores)
    made.min_procs = cores if report.min_procs < 0 else report.min_procs
    return made


def share(maxproc: int, processes: int, concurrency: int, cores: int) -> tuple[int, int]:
    """(processes, clients of each) of a Multi service; 0 is no bound."""
    if maxproc == 1:
        return 1, concurrency
    if concurrency:
        wanted = -(-maxproc // concurrency)
        return (min(processes, wanted) if processes and wanted else processes or wanted), concurrency
    procs = processes or cores
    if not maxproc:
        return procs, 0
    procs = min(procs, maxproc)
    return procs, -(-maxproc // procs)


def _port(line: ServiceLine) -> str:
    return line.name.rpartition(":")[2]
