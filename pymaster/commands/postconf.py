"""postconf - show and change the configuration.

NAME
    postconf - configuration utility

SYNOPSIS
    postconf [-dfhHnopvx] [-c dir] [-C class,...] [name ...]         settings of main.cf
    postconf [-e] [-c dir] name=value ...                             change them; -X name removes, -# name comments out
    postconf -M [-fx] [name[/type] ...]                               entries of master.cf
    postconf -F [-fhHx] [name[/type[/field]] ...]                     their fields
    postconf -P [-fhHx] [name[/type[/parameter]] ...]                 their -o settings
    postconf -M|-F|-P [-e] what=value ...; -MX -M# -PX what ...       change them
    postconf -a | -A | -l | -m | -T mode | -b [file] | -t [file]      what this mail system supports; notice templates

DIAGNOSTICS
    Warnings go to standard error; the exit status is 0 unless nothing could be done.

SEE ALSO
    postconf(5), master(5)
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from pymaster.config import maincf, mastercf
from pymaster.config.snapshot import DEFAULT_DIRECTORY
from pymaster.config.words import split_assignment, split_list
from pymaster.util import log
from pymaster.util.errors import ConfigError

FLAGS = "aAbdeEfFhHlmMnpPtvxX#"
VALUED = "cCoT"
# Options that say what to do; of these only one may be given (-n is -p with a narrower choice).
MODES = "aAlmMFPtbT"
EDITS = "eX#"


@dataclass(slots=True)
class Request:
    """A command line, understood."""

    flags: set[str] = field(default_factory=set)
    directory: str = DEFAULT_DIRECTORY
    # Whether the directory was named: postconf then shows it among the settings.
    named: bool = False
    classes: set[str] = field(default_factory=lambda: {"all"})
    overrides: dict[str, str] = field(default_factory=dict)
    tls_mode: str = ""
    words: list[str] = field(default_factory=list)

    @property
    def main_path(self) -> str:
        return os.path.join(self.directory, "main.cf")

    @property
    def master_path(self) -> str:
        return os.path.join(self.directory, "master.cf")

    @property
    def edit(self) -> str:
        """`e`, `X`, `#`, or "" for a request that only shows."""
        return next((flag for flag in EDITS if flag in self.flags), "")

    def load_main(self) -> maincf.MainCf:
        """main.cf; raises ConfigError."""
        return maincf.load(self.main_path)

    def load_master(self) -> list[mastercf.MasterEntry]:
        """master.cf as words; raises ConfigError."""
        warnings: list[str] = []
        found = mastercf.entries(maincf.read_text(self.master_path), self.master_path, warnings)
        for text in warnings:
            log.warning(text)
        return found


def parse(arguments: list[str], environment: dict[str, str]) -> Request:
    """The request of a command line; raises ConfigError with the text to print."""
    request = Request()
    if environment.get("MAIL_CONFIG"):
        request.directory, request.named = environment["MAIL_CONFIG"], True
    at = 0
    while at < len(arguments) and arguments[at].startswith("-") and arguments[at] != "-":
        word = arguments[at]
        at += 1
        if word == "--":
            break
        for position, flag in enumerate(word[1:], 1):
            if flag in VALUED:
                value = word[position + 1 :]
                if not value:
                    if at == len(arguments):
                        raise ConfigError(f"option requires an argument -- '{flag}'")
                    value, at = arguments[at], at + 1
                _valued(request, flag, value)
                break
            if flag not in FLAGS:
                raise ConfigError(f"usage: postconf [-{FLAGS}] [-c config_dir] [-C class] [-o name=value] [name...]")
            request.flags.add(flag)
    request.words = arguments[at:]
    _check(request)
    return request


def _valued(request: Request, flag: str, value: str) -> None:
    if flag == "c":
        request.directory, request.named = value, True
    elif flag == "C":
        request.classes = set(split_list(value))
        unknown = request.classes - {"builtin", "service", "user", "all"}
        if unknown:
            raise ConfigError(f"bad parameter class: {sorted(unknown)[0]}")
    elif flag == "T":
        request.flags.add("T")
        request.tls_mode = value
    else:
        try:
            name, text = split_assignment(value)
        except ConfigError as exc:
            raise ConfigError(f"invalid parameter override: {value}: {exc}") from None
        request.overrides[name] = text


def _check(request: Request) -> None:
    flags = request.flags
    modes = [flag for flag in MODES if flag in flags]
    if len(modes) > 1:
        raise ConfigError("specify one of " + " ".join(f"-{flag}" for flag in modes))
    if "d" in flags and "n" in flags:
        raise ConfigError("specify one of -d -n")
    if "h" in flags and "H" in flags:
        raise ConfigError("specify one of -h -H")
    edits = [flag for flag in EDITS if flag in flags]
    if len(edits) > 1:
        raise ConfigError("specify one of " + " ".join(f"-{flag}" for flag in edits))
    mode = modes[0] if modes else ""
    for flag in "nd":
        if mode and flag in flags:
            raise ConfigError(f"with option -{mode}, do not specify -{flag}")
    # A value makes -e unnecessary, as in Postfix since 2.8.
    if mode in ("", "M", "F", "P") and not edits and any("=" in word for word in request.words):
        flags.add("e")
    if request.edit and not request.words:
        raise ConfigError("-e requires name=value argument" if request.edit == "e" else "missing service argument")


def main(arguments: list[str] | None = None) -> int:
    """The command; returns the exit status."""
    log.setup(log.StderrSink("postconf"), "postconf")
    try:
        request = parse(sys.argv[1:] if arguments is None else arguments, dict(os.environ))
        run(request, _print)
        with suppress(BrokenPipeError):
            sys.stdout.flush()
    except ConfigError as exc:
        # `open /etc/postfix/main.cf: ...` already says where.
        log.fatal(str(exc).removeprefix(f"{exc.where}: ") if ": open " in str(exc) else str(exc))
        return 1
    except BrokenPipeError:
        # `postconf | head`: whoever reads has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    return 0


def _print(text: str) -> None:
    sys.stdout.write(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace") + "\n")


def run(request: Request, out: Callable[[str], None]) -> None:
    """Do what is asked; `out` takes lines. Raises ConfigError."""
    if request.flags & set("aAlmTtb"):
        from pymaster.commands import postconf_features

        postconf_features.show(request, out)
    elif request.flags & set("MFP"):
        from pymaster.commands import postconf_master

        postconf_master.edit(request) if request.edit else postconf_master.show(request, out)
    else:
        from pymaster.commands import postconf_main

        postconf_main.edit(request) if request.edit else postconf_main.show(request, out)


if __name__ == "__main__":
    sys.exit(main())
