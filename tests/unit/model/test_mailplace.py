"""A mail place travels as one row."""

import pytest

from pymaster.model.mailplace import MailPlace
from pymaster.util.record import BadRecord


def test_it_comes_back_as_it_was() -> None:
    place = MailPlace("u", 1, 2, "/h", "maildir", "/h/Maildir", "/h/Maildir", quota="storage=5")
    assert MailPlace.unpack(place.pack()) == place and place.separator == "."


def test_hostile_bytes_are_no_place() -> None:
    with pytest.raises(BadRecord):
        MailPlace.unpack(b"\x92\x42\x01")
