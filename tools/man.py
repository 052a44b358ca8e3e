"""man - writes docs/man/NAME.8.md from the docstrings of the programs in services/.

Run from the checkout: `python -m tools.man`. With `--check` it only says whether the files are up to date.
"""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def page(path: Path) -> str:
    """The manual page of one program as Markdown."""
    text = ast.get_docstring(ast.parse(path.read_text())) or ""
    out = [f"# {path.stem}(8)", ""]
    for line in text.split("\n"):
        if line and not line.startswith(" ") and line.isupper():
            out += [f"## {line.capitalize()}", ""]
        else:
            out.append(line.removeprefix("    "))
    return "\n".join(out).rstrip() + "\n"


def main() -> int:
    """Write or check every page; 1 if `--check` finds one out of date."""
    check = "--check" in sys.argv[1:]
    stale = []
    for path in sorted((ROOT / "services").glob("*.py")):
        target = ROOT / "docs" / "man" / f"{path.stem}.8.md"
        wanted = page(path)
        if check:
            if not target.exists() or target.read_text() != wanted:
                stale.append(target.name)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(wanted)
    if stale:
        print("out of date, run `python -m tools.man`: " + ", ".join(stale))
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
