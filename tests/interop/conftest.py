"""One mail system for the tests of mail programs, with a user of their own for each test."""

from collections.abc import Iterator

import pytest
from people import HOST, Person
from reading import Reading

from tests.certs import certificate

# More users than tests.
MAILDIRS = tuple(f"m{n}" for n in range(100))
MBOXES = tuple(f"b{n}" for n in range(100))


@pytest.fixture(scope="session")
def reading() -> Iterator[Reading]:
    """The mail system; what it takes may be large."""
    limits = {"message_size_limit": "60000000", "virtual_mailbox_limit": "0", "auth_failure_delay": "0"}
    mail = Reading(MAILDIRS, MBOXES, limits)
    (mail.base / "chain.pem").write_text(certificate(HOST).read_text())
    with mail:
        yield mail


@pytest.fixture(scope="session")
def names() -> dict[str, Iterator[str]]:
    """The users that no test had yet."""
    return {"maildir": iter(MAILDIRS), "mbox": iter(MBOXES)}


@pytest.fixture
def person(reading: Reading, names: dict[str, Iterator[str]]) -> Person:
    """A user with a Maildir."""
    return Person(reading, next(names["maildir"]))


@pytest.fixture
def mbox_person(reading: Reading, names: dict[str, Iterator[str]]) -> Person:
    """A user with an mbox."""
    return Person(reading, next(names["mbox"]))


@pytest.fixture(params=["maildir", "mbox"])
def anyone(request: pytest.FixtureRequest, reading: Reading, names: dict[str, Iterator[str]]) -> Person:
    """A user with a Maildir, and one with an mbox."""
    return Person(reading, next(names[request.param]))
