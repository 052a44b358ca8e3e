"""mailreport - the figures of `mailboxes` as a table, a page and a plot: medians, and ratios to Dovecot in the same run."""

import statistics
from pathlib import Path
from typing import Any

from benchmarks.report import machine

Results = dict[str, list[dict[str, Any]]]
# What is better when it is more.
RATES = ("sessions/s", "logins/s")
# The bars: figure, to be compared with which server, and how many times its figure ours may be (for rates: must be).
BARS = (
    ("sessions/s", "dovecot", 1.0),
    ("warm FLAGS", "dovecot", 1.5),
    ("warm ENVELOPE", "dovecot", 1.5),
    ("first ENVELOPE after delivery", "dovecot", 1.0),
    ("idle KB/connection", "dovecot", 0.2),
)
HUB = 100.0


def median(runs: list[dict[str, Any]], key: str) -> float:
    """The middle of several runs."""
    return float(statistics.median([run[key] for run in runs]))


def keys(results: Results) -> list[str]:
    """Names of the figures, in the order in which they were measured."""
    return [key for key, value in next(iter(results.values()))[0].items() if isinstance(value, int | float)]


def table(results: Results) -> str:
    """Medians side by side, with the ratio of ours to each other server's."""
    names = list(results)
    others = [name for name in names if not name.startswith("pymaster")]
    ours = next((name for name in names if name.startswith("pymaster")), "")
    head = ["what", *names, *([f"ours / {name}" for name in others] if ours else [])]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for key in keys(results):
        cells = [f"{median(results[name], key):.2f}" for name in names]
        if ours:
            mine = median(results[ours], key)
            cells += [f"{mine / max(median(results[name], key), 1e-9):.2f}" for name in others]
        lines.append(f"| {key} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def gaps(results: Results) -> dict[str, float]:
    """The longest time a hub was kept, over all runs, by kind of process (ms)."""
    worst: dict[str, float] = {}
    for runs in results.values():
        for run in runs:
            for name, value in run.get("hub gaps ms", {}).items():
                kind = {"auth:unix": "authd", "mailbox:unix": "mailboxd"}.get(name, name)
                kind = "login stages" if kind.endswith(":inet") else kind
                worst[kind] = max(worst.get(kind, 0.0), value)
    return worst


def verdicts(results: Results) -> list[str]:
    """One line for each bar."""
    ours = next((name for name in results if name.startswith("pymaster")), "")
    lines = []
    for key, other, bar in BARS:
        if not ours or other not in results:
            continue
        ratio = median(results[ours], key) / max(median(results[other], key), 1e-9)
        good = ratio >= bar if key in RATES else ratio <= bar
        word = "at least" if key in RATES else "at most"
        lines.append(f"- {key}: {ratio:.2f} of {other}'s, to be {word} {bar}: {'met' if good else 'NOT met'}")
    for kind, value in gaps(results).items():
        lines.append(
            f"- longest hub gap, {kind}: {value:.0f} ms, to be under {HUB:.0f}: {'met' if value < HUB else 'NOT met'}"
        )
    return lines


def page(results: Results, rounds: int) -> str:
    """docs/benchmarks-mailboxes.md."""
    return f"""# POP3 and IMAP beside Dovecot

`python -m benchmarks.mailboxes` on {machine()}: one folder of Maildirs (10,000 messages of 2 to 6 KB, and ten small ones), each
server in turn, {rounds} rounds, medians. Only ratios within this run mean anything. `dovecot` is Debian's 2.3 as it comes (a process
for each login and session), `dovecot reuse` with processes used again, as its manual advises for speed.

FETCH figures are microseconds per message: `warm` on one connection, the best of three; `new process` with the index on disk;
`first` with nothing on disk but the mail; `first ENVELOPE after delivery` by the first client after 10,000 messages were delivered as
virtual(8) does (which gives our index their digests). A session is login, SELECT, FETCH of 20, FETCH of a body, STORE, in one of
four an APPEND, LOGOUT; ten clients.

{table(results)}

{chr(10).join(verdicts(results))}

![ratios to Dovecot](img/mailboxes.png)
"""


def plot(path: Path, results: Results) -> None:
    """Ratios as bars on a logarithmic scale: to the right of 1 is better than Dovecot."""
    ours = next((name for name in results if name.startswith("pymaster")), "")
    others = [name for name in results if not name.startswith("pymaster")]
    if not ours or not others:
        return
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = keys(results)
    figure, axes = pyplot.subplots(figsize=(9, 0.36 * len(names) + 1.2))
    height = 0.8 / len(others)
    for number, other in enumerate(others):
        ratios = []
        for key in names:
            mine, theirs = max(median(results[ours], key), 1e-9), max(median(results[other], key), 1e-9)
            ratios.append(mine / theirs if key in RATES else theirs / mine)
        axes.barh(
            [at + number * height for at in range(len(names))], [r - 1 for r in ratios], height, left=1, label=other
        )
    axes.set_xscale("log")
    axes.axvline(1, color="black", linewidth=1)
    axes.set_yticks([at + 0.4 - height / 2 for at in range(len(names))], names)
    axes.invert_yaxis()
    axes.set_xlabel("times better than (right of the line) or worse than Dovecot")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
