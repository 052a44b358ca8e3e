import pytest

from pymaster.deliver import sysexits


@pytest.mark.parametrize(
    ("code", "output", "word", "dsn", "reason"),
    [
        (67, b"", "bounced", "5.1.1", "user unknown"),
        (75, b"later\nplease\n", "deferred", "4.3.0", "temporary failure. Command output: later please"),
        (77, b"", "bounced", "5.7.0", "permission denied"),
        (73, b"", "bounced", "5.2.0", "can't create user output file"),
        (69, b"", "bounced", "5.3.0", "service unavailable"),
        (71, b"", "deferred", "4.3.0", "system resource problem"),
        (65, b"", "bounced", "5.6.0", "data format error"),
        (78, b"", "bounced", "5.3.5", "local configuration error"),
        (3, b"oops", "bounced", "5.3.0", 'Command died with status 3: "cmd x". Command output: oops'),
        (-9, b"", "deferred", "4.3.0", 'Command died with signal 9: "cmd x"'),
        (1, b"4.2.2 mailbox full", "deferred", "4.2.2", "mailbox full"),
        (75, b"5.7.1 go away\n", "bounced", "5.7.1", "go away"),
        (75, b"2.0.0 fine", "deferred", "4.3.0", "temporary failure. Command output: 2.0.0 fine"),
        (75, b"4.3000.1 x", "deferred", "4.3.0", "temporary failure. Command output: 4.3000.1 x"),
    ],
)
def test_failures(code, output, word, dsn, reason):
    made = sysexits.failure("cmd x", code, output)
    assert (made.word, made.dsn, made.reason) == (word, dsn, reason)


def test_time_limit():
    made = sysexits.failure("cmd", -9, b"", late=True)
    assert (made.word, made.reason) == ("bounced", 'Command time limit exceeded: "cmd"')


def test_output_is_harmless():
    made = sysexits.failure("c\nmd", 3, b"a\x1b[31m\nQ: to=<x>, status=sent\0" + b"z" * 5000)
    assert "\n" not in made.reason and "\x1b" not in made.reason and len(made.reason) < 2200
