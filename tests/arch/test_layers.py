"""The house's layers hold: a module imports only lower layers or its own package, and some imports have one home."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RANK = {
    "util": 0,
    "config": 1,
    "proto": 1,
    "model": 2,
    "tables": 3,
    "rules": 3,
    "store": 3,
    "runtime": 4,
    "dialog": 4,
    "deliver": 4,
    "server": 5,
    "commands": 5,
}
MASTER_MAY = {"util", "config", "model", "master"}
GREEN = {"runtime", "server"}
PURE = {"proto", "rules", "model"}
MODULES = sorted((ROOT / "pymaster").rglob("*.py"))
SERVICES = sorted((ROOT / "services").glob("*.py"))


def imports(path: Path) -> list[tuple[str, int]]:
    """Every imported module name with its line; imports under `if TYPE_CHECKING` count too."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found += [(f"{node.module}.{alias.name}", node.lineno) for alias in node.names]
    return found


def package_of(path: Path) -> str:
    parts = path.relative_to(ROOT / "pymaster").parts
    return parts[0] if len(parts) > 1 else ""


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    package = package_of(path)
    if not package:
        return
    for name, line in imports(path):
        parts = name.split(".")
        if parts[0] != "pymaster" or len(parts) < 2 or parts[1] == "__version__":
            continue
        target = parts[1]
        where = f"{path.relative_to(ROOT)}:{line} imports {name}"
        if package == "master":
            assert target in MASTER_MAY, where
            assert target != "model" or parts[2:3] == ["control"], where
        elif target != package:
            assert target != "master" or package == "commands", where
            assert target == "master" or RANK[target] < RANK[package] or package == "commands", where


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_gevent_and_engines_have_one_home(path: Path) -> None:
    package = package_of(path)
    for name, line in imports(path):
        top = name.split(".")[0]
        where = f"{path.relative_to(ROOT)}:{line} imports {name}"
        if top == "gevent":
            assert package in GREEN, where
        if top == "lmdb":
            assert package in {"store", "tables"}, where
        if top in {"socket", "ssl", "select", "selectors"}:
            assert package not in PURE, where
        if top in {"pickle", "marshal", "shelve", "yaml"}:
            raise AssertionError(where)
        if package == "master":
            assert top not in {"gevent", "lmdb", "msgpack"}, where


@pytest.mark.parametrize("path", SERVICES, ids=lambda p: p.name)
def test_services_never_import_each_other(path: Path) -> None:
    for name, line in imports(path):
        top = name.split(".")[0]
        assert top != "services", f"{path.name}:{line}"
        assert not name.startswith("pymaster.master"), f"{path.name}:{line}"
