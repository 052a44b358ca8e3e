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
