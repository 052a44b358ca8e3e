"""Without a policy client every question is a failure, never a permission."""

import pytest

from pymaster.rules.access.tools import no_policy
from pymaster.util.errors import LookupFailed


def test_no_policy() -> None:
    with pytest.raises(LookupFailed, match="no client for unix:p"):
        no_policy("unix:p")([])
