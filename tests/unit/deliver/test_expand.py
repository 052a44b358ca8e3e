import pytest

from pymaster.deliver.expand import clean, expand
from pymaster.util.errors import ConfigError

VALUES = {"user": "joe", "extension": "", "home": "/home/joe", "domain": "h;x"}


@pytest.mark.parametrize(
    ("text", "made", "missing"),
    [
        ("$home/.forward", "/home/joe/.forward", False),
        ("${home}/.forward${recipient_delimiter}${extension}", "/home/joe/.forward", True),
        ("$(user)", "joe", False),
        ("${extension?-a $extension}x", "x", False),
        ("${extension:none}", "none", False),
        ("${user?{u=$user}:{nobody}}", "u=joe", False),
        ("${{$user} == {joe} ? {yes} : {no}}", "yes", False),
        ("$$x", "$x", False),
        ("$domain", "h_x", False),
    ],
)
def test_expand(text, made, missing):
    found = expand(text, VALUES, "abcdefghijklmnopqrstuvwxyz/.")
    assert (found.text, found.missing) == (made, missing)


def test_without_filter():
    assert expand("$domain", VALUES).text == "h;x"


def test_bad_syntax():
    for text in ("${", "$", "${user?{x}"):
        with pytest.raises(ConfigError):
            expand(text, VALUES)


def test_clean():
    assert clean("a`b$(c)\nd\u00e9", "abcd") == "a_b__c__d_"
    assert clean("a]^-\\", "a]^-\\") == "a]^-\\"
    assert clean("ab\n", "") == "___"
