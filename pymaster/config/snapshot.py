"""snapshot - the configuration of one process, read once: typed values out of main.cf, `-o` overrides and defaults.

    snap = Snapshot.load("/etc/postfix", {"smtpd_timeout": "10s"}, service_name="smtp")
    snap[SmtpdParams].smtpd_timeout      # 10.0
    snap.text("mua_client_restrictions") # any name, also one the administrator made up

To change a configuration, replace the process (postconf(5)). Every error is a ConfigError that names file and line.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from pymaster.config import maincf, registry, values
from pymaster.config.computed import COMPUTED
from pymaster.config.expand import MAX_DEPTH, Expander
from pymaster.config.maincf import MainCf
from pymaster.config.param import RAW, Declaration, Params
from pymaster.util.errors import ConfigError

P = TypeVar("P", bound=Params)
N = TypeVar("N", int, float)
DEFAULT_DIRECTORY = "/etc/postfix"


class Snapshot:
    """All parameters as they stood when this process started."""

    def __init__(
        self, main: MainCf, overrides: dict[str, str], config_directory: str, service_name: str, process_name: str
    ) -> None:
        self.main, self.overrides, self.config_directory = main, overrides, config_directory
        self._fixed = {
            "config_directory": config_directory,
            "service_name": service_name,
            "process_name": process_name,
        }
        self._raw: dict[str, str] = {name: entry.value for name, entry in main.entries.items()}
        self._raw.update(self._fixed)
        self._raw.update(overrides)
        self._values: dict[str, str] = {}
        self._objects: dict[type[Params], Any] = {}
        self._depth = 0
        self._expander = Expander(self._lookup, self._value)

    @classmethod
    def load(
        cls,
        config_directory: str = DEFAULT_DIRECTORY,
        overrides: dict[str, str] | None = None,
        service_name: str = "",
        process_name: str = "",
    ) -> Snapshot:
        """The configuration in a directory's main.cf; `overrides` are a service's `-o` settings. Raises ConfigError."""
        main = maincf.load(os.path.join(config_directory, "main.cf"))
        return cls(main, overrides or {}, config_directory, service_name, process_name)

    @classmethod
    def from_text(
        cls,
        main_cf_text: str = "",
        overrides: dict[str, str] | None = None,
        config_directory: str = DEFAULT_DIRECTORY,
        service_name: str = "",
        process_name: str = "",
    ) -> Snapshot:
        """The same from text, for tests and tools. Raises ConfigError."""
        main = maincf.parse(main_cf_text, os.path.join(config_directory, "main.cf"))
        return cls(main, overrides or {}, config_directory, service_name, process_name)

    def __getitem__(self, cls: type[P]) -> P:
        """The typed values of one class of the registry; made once. Raises ConfigError for the first bad one."""
        made = self._objects.get(cls)
        if made is None:
            registry.add(cls)
            made = self._objects[cls] = cls({item.attribute: self.typed(item) for item in cls.DECLARED.values()})
        return made

    def typed(self, item: Declaration) -> str | int | bool | float:
        """The value of one declared parameter; raises ConfigError naming file and line."""
        name = item.name
        if item.kind == RAW:
            return self._unexpanded(item)
        try:
            return values.typed(item, self._value(name, item) or "")
        except ConfigError as exc:
            raise self._located(name, exc) from None

    def check(self) -> None:
        """Look at the value of every parameter that main.cf or an override sets; raises ConfigError for a bad one."""
        for name in self._raw:
            item = registry.find(name)
            if item is not None:
                self.typed(item)

    def text(self, name: str) -> str:
        """The expanded text of any parameter, also of a user-defined one; "" when it is unknown. Raises ConfigError."""
        item = registry.find(name)
        if item is not None and item.kind == RAW:
            return self._unexpanded(item)
        try:
            return self._value(name, item) or ""
        except ConfigError as exc:
            raise self._located(name, exc) from None

    def computed(self, name: str) -> str:
        """What a computed default is when nothing sets the parameter."""
        return COMPUTED[name](lambda other: self._value(other) or "", self.has) if name in COMPUTED else ""

    def _unexpanded(self, item: Declaration) -> str:
        """A RAW parameter's text; one that is just `$other` (postscreen_reject_footer) stands for that other's text."""
        given = self._raw.get(item.name, item.default)
        other = registry.find(given[1:]) if given.startswith("$") and given[1:].isidentifier() else None
        if other is not None and other.kind == RAW and other is not item:
            return self._raw.get(other.name, other.default)
        return given

    def raw(self, name: str) -> str:
        """A parameter's text as written, or its default; "" when it is unknown."""
        return self._lookup(name) or ""

    def has(self, name: str) -> bool:
        """Whether main.cf or an override sets the name."""
        return name in self._raw

    def expand(self, text: str) -> str:
        """`text` with `$name` replaced; raises ConfigError."""
        return self._expander.expand(text)

    def transport(self, name: str, suffix: str) -> str:
        """The text of `<transport>_<suffix>`, else of `default_<suffix>` or (as `initial_...`) of the suffix itself."""
        own = f"{name}_{suffix}"
        if own in self._raw or registry.find(own) is not None:
            return self.text(own)
        return self.text(_fallback(suffix))

    def transport_int(self, name: str, suffix: str) -> int:
        """The same as a whole number; raises ConfigError naming file and line."""
        return self._transport(name, suffix, values.integer)

    def transport_float(self, name: str, suffix: str) -> float:
        """The same as seconds; raises ConfigError naming file and line."""
        return self._transport(name, suffix, values.bounded_duration)

    def _transport(self, name: str, suffix: str, convert: Callable[[Declaration, str], N]) -> N:
        base = registry.find(_fallback(suffix)) or Declaration("integer", "0")
        own = f"{name}_{suffix}"
        try:
            return convert(replace(base, name=own), self.transport(name, suffix))
        except ConfigError as exc:
            raise self._located(own if own in self._raw else base.name, exc) from None

    def _located(self, name: str, exc: ConfigError) -> ConfigError:
        if exc.where:
            return exc
        if name in self.overrides:
            where = f"{os.path.join(self.config_directory, 'master.cf')}, option -o {name}"
        else:
            where = self.main.where(name)
        return ConfigError(str(exc), where)

    def _lookup(self, name: str) -> str | None:
        """A name's text before expansion; None when nobody knows it."""
        given = self._raw.get(name)
        if given is not None:
            return given
        compute = COMPUTED.get(name)
        if compute is not None:
            return self._value(name)
        item = registry.find(name)
        return item.default if item else None

    def _value(self, name: str, item: Declaration | None = None) -> str | None:
        """A name's expanded text; None when nobody knows it."""
        done = self._values.get(name)
        if done is not None:
            return done
        given = self._raw.get(name)
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH:
                raise ConfigError(f'unreasonable macro call nesting: "{name}"')
            if given is None and name in COMPUTED:
                value: str | None = COMPUTED[name](lambda other: self._value(other) or "", self.has)
            else:
                if given is None:
                    item = item or registry.find(name)
                    given = item.default if item else None
                value = given if given is None else self._expander.expand(given)
        except ConfigError as exc:
            # The innermost setting is where the mistake stands, not the one that refers to it.
            raise (self._located(name, exc) if name in self._raw else exc) from None
        finally:
            self._depth -= 1
        if value is not None:
            if name == "myorigin" and value.startswith("/"):
                value = self._first_line(value)
            self._values[name] = value
        return value

    @staticmethod
    def _first_line(path: str) -> str:
        """Debian's habit: `myorigin = /etc/mailname` names a file whose first line is the value."""
        return maincf.read_text(path).partition("\n")[0].strip()


def _fallback(suffix: str) -> str:
    if suffix == "time_limit":
        return "command_time_limit"
    return suffix if suffix.startswith("initial_") else f"default_{suffix}"
