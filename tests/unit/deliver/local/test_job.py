from pymaster.deliver.local.job import Attributes
from pymaster.deliver.rights import Rights


def test_an_address_is_taken_apart():
    at = Attributes(b"", b"s").at(b"Joe+Work@H.example", "+", True)
    assert (at.local, at.user, at.delimiter, at.extension, at.domain) == (
        b"joe+work",
        b"joe",
        b"+",
        b"work",
        b"h.example",
    )
    assert at.level == 1
    assert at.at(b"a@b", "+", True).level == 2


def test_a_slash_in_an_extension_is_dropped():
    at = Attributes(b"", b"s").at(b"joe+a/../b@h", "+", True)
    assert (at.user, at.extension) == (b"joe", b"")


def test_special_names_are_not_split():
    assert Attributes(b"", b"").at(b"owner-list@h", "-", True).user == b"owner-list"
    assert Attributes(b"", b"").at(b"mailer-daemon@h", "-", True).user == b"mailer-daemon"
    assert Attributes(b"", b"").at(b"owner-list@h", "-", False).user == b"owner"


def test_names_for_expansion():
    at = Attributes(b"", b"s").at(b"joe+x@h.example", "+", True)
    values = at.values(Rights(1, 1, "joe", "/home/joe", "/bin/sh"))
    assert values == {
        "user": "joe",
        "local": "joe+x",
        "domain": "h.example",
        "recipient": "joe+x@h.example",
        "extension": "x",
        "recipient_delimiter": "+",
        "home": "/home/joe",
        "shell": "/bin/sh",
    }
    plain = Attributes(b"", b"s").at(b"joe@h.example", "+", True).values(None)
    assert plain["extension"] == plain["recipient_delimiter"] == "" and "home" not in plain


def test_duplicates_are_remembered_up_to_a_limit(site):
    agent = site.local("duplicate_filter_limit = 2")
    from pymaster.deliver.local.job import Job

    job = Job(agent.tools, site.request(b"joe@h.example"), None, 0, frozenset(), None, None)
    assert [job.first(str(n)) for n in (1, 2, 3, 1, 2, 3)] == [True, True, True, False, False, True]
    agent.close()
