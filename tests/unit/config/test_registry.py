"""The registry: every parameter once, with a default that its own rules accept."""

import subprocess
import sys
from pathlib import Path

import pytest

from pymaster.config import registry
from pymaster.config.param import Params
from pymaster.config.snapshot import Snapshot

CLASSES = registry.classes()


def test_every_name_is_declared_once() -> None:
    seen: dict[str, type[Params]] = {}
    for cls in CLASSES:
        for name in cls.DECLARED:
            assert name not in seen, f"{name} in {cls.__name__} and {seen[name].__name__}"
            seen[name] = cls
    assert len(seen) > 850


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_defaults_are_valid(cls: type[Params]) -> None:
    made = Snapshot.from_text()[cls]
    for item in cls.DECLARED.values():
        assert hasattr(made, item.attribute)


@pytest.mark.parametrize("name", list(registry.everything()))
def test_a_parameter_with_effect_is_documented(name: str) -> None:
    item = registry.everything()[name]
    assert item.doc or not item.effect


def test_find() -> None:
    found = registry.find("2bounce_notice_recipient")
    assert found is not None
    assert found.default == "postmaster"
    assert registry.find("no_such_parameter") is None


def test_the_manual_is_up_to_date() -> None:
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, "tools/postconf_doc.py", "--check"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
