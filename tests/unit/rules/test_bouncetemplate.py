"""Templates of notifications."""

from pathlib import Path

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.rules.bouncetemplate import defaults, expand, load, parse
from pymaster.util.errors import ConfigError

FILE = """# words
failure_template = <<END
Charset: iso-8859-1
Subject: Sorry
From: MAILER-DAEMON (The Machine)

Mail at $myhostname failed; $$5.
END

delay_template = <<EOF
Late by $delay_warning_time_minutes of ${maximal_queue_lifetime_weeks}.
EOF
"""


def test_parse_and_expand() -> None:
    found = parse(FILE, "bounce.cf")
    assert (found["failure"].subject, found["failure"].charset) == ("Sorry", "iso-8859-1")
    assert found["success"] == defaults()["success"]
    snapshot = Snapshot.from_text("myhostname = h.example\ndelay_warning_time = 2h\nmaximal_queue_lifetime = 2w\n")
    assert expand(found["failure"].text, snapshot) == "Mail at h.example failed; $5.\n"
    assert expand(found["delay"].text, snapshot) == "Late by 120 of 2.\n"


@pytest.mark.parametrize(
    "text",
    [
        "x\n",
        "foo_template = <<EOF\nEOF\n",
        "failure_template = <<EOF\nno end\n",
        "failure_template = <<EOF\nSubject: x\nEOF\n",
    ],
)
def test_errors_name_the_line(text: str) -> None:
    with pytest.raises(ConfigError, match=r"bounce\.cf, line 1"):
        parse(text, "bounce.cf")


def test_load(tmp_path: Path) -> None:
    (tmp_path / "b.cf").write_text(FILE)
    assert load(Snapshot.from_text(f"bounce_template_file = {tmp_path}/b.cf\n"))["failure"].subject == "Sorry"
    assert load(Snapshot.from_text("")) == defaults()
    with pytest.raises(ConfigError):
        load(Snapshot.from_text("bounce_template_file = /nonexistent\n"))
