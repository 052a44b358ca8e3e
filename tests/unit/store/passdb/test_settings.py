from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.store.passdb.settings import load, parse
from pymaster.util.errors import ConfigError

KNOWN = frozenset(("driver", "connect"))


def test_parse() -> None:
    text = "# comment\ndriver = sqlite\n\nconnect =\ta b\n  # and\n  c = d \r\n"
    assert parse(text, "f", KNOWN) == {"driver": "sqlite", "connect": "a b c = d"}


def test_mistakes_name_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="f, line 2: unknown setting nope"):
        parse("driver = x\nnope = y", "f", KNOWN)
    with pytest.raises(ConfigError, match="f, line 1: expected"):
        parse("driver", "f", KNOWN)
    with pytest.raises(ConfigError, match="No such file"):
        load(str(tmp_path / "x"), KNOWN)


@given(st.text(max_size=100))
def test_any_text(text: str) -> None:
    try:
        parse(text, "f", KNOWN)
    except ConfigError:
        return
