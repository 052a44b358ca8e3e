"""mastercf - master.cf as typed service lines.

    name  type  private  unprivileged  chroot  wakeup  maxproc  program  arguments...

Source: master(5). `entries` keeps the words as written (what postconf edits and prints); `load` gives what they mean.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pymaster.config.maincf import logical_lines, read_text
from pymaster.config.words import BLANKS, split_assignment, split_list, strip_braces
from pymaster.util.errors import ConfigError

TYPES = ("inet", "unix", "unix-dgram", "fifo", "pass")
FIELDS = ("service", "type", "private", "unprivileged", "chroot", "wakeup", "process_limit", "command")


@dataclass(slots=True)
class MasterEntry:
    """One logical line as words: eight fields (`-` where the default holds), then arguments; groups keep their braces."""

    words: list[str]
    line: int


@dataclass(slots=True)
class ServiceLine:
    """One service. `maxproc` 0 is no limit; `wakeup` is seconds (0: never), lazy means only once it was used.

    `overrides` are the `-o` settings, unexpanded; `args` is what remains of the command, braces removed.
    """

    name: str
    type: str
    private: bool
    unprivileged: bool
    chroot: bool
    wakeup: int
    wakeup_lazy: bool
    maxproc: int
    program: str
    args: list[str] = field(default_factory=list)
    overrides: dict[str, str] = field(default_factory=dict)
    verbose: int = 0
    debug: bool = False
    line: int = 0


def entries(text: str, path: str = "master.cf", warnings: list[str] | None = None) -> list[MasterEntry]:
    """Every service line as words, in order; raises ConfigError naming file and line."""
    found = []
    for number, line in logical_lines(text):
        where = f"{path}, line {number}"
        if line[0] in BLANKS:
            if warnings is not None:
                warnings.append(f'{where}: logical line must not start with whitespace: "{line[:30]}"')
            continue
        if "\0" in line:
            raise ConfigError("unexpected NUL byte", where)
        # The first eight fields end at blanks whatever they hold; only arguments may be groups.
        words = split_list(line, BLANKS)
        if len(words) < len(FIELDS):
            raise ConfigError("bad field count", where)
        found.append(MasterEntry(words, number))
    return found


def parse(text: str, path: str = "master.cf", *, chroot: bool = False, maxproc: int = 100) -> list[ServiceLine]:
    """The services of `text`; of two lines with one name and type the last holds. Raises ConfigError."""
    services: dict[tuple[str, str], ServiceLine] = {}
    for entry in entries(text, path):
        try:
            service = _service(entry, chroot, maxproc)
        except ConfigError as exc:
            raise ConfigError(str(exc), f"{path}, line {entry.line}") from None
        services.pop((service.name, service.type), None)
        services[service.name, service.type] = service
    return list(services.values())


def load(path: str, *, chroot: bool = False, maxproc: int = 100) -> list[ServiceLine]:
    """The services of a file. `chroot` and `maxproc` are what `-` stands for (they come from main.cf). Raises ConfigError."""
    return parse(read_text(path), path, chroot=chroot, maxproc=maxproc)


def check(words: list[str]) -> None:
    """Whether an entry's words make a valid service; raises ConfigError without a place."""
    _service(MasterEntry(words, 0), False, 100)


def _service(entry: MasterEntry, chroot: bool, maxproc: int) -> ServiceLine:
    words = entry.words
    if words[1] not in TYPES:
        raise ConfigError(f'invalid type field "{words[1]}"')
    wakeup, lazy = _wakeup(words[5])
    service = ServiceLine(
        words[0],
        words[1],
        _flag(words[2], "private", True),
        _flag(words[3], "unprivileged", True),
        _flag(words[4], "chroot", chroot),
        wakeup,
        lazy,
        maxproc if words[6] == "-" else _number(words[6], "process_limit"),
        words[7],
        line=entry.line,
    )
    if service.type == "inet" and service.private:
        raise ConfigError("inet service cannot be private")
    if "/" in service.program and not service.program.startswith("/"):
        raise ConfigError(f'command "{service.program}" must be a file name, or a path from the root')
    _arguments(service, words[8:])
    return service


def _flag(text: str, name: str, default: bool) -> bool:
    if text == "-":
        return default
    if text not in ("y", "n"):
        raise ConfigError(f'invalid {name} field "{text}"')
    return text == "y"


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ConfigError(f'invalid {name} field "{text}"')
    return int(text)


def _wakeup(text: str) -> tuple[int, bool]:
    if text == "-":
        return 0, False
    lazy = text.endswith("?")
    return _number(text[:-1] if lazy else text, "wakeup"), lazy


def _arguments(service: ServiceLine, words: list[str]) -> None:
    """Options come first; the first word that is none ends them, so `argv=prog -o x` of pipe stays whole."""
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] not in ("-", "--"):
        word = words[at]
        at += 1
        if word.startswith("-o"):
            setting = word[2:]
            if not setting:
                if at == len(words):
                    raise ConfigError("option -o needs name=value")
                setting = words[at]
                at += 1
            name, value = split_override(setting)
            service.overrides[name] = value
        elif set(word[1:]) <= {"v", "D"}:
            service.verbose += word.count("v")
            service.debug |= "D" in word
        else:
            service.args.append(strip_braces(word))
    service.args += [strip_braces(word) for word in words[at:]]


def split_override(setting: str) -> tuple[str, str]:
    """`name=value` or `{ name = value }` of an `-o`; raises ConfigError."""
    try:
        return split_assignment(strip_braces(setting))
    except ConfigError as exc:
        raise ConfigError(f"-o {setting}: {exc}") from None


# What POP3 and IMAP cannot do without: started when no line of master.cf names the program.
_NEEDED = ("mailbox unix - n n - - mailboxd", "auth unix - - n - - authd")
_READERS = ("imapd", "pop3d")


def implied(lines: list[ServiceLine]) -> list[ServiceLine]:
    """Lines that are not in master.cf but follow from others: the spawner of mail workers and the authenticator."""
    programs = {line.program.rpartition("/")[2].removesuffix(".py") for line in lines}
    if not programs.intersection(_READERS):
        return []
    taken = {(line.name, line.type) for line in lines}
    missing = [line for text in _NEEDED for line in parse(text)]
    return [line for line in missing if line.program not in programs and (line.name, line.type) not in taken]
