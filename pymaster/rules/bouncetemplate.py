"""bouncetemplate - the words of notifications, built in or from bounce_template_file (bounce(5)).

A file holds `NAME = <<EOF` blocks; a block begins with optional headers (Charset, From, Subject, Postmaster-Subject),
then an empty line, then text in which `$name` is expanded. `$delay_warning_time_hours`, `$maximal_queue_lifetime_days`
and their like are those parameters in that unit.
"""

import re
from dataclasses import dataclass

from pymaster.config.params.qmgr import QmgrParams
from pymaster.config.snapshot import Snapshot
from pymaster.util.errors import ConfigError

_BEGIN = re.compile(r"([a-z_]+)[ \t]*=[ \t]*<<[ \t]*([^ \t\n'\"]+)[ \t]*")
_TIME = re.compile(r"\$[{(]?(delay_warning_time|maximal_queue_lifetime)_(seconds|minutes|hours|days|weeks)[})]?")
_UNITS = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86400.0, "weeks": 604800.0}
MAX_FILE = 1 << 20

_HEAD = "This is the mail system at host $myhostname.\n\n"
_HELP = """
If you need help, write to postmaster and include this report. The
returned message itself is not needed.

                   The mail system
"""


@dataclass(slots=True)
class Template:
    """One template; `text` is unexpanded. An empty `postmaster_subject` means that postmaster gets the same subject."""

    subject: str
    text: str
    postmaster_subject: str = ""
    charset: str = "us-ascii"
    sender: str = "Mail Delivery System <MAILER-DAEMON>"


def defaults() -> dict[str, Template]:
    """The built-in templates, by kind."""
    return {
        "failure": Template(
            "Undelivered Mail Returned to Sender",
            _HEAD + "Your message could not be delivered to the recipients below. What is\n"
            "known of the reasons follows; the message is returned at the end.\n" + _HELP,
            "Postmaster Copy: Undelivered Mail",
        ),
        "delay": Template(
            "Delayed Mail (still being retried)",
            _HEAD + "####################################################################\n"
            "# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #\n"
            "####################################################################\n\n"
            "Your message has been waiting for more than $delay_warning_time_hours hour(s). The mail\n"
            "system goes on trying until it is $maximal_queue_lifetime_days day(s) old.\n" + _HELP,
            "Postmaster Warning: Delayed Mail",
        ),
        "success": Template(
            "Successful Mail Delivery Report",
            _HEAD + "You asked to be told: your message has reached the recipients below.\n"
            "Where it was relayed to another system, that system may still report\na failure.\n\n"
            "                   The mail system\n",
        ),
        "verify": Template(
            "Mail Delivery Status Report",
            _HEAD + "This is the delivery report that you asked for.\n\n                   The mail system\n",
        ),
    }


def parse(content: str, where: str) -> dict[str, Template]:
    """The templates of a file, on top of the built-in ones; raises ConfigError."""
    found = defaults()
    lines = iter(enumerate(content.split("\n"), 1))
    for number, line in lines:
        if not line.strip(" \t\r") or line.startswith("#"):
            continue
        match = _BEGIN.fullmatch(line.strip(" \t\r"))
        kind = match[1].removesuffix("_template") if match else ""
        if match is None or kind not in found or not match[1].endswith("_template"):
            raise ConfigError("expected NAME_template = <<EOF", f"{where}, line {number}")
        block: list[str] = []
        for _, text in lines:
            if text.strip(" \t\r") == match[2]:
                break
            block.append(text)
        else:
            raise ConfigError(f"end marker {match[2]} not found", f"{where}, line {number}")
        found[kind] = _template(block, found[kind], f"{where}, line {number}")
    return found


def _template(block: list[str], base: Template, where: str) -> Template:
    made = Template(base.subject, base.text, base.postmaster_subject, base.charset, base.sender)
    names = {"charset": "charset", "from": "sender", "subject": "subject", "postmaster-subject": "postmaster_subject"}
    for position, line in enumerate(block):
        if not line.strip(" \t"):
            made.text = "\n".join(block[position + 1 :]) + "\n"
            return made
        name, colon, value = line.partition(":")
        attribute = names.get(name.strip(" \t").lower())
        if not colon or attribute is None:
            # No (more) headers: the text begins here.
            made.text = "\n".join(block[position:]) + "\n"
            return made
        if not value.isascii():
            raise ConfigError("non-ASCII text in a template header", where)
        setattr(made, attribute, value.strip(" \t"))
    raise ConfigError("template without text", where)


def load(snapshot: Snapshot) -> dict[str, Template]:
    """The templates of a configuration; raises ConfigError."""
    path = snapshot.text("bounce_template_file")
    if not path:
        return defaults()
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return parse(file.read(MAX_FILE), path)
    except OSError as exc:
        raise ConfigError(f"cannot read the bounce template file: {exc.strerror}", path) from None


def expand(text: str, snapshot: Snapshot) -> str:
    """A template's text with its parameters filled in; raises ConfigError."""
    qmgr = snapshot[QmgrParams]

    def seconds(match: re.Match[str]) -> str:
        value = qmgr.delay_warning_time if match[1] == "delay_warning_time" else qmgr.maximal_queue_lifetime
        return str(int(value / _UNITS[match[2]]))

    return snapshot.expand(_TIME.sub(seconds, text))
