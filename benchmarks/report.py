"""report - the comparison as a table, JSON and a plot."""

import json
import platform
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.loads import LOADS, Figures

Runs = dict[str, dict[str, list[Figures]]]


def middle(runs: list[Figures], name: str) -> float:
    """The median of one figure."""
    return median(getattr(figures, name) for figures in runs)


def table(runs: Runs) -> str:
    """A Markdown table: per load both systems and the ratios ours to Postfix's."""
    rows = [
        "| load | Postfix accept/s | ours | Postfix end to end/s | ours | ratio | Postfix CPU ms | ours | ratio "
        "| Postfix PSS MB | ours |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for load in LOADS:
        both = runs.get(load.name, {})
        if "postfix" not in both or "pymaster" not in both:
            continue
        theirs, ours = both["postfix"], both["pymaster"]
        rate = middle(ours, "end_to_end") / middle(theirs, "end_to_end")
        cpu = middle(ours, "cpu") / max(middle(theirs, "cpu"), 1e-9)
        rows.append(
            f"| {load.name} | {middle(theirs, 'accept'):.0f} | {middle(ours, 'accept'):.0f} "
            f"| {middle(theirs, 'end_to_end'):.0f} | {middle(ours, 'end_to_end'):.0f} | **{rate:.1f}x** "
            f"| {middle(theirs, 'cpu'):.2f} | {middle(ours, 'cpu'):.2f} | **{cpu:.2f}** "
            f"| {middle(theirs, 'pss'):.0f} | {middle(ours, 'pss'):.0f} |"
        )
    return "\n".join(rows) + "\n"


def machine() -> str:
    """The machine, in words."""
    model = ""
    for line in Path("/proc/cpuinfo").read_text().split("\n"):
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    cores = Path("/proc/cpuinfo").read_text().count("\nprocessor") + 1
    return f"{cores} cores ({model or 'unknown model'}), Linux {platform.release()}, Python {platform.python_version()}"


def save(folder: Path, runs: Runs, extra: dict[str, Any]) -> None:
    """Write table.md, results.json and plot.png into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table.md").write_text(table(runs))
    plain = {load: {who: [vars(f) for f in figures] for who, figures in both.items()} for load, both in runs.items()}
    (folder / "results.json").write_text(json.dumps({"machine": machine(), "runs": plain, **extra}, indent=1))
    plot(folder / "plot.png", runs)


def verdicts(runs: Runs) -> list[str]:
    """Where a load misses a "must" bar: twice the rate, half the CPU, no more memory than Postfix."""
    missed = []
    for load in LOADS:
        both = runs.get(load.name, {})
        if {"postfix", "pymaster"} <= set(both):
            theirs, ours = both["postfix"], both["pymaster"]
            rate = middle(ours, "end_to_end") / middle(theirs, "end_to_end")
            cpu = middle(ours, "cpu") / middle(theirs, "cpu")
            memory = middle(ours, "pss"), middle(theirs, "pss")
            found = [f"rate {rate:.1f}x (must 2x)"] if rate < 2 else []
            found += [f"CPU {cpu:.2f} (must 0.5)"] if cpu > 0.5 else []
            found += [f"PSS {memory[0]:.0f} MB (Postfix {memory[1]:.0f})"] if memory[0] > memory[1] else []
            if found:
                missed.append(f"- {load.name}: " + ", ".join(found))
    return missed


def page(runs: Runs, extra: dict[str, Any]) -> str:
    """docs/benchmarks.md: the run as a page, with what falls short said first."""
    missed = verdicts(runs) or ["- nothing"]
    return PAGE.format(
        machine=machine(),
        table=table(runs),
        missed="\n".join(missed),
        start=", ".join(f"{who} {seconds:.2f} s" for who, seconds in extra["start_seconds"].items()),
        idle=", ".join(f"{who} {mb:.0f} MB" for who, mb in extra["idle_pss_mb"].items()),
        extras=json.dumps({"extras": extra.get("extras"), "idle": extra.get("idle")}, indent=1),
    )


PAGE = """\
# Beside Postfix

Written by `make bench` (`python -m benchmarks.compare --publish`). One run on one machine: {machine}. The loads go to
Debian's Postfix and to pymaster in turn, A B A B, from the same configuration, on the same disk, both durable; figures
are medians. Rates are messages per second, CPU is milliseconds per message of the whole process tree (its cgroup), PSS
the largest sample of the tree. Only the ratios count: machines are shared and noisy.

{table}
![ratios](img/benchmarks.png)

## What misses its bar

{missed}

One session alone waits for the disk: each message needs a commit, and LMDB flushes twice for one (data, then the meta
page), so its rate cannot be far from Postfix's, which flushes once. The memory of the tree hardly grows with load, while Postfix
has a process per client: at 20 clients Postfix is smaller, from 100 clients on it is larger. With 5 MB messages receivers
hold up to 3 MB per session, and their heaps keep the rest until they are trimmed, half a minute later at most.

## Start, and memory at rest

First banner after: {start}. PSS at rest: {idle}.

## Replies, commands, idle connections, hub gaps

`idle` is KB of PSS for each idle SMTP connection; the longest hub gap is the longest time any worker of a service kept its
event loop during all loads.

```json
{extras}
```
"""


def plot(path: Path, runs: Runs) -> None:
    """Ratios to Postfix, load by load: rate (longer is better) and CPU per message (shorter is better)."""
    try:
        import matplotlib
    except ImportError:
        print("no plot: matplotlib is not installed")
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = [load.name for load in LOADS if {"postfix", "pymaster"} <= set(runs.get(load.name, {}))]
    figure, axes = pyplot.subplots(1, 2, figsize=(13, 0.6 * len(names) + 1.8), sharey=True)
    for axis, field, title, bar in (
        (axes[0], "end_to_end", "messages per second, ours / Postfix (must: 2, goal: 5)", (2, 5)),
        (axes[1], "cpu", "CPU per message, ours / Postfix (must: 0.5, goal: 0.25)", (0.5, 0.25)),
    ):
        ratios = [middle(runs[n]["pymaster"], field) / max(middle(runs[n]["postfix"], field), 1e-9) for n in names]
        axis.barh(names, ratios, color="#3b6ea5")
        for place, style in zip(bar, ("-", "--"), strict=True):
            axis.axvline(place, color="#b03030", linestyle=style, linewidth=1)
        for n, ratio in enumerate(ratios):
            axis.text(ratio, n, f" {ratio:.2f}", va="center", fontsize=9)
        axis.set_title(title, fontsize=10)
        axis.invert_yaxis() if field == "end_to_end" else None
    figure.tight_layout()
    figure.savefig(path, dpi=110)
