"""postconf_main - postconf's part for main.cf: show settings and defaults, change them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pymaster.config import editfile, mainedit, registry, usage
from pymaster.config.computed import COMPUTED
from pymaster.config.layout import paragraph
from pymaster.config.param import RAW
from pymaster.config.snapshot import Snapshot
from pymaster.config.usage import Names
from pymaster.config.words import BLANKS, split_assignment
from pymaster.util import log
from pymaster.util.errors import ConfigError

if TYPE_CHECKING:
    from pymaster.commands.postconf import Request


def show(request: Request, out: Callable[[str], None]) -> None:
    """Print settings (-n), defaults (-d) or both together; `-x` expands. Raises ConfigError."""
    main = request.load_main()
    try:
        entries = request.load_master()
    except ConfigError as exc:
        # Parameters can be shown without the services that would bring more of them.
        log.warning(str(exc))
        entries = []
    overrides = dict(request.overrides)
    snapshot = Snapshot(main, overrides, request.directory, "", "postconf")
    names = usage.examine(main, overrides, entries, request.master_path)
    values = {name: entry.value for name, entry in main.entries.items()} | overrides
    if request.named:
        values.setdefault("config_directory", request.directory)
    chosen = _chosen(request, names, values)
    for name in request.words or sorted(chosen):
        if name not in chosen:
            if not request.words or not _known(name, names):
                log.warning(f"{name}: unknown parameter")
            continue
        out(_line(request, name, _value(request, name, names, values, snapshot)))
    for text in [*main.warnings, *names.warnings]:
        log.warning(text)


def _known(name: str, names: Names) -> bool:
    return registry.find(name) is not None or name in names.service or name in names.user


def _chosen(request: Request, names: Names, values: dict[str, str]) -> set[str]:
    """The names to show, of the classes asked for."""
    wanted = request.classes
    chosen: set[str] = set()
    if wanted & {"all", "builtin"}:
        chosen |= registry.everything().keys()
    if wanted & {"all", "service"}:
        chosen |= names.service.keys()
    if wanted & {"all", "user"} and "d" not in request.flags:
        chosen |= names.user & values.keys()
    return chosen & values.keys() if "n" in request.flags else chosen


def _value(request: Request, name: str, names: Names, values: dict[str, str], snapshot: Snapshot) -> str:
    text = None if "d" in request.flags else values.get(name)
    if text is None:
        text = _default(name, names, snapshot)
    item = registry.find(name)
    if "x" in request.flags and not (item is not None and item.kind == RAW):
        try:
            text = snapshot.expand(text)
        except ConfigError as exc:
            log.warning(f"{name}: {exc}")
    return text


def _default(name: str, names: Names, snapshot: Snapshot) -> str:
    item = registry.find(name)
    if item is None:
        return names.service.get(name, "")
    if name in COMPUTED or name == "process_name":
        return snapshot.computed(name)
    return item.default


def _line(request: Request, name: str, text: str) -> str:
    fold = "f" in request.flags
    if "H" in request.flags:
        return name
    return paragraph(text if "h" in request.flags else f"{name} = {text}", fold)


def edit(request: Request) -> None:
    """Set (-e), comment out (-#) or remove (-X) settings; raises ConfigError."""
    if any("\n" in word for word in request.words):
        raise ConfigError("-e, -X, or -# accepts no multi-line input")
    if request.edit == "e":
        settings = dict(_assignment(word) for word in request.words)
        editfile.rewrite(request.main_path, lambda text: mainedit.assign(text, settings))
        return
    for word in request.words:
        if "=" in word:
            raise ConfigError(f"-{request.edit} accepts no '=': \"{word}\"")
    names = {word.strip(BLANKS) for word in request.words}
    change = mainedit.remove if request.edit == "X" else mainedit.comment
    editfile.rewrite(request.main_path, lambda text: change(text, names))


def _assignment(word: str) -> tuple[str, str]:
    try:
        name, value = split_assignment(word)
    except ConfigError as exc:
        raise ConfigError(f'{exc}: "{word}"') from None
    if name.startswith("#"):
        raise ConfigError(f'the name would begin a comment: "{word}"')
    return name, value
