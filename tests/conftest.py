"""Shared by all tests: the checkout on the path, whatever the working directory, and the system tests' harness."""

import importlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
for path in (str(ROOT), str(ROOT / "tests" / "system"), str(ROOT / "tests" / "interop")):
    if path not in sys.path:
        sys.path.insert(0, path)
importlib.invalidate_caches()
