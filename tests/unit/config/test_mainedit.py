"""main.cf edited: places and comments stay."""

from pymaster.config import mainedit

TEXT = "# c\na = 1,\n   # in\n   2\n\nb = 3\na = 4\n"


def test_assign() -> None:
    assert mainedit.assign(TEXT, {"a": "9", "new": "x y"}) == "# c\na = 9\n   # in\n\nb = 3\nnew = x y\n"


def test_remove_and_comment() -> None:
    assert mainedit.remove(TEXT, {"a", "none"}) == "# c\n   # in\n\nb = 3\n"
    assert mainedit.comment(TEXT, {"b"}) == "# c\na = 1,\n   # in\n   2\n\n#b = 3\na = 4\n"
