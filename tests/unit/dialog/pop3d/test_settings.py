"""Parameters to settings: forms of unique ids, keywords, words that are none."""

import pytest

from pymaster.config.params.pop3d import Pop3dParams
from pymaster.dialog.pop3d.settings import Settings
from pymaster.util.errors import Fatal

DEFAULTS = {
    "pop3_client_workarounds": "", "pop3_deleted_flag": "", "pop3_enable_last": False, "pop3_lock_session": False,
    "pop3_no_flag_updates": False, "pop3_uidl_duplicates": "rename", "pop3_uidl_format": "dovecot",
    "pop3_utf8_fallback": "downgrade", "pop3d_timeout": 600.0,
}  # fmt: skip


def made(**values: object) -> Settings:
    return Settings.of(Pop3dParams({**DEFAULTS, **values}))


def test_defaults() -> None:
    assert made() == Settings()


def test_values() -> None:
    found = made(
        pop3_client_workarounds="outlook-no-nuls, oe-ns-eoh", pop3_deleted_flag="$POP3Deleted", pop3_uidl_format="uw",
        pop3_uidl_duplicates="allow", pop3d_timeout=700.0, pop3_lock_session=True,
    )  # fmt: skip
    assert found.workarounds == {"outlook-no-nuls", "oe-ns-eoh"}
    assert found.deleted_flag == b"$POP3Deleted"
    assert found.uidl is not None and found.uidl.value(1, 2) == b"0000000200000001"
    assert (found.rename_duplicates, found.timeout, found.lock_session) == (False, 700.0, True)


@pytest.mark.parametrize("form", ["%08Xu%08Xv", "Dovecot"])
def test_the_stores_own_form_needs_no_work(form: str) -> None:
    assert made(pop3_uidl_format=form).uidl is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pop3_uidl_format", "%v"), ("pop3_deleted_flag", "a b"), ("pop3_deleted_flag", "\\Deleted"),
        ("pop3_deleted_flag", "x" * 51), ("pop3_client_workarounds", "tb-extra"), ("pop3_uidl_duplicates", "maybe"),
        ("pop3_utf8_fallback", "yes"),
    ],
)  # fmt: skip
def test_what_cannot_be(name: str, value: str) -> None:
    with pytest.raises(Fatal, match=name):
        made(**{name: value})
