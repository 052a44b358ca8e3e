import pytest

from pymaster.deliver import pipeargs
from pymaster.util.errors import Fatal


def line(text):
    return pipeargs.parse(text.split(" "), "mda")


def test_attributes():
    made = line(
        r"flags=DRhu user=vmail:mail directory=/d chroot=/c eol=\r\n null_sender= size=100 argv=/bin/x -f ${sender}"
    )
    assert (made.flags, made.user, made.directory, made.chroot) == ("DRhu", "vmail:mail", "/d", "/c")
    assert (made.eol, made.null_sender, made.size) == (b"\r\n", "", 100)
    assert made.argv == ["/bin/x", "-f", "${sender}"]
    assert line("user=x argv=/bin/y").null_sender == "MAILER-DAEMON"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("argv=/bin/x", "missing user="),
        ("user=x", "missing argv="),
        ("user=x size=1k argv=y", "bad size="),
        ("usr=x argv=y", "unknown attribute: usr=x"),
        ("user=x argv=y ${nope}", "unknown macro nope"),
        ("user=x argv=y $", "bad command-line macro"),
        ("user=x argv=y ${}", "bad command-line macro"),
    ],
)
def test_bad_lines(text, words):
    with pytest.raises(Fatal, match=words.replace("$", r"\$")):
        line(text)


def test_braces():
    made = pipeargs.parse(["user=x", "argv=/bin/sh", "-c", "{ echo $$x }"], "s")
    assert made.argv[2] == "echo $$x"
    assert pipeargs.expand(made, {}, []) == [b"/bin/sh", b"-c", b"echo $x"]


def test_recipients_multiply_arguments():
    made = line("user=x argv=/bin/x -f ${sender} -- $recipient <$(user)-${extension}> $nexthop")
    each = [
        {"recipient": b"a+1@x", "user": b"a", "extension": b"1"},
        {"recipient": b"b@x; rm -rf /", "user": b"b", "extension": b""},
    ]
    assert pipeargs.expand(made, {"sender": b"", "nexthop": b"n"}, each) == [
        b"/bin/x", b"-f", b"", b"--", b"a+1@x", b"b@x; rm -rf /", b"<a-1>", b"<b->", b"n",
    ]  # fmt: skip


def test_a_nul_cannot_end_an_argument():
    made = line("user=x argv=y $sender")
    assert pipeargs.expand(made, {"sender": b"a\0b"}, []) == [b"y", b"a?b"]


def test_escapes():
    assert pipeargs.unescape(r"\a\b\f\n\r\t\v\\\101\0x\q") == b"\a\b\f\n\r\t\v\\A\0xq"
