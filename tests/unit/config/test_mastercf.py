"""master.cf: fields, defaults, options, errors."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.config import mastercf
from pymaster.util.errors import ConfigError


def one(text: str) -> mastercf.ServiceLine:
    (service,) = mastercf.parse(text)
    return service


def test_defaults() -> None:
    service = one("relay unix - - - - - smtp\n")
    assert (service.private, service.unprivileged, service.chroot) == (True, True, False)
    assert (service.wakeup, service.wakeup_lazy, service.maxproc) == (0, False, 100)
    assert mastercf.parse("a unix - - - - - x", chroot=True, maxproc=7)[0].chroot
    assert mastercf.parse("a unix - - - - - x", chroot=True, maxproc=7)[0].maxproc == 7


def test_every_field() -> None:
    service = one("127.0.0.1:25 inet n n y 30? 1 smtpd\n")
    assert service == mastercf.ServiceLine("127.0.0.1:25", "inet", False, False, True, 30, True, 1, "smtpd", line=1)


def test_options() -> None:
    text = "smtp inet n - n - 0 smtpd -vv -Dv\n -o a=b -o { c = d e }\n # comment\n -of=g -o { h = }\n -o a=last { x y } z\n"
    service = one(text)
    assert service.overrides == {"a": "last", "c": "d e", "f": "g", "h": ""}
    assert service.args == ["x y", "z"]
    assert (service.verbose, service.debug, service.line) == (3, True, 1)


def test_pipe_arguments_stay_whole() -> None:
    service = one("m unix - n n - - pipe\n flags=R user=v argv=/bin/m -o x -v ${recipient}\n")
    assert service.args == ["flags=R", "user=v", "argv=/bin/m", "-o", "x", "-v", "${recipient}"]
    assert service.overrides == {}


def test_last_definition_wins() -> None:
    services = mastercf.parse("a unix - - - - 1 x\nb unix - - - - 1 x\na unix - - - - 2 y\na inet n - - - 3 z\n")
    assert [(s.name, s.type, s.program) for s in services] == [
        ("b", "unix", "x"),
        ("a", "unix", "y"),
        ("a", "inet", "z"),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("smtp inet n - - - -", "bad field count"),
        ("smtp foo n - - - - x", 'invalid type field "foo"'),
        ("smtp inet q - - - - x", 'invalid private field "q"'),
        ("smtp unix n q - - - x", 'invalid unprivileged field "q"'),
        ("smtp unix n - Y - - x", 'invalid chroot field "Y"'),
        ("smtp unix n - - 5?? - x", 'invalid wakeup field "5?"'),
        ("smtp unix n - - - -1 x", 'invalid process_limit field "-1"'),
        ("smtp unix n - - - 99999999999 x", "invalid process_limit field"),
        ("smtp inet - - - - - x", "inet service cannot be private"),
        ("smtp unix n - - - - ../x", "must be a file name"),
        ("smtp unix n - - - - x -o", "option -o needs name=value"),
        ("smtp unix n - - - - x -o a", "missing '=' after attribute name"),
        ("smtp unix n - - - - x { a", "missing '}'"),
        ("smtp unix n - - - - x -o {a=b}c", "syntax error after '}'"),
    ],
)
def test_errors_name_file_and_line(line: str, message: str) -> None:
    with pytest.raises(ConfigError, match=r"^m, line 2: ") as caught:
        mastercf.parse(f"# first\n{line}\n", "m")
    assert message in str(caught.value)


def test_leading_blank_warns() -> None:
    warnings: list[str] = []
    assert mastercf.entries(" a unix - - - - - x\n", "m", warnings) == []
    assert warnings == ['m, line 1: logical line must not start with whitespace: " a unix - - - - - x"']


def test_load(tmp_path: Path) -> None:
    path = tmp_path / "master.cf"
    path.write_text("a unix - - - - - x\n")
    assert mastercf.load(str(path))[0].name == "a"


def test_check() -> None:
    mastercf.check(["a", "unix", "-", "-", "-", "-", "-", "x"])
    with pytest.raises(ConfigError):
        mastercf.check(["a", "unux", "-", "-", "-", "-", "-", "x"])


@given(st.text(alphabet="abyn-o {}=?#\n\t/.v0159", max_size=120))
def test_garbage_is_only_ever_a_config_error(text: str) -> None:
    try:
        mastercf.parse("a unix - - - - - x " + text)
    except ConfigError:
        return


def test_what_readers_need_is_implied_unless_it_is_there() -> None:
    assert mastercf.implied(mastercf.parse("smtp inet n - n - - smtpd")) == []
    found = mastercf.implied(mastercf.parse("imap inet n - n - - imapd"))
    assert [(line.name, line.program, line.unprivileged) for line in found] == [
        ("mailbox", "mailboxd", False), ("auth", "authd", True),
    ]  # fmt: skip
    lines = mastercf.parse(
        "pop3 inet n - n - - /usr/libexec/pop3d.py\nauth unix - - n - - authd\nmailbox unix - n n - - mailboxd"
    )
    assert mastercf.implied(lines) == []
    assert [
        line.name for line in mastercf.implied(mastercf.parse("imap inet n - n - - imapd\nauth unix - - n - - other"))
    ] == ["mailbox"]
