from pymaster.store.passdb.apppasswords import AppPasswords
from pymaster.store.passdb.contract import Backend, Found
from pymaster.store.passdb.pam import Pam
from pymaster.store.passdb.passwdfile import PasswdFile
from pymaster.store.passdb.static import Static
from pymaster.store.passdb.system import System


def test_the_back_ends_have_its_shape() -> None:
    made: list[Backend] = [PasswdFile("/x"), Static("{PLAIN}x"), System(), AppPasswords("/x"), Pam()]
    assert [item.needs_root for item in made] == [False, False, False, False, True]


def test_found_has_fields_of_its_own() -> None:
    one = Found("ok")
    one.fields["a"] = "b"
    assert Found("ok").fields == {}
