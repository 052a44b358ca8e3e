"""Every module has a test at the mirrored path; the exceptions say where they are tested instead."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = [p for p in sorted((ROOT / "pymaster").rglob("*.py")) if p.name != "__init__.py"]
# Declarations without logic are tested together by the registry's test.
ELSEWHERE = ("pymaster/config/params/",)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_has_a_test(path: Path) -> None:
    inner = path.relative_to(ROOT / "pymaster")
    if str(path.relative_to(ROOT)).startswith(ELSEWHERE):
        return
    mirror = ROOT / "tests" / "unit" / inner.parent / f"test_{inner.name}"
    assert mirror.exists(), f"{mirror.relative_to(ROOT)} is missing"
