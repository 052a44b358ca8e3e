import ctypes
import errno
import os
import pwd

import pytest

from pymaster.util import passwd
from pymaster.util.errors import LookupFailed


def test_by_name_and_uid():
    entry = pwd.getpwuid(os.getuid())
    user = passwd.by_name(entry.pw_name.encode())
    assert (user.name, user.uid, user.gid) == (entry.pw_name, entry.pw_uid, entry.pw_gid)
    assert (user.home, user.shell) == (entry.pw_dir, entry.pw_shell)
    assert passwd.by_uid(entry.pw_uid) == user


@pytest.mark.parametrize("name", [b"", b"no-such-user-here", b"a\0root", b"root:x", b"x" * 300, b"\xff\xfe", b"root\n"])
def test_nobody(name):
    assert passwd.by_name(name) is None


def test_no_such_uid():
    assert passwd.by_uid(3_999_999_999) is None


def test_an_ill_directory_is_not_a_no():
    with pytest.raises(LookupFailed):
        passwd._ask(lambda *_: errno.EIO, ctypes.c_char_p(b"x"))
    assert passwd._ask(lambda *_: errno.ENOENT, ctypes.c_char_p(b"x")) is None


def test_the_buffer_grows_and_has_a_bound():
    sizes = []

    def hungry(key, entry, buffer, size, result):
        sizes.append(size.value)
        return errno.ERANGE

    with pytest.raises(LookupFailed):
        passwd._ask(hungry, ctypes.c_char_p(b"x"))
    assert sizes[0] < sizes[-1] <= 1 << 20
