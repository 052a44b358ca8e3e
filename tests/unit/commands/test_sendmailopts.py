"""The command line of sendmail."""

import pytest

from pymaster.commands import sendmailopts
from pymaster.commands.sendmailopts import DAEMON, FLUSH, LIST, MAIL, NEWALIASES, STANDALONE, UsageError, parse


def test_usual_calls() -> None:
    cron = parse(["-FCronDaemon", "-i", "-odi", "-oem", "-oi", "-t", "-f", "root"])
    assert (cron.full_name, cron.keep_dot, cron.extract, cron.sender) == ("CronDaemon", True, True, "root")
    mutt = parse(["-oem", "-oi", "-f", "a@b", "--", "x@y", "-z"])
    assert mutt.recipients == ["x@y", "-z"]
    assert parse(["-ti", "-fa@b"]).sender == "a@b"
    assert parse(["a", "-i", "b"]).recipients == ["a", "b"]


@pytest.mark.parametrize(
    ("words", "mode"),
    [
        (["x"], MAIL), (["-bm", "x"], MAIL), (["-bp"], LIST), (["-bi"], NEWALIASES), (["-I"], NEWALIASES),
        (["-bs"], STANDALONE), (["-bd", "-q30m"], DAEMON), (["-q"], FLUSH), (["-qR@x.test"], FLUSH), (["-bv", "x"], MAIL),
    ],
)  # fmt: skip
def test_modes(words: list[str], mode: str) -> None:
    assert parse(words).mode == mode


def test_values() -> None:
    options = parse(["-N", "success,Failure", "-Rhdrs", "-V", "id1", "-B", "8BITMIME", "-XV", "-bv", "-v", "-qIABC"])
    assert (options.notify, options.ret, options.envid, options.encoding, options.verp) == (6, 2, "id1", "8bit", "+=")
    assert options.flags == sendmailopts.TRACE | sendmailopts.VERIFY_ONLY and options.queue_id == "ABC"
    assert parse(["-qRx.test"]).site == "x.test" and parse(["-oA/etc/x"]).alias_file == "/etc/x"


@pytest.mark.parametrize("words", [["-Am"], ["-bh"], ["-L", "l"], ["-m"], ["-n"], ["-o7"], ["-om"], ["-U"], ["-X", "log"], ["-h", "9"], ["-o", "x", "v"], ["-O", "a=b"], ["-G"], ["-e", "q"]])  # fmt: skip
def test_accepted_without_effect(words: list[str]) -> None:
    assert parse([*words, "a@b"]).recipients[-1] == "a@b"


@pytest.mark.parametrize("words", [["-Nsometimes"], ["-N", "never,delay"], ["-Rx"], ["-V", "\x01"], ["-V", "x" * 101]])
def test_a_bad_dsn_wish_costs_a_warning_and_no_mail(words: list[str]) -> None:
    options = parse([*words, "a@b"])
    assert (options.recipients, options.notify, options.ret, options.envid) == (["a@b"], 0, 0, "")
    assert options.warnings[0].endswith("ignored")


@pytest.mark.parametrize(
    "words", [["-z"], ["-f"], ["-bz"], ["-Bx"], ["-qSx"], ["-oA"], ["-XVabc"]]
)  # fmt: skip
def test_refused(words: list[str]) -> None:
    with pytest.raises(UsageError):
        parse(words)
