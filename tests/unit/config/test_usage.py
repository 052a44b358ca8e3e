"""Names that mean something, and the warnings about the others."""

from pymaster.config import maincf, mastercf, usage

MASTER = "relay unix - - n - - smtp -o mine=$other -o syslog_name=x/$missing\n"


def warnings(main: str, master: str = MASTER) -> list[str]:
    return usage.examine(maincf.parse(main, "main.cf"), {}, mastercf.entries(master), "master.cf").warnings


def test_unused_and_undefined() -> None:
    main = "foo = bar\nrelay_destination_rate_delay = 1\nmydestination = $used $nosuch\nused = $inner\ninner = 1\n"
    assert sorted(warnings(main)) == [
        "main.cf: undefined parameter: nosuch",
        "main.cf: unused parameter: foo=bar",
        "master.cf: undefined parameter: missing",
        "master.cf: undefined parameter: other",
        "master.cf: unused parameter: mine=$other",
    ]


def test_restriction_classes_and_tables() -> None:
    main = (
        "smtpd_restriction_classes = grey\ngrey = check_policy_service unix:x\n"
        "alias_maps = ldap:accounts, proxy:mysql:users\naccounts_server_host = h\nusers_query = q\naccounts_typo = 1\n"
    )
    assert warnings(main, "") == ["main.cf: unused parameter: accounts_typo=1"]


def test_classes_of_names() -> None:
    found = usage.examine(maincf.parse("mydestination = $x\nx = 1\n"), {}, mastercf.entries(MASTER), "master.cf")
    assert "x" in found.user
    assert "relay_recipient_limit" in found.service
