"""Which engine runs a pattern."""

import pytest

from pymaster.tables import engine_pcre2, engine_re
from pymaster.tables.engine import MAX_PATTERN, BadPattern, compile_pattern


def test_pcre2_where_there_is_one() -> None:
    made = compile_pattern(b"a(b)", frozenset("i"))
    assert isinstance(made, engine_pcre2.Pcre2Pattern if engine_pcre2.available() else engine_re.RePattern)


def test_python_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_pcre2, "available", lambda: False)
    assert isinstance(compile_pattern(b"a(b)", frozenset("i")), engine_re.RePattern)


def test_huge_pattern() -> None:
    with pytest.raises(BadPattern):
        compile_pattern(b"a" * (MAX_PATTERN + 1), frozenset())
