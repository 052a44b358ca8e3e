"""What is generated from the code is up to date."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("tool", ["tools.man", "tools.postconf_doc"])
def test_generated_pages_are_up_to_date(tool: str) -> None:
    done = subprocess.run([sys.executable, "-m", tool, "--check"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_path_of_a_machine_is_in_the_tree() -> None:
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    for name in files:
        path = ROOT / name
        if name and path.suffix in (".py", ".md", ".toml", ".cf", ".txt", "") and path.is_file():
            text = path.read_text(errors="replace")
            assert "/" + "work/" not in text, name
