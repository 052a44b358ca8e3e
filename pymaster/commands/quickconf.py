"""quickconf - a few parameters without the registry, for a command whose start must cost nothing.

Reads main.cf for plain definitions. Anything that takes more than looking (a continued line, `$name`) is left to
`config.snapshot`, which costs some 40 ms.
"""

import os

# Only what sendmail asks for; a test compares these with the registry.
DEFAULTS = {"queue_directory": "/var/spool/postfix", "sendmail_fix_line_endings": "always"}


def directory(option: str = "") -> str:
    """The configuration directory: -C (a folder, or the main.cf in it), MAIL_CONFIG, /etc/postfix."""
    path = option or os.environ.get("MAIL_CONFIG") or "/etc/postfix"
    return os.path.dirname(path) or "." if os.path.basename(path) == "main.cf" else path


def get(config_directory: str, names: tuple[str, ...]) -> dict[str, str]:
    """The values of parameters of DEFAULTS; raises ConfigError when main.cf cannot be used."""
    try:
        with open(os.path.join(config_directory, "main.cf"), encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().split("\n")
    except OSError:
        return _slowly(config_directory, names)
    found = {name: DEFAULTS[name] for name in names}
    for at, line in enumerate(lines):
        if not line.startswith(names):
            continue
        name, equals, value = line.partition("=")
        name, value = name.strip(" \t"), value.strip(" \t\r")
        if name not in found:
            continue
        if not equals or "$" in value or (at + 1 < len(lines) and lines[at + 1][:1] in (" ", "\t", "#")):
            return _slowly(config_directory, names)
        found[name] = value
    return found


def _slowly(config_directory: str, names: tuple[str, ...]) -> dict[str, str]:
    from pymaster.config.snapshot import Snapshot

    snapshot = Snapshot.load(config_directory)
    return {name: snapshot.text(name) for name in names}
