import pytest

from pymaster.store.passdb import crypt


@pytest.mark.parametrize(
    ("password", "stored"),
    [  # vectors of Ulrich Drepper's specification and of crypt_blowfish
        (
            b"Hello world!",
            b"$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
        ),
        (b"Hello world!", b"$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"),
        (b"U*U", b"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    ],
)
def test_known_hashes(password: bytes, stored: bytes) -> None:
    assert crypt.crypt(password, stored) == stored
    assert crypt.crypt(password + b"x", stored) != stored


@pytest.mark.parametrize("prefix", [b"$6$", b"$5$", b"$2y$", b"$y$"])
def test_fresh_settings(prefix: bytes) -> None:
    one, two = crypt.setting(prefix), crypt.setting(prefix)
    assert one != two and one.startswith(prefix)
    assert crypt.crypt(b"pw", one).startswith(one)


def test_what_is_no_setting() -> None:
    for bad in (b"", b"*0", b"$9$x$", b"!"):
        with pytest.raises(crypt.Unavailable):
            crypt.crypt(b"pw", bad)
    with pytest.raises(crypt.Unavailable):
        crypt.setting(b"$nope$")
