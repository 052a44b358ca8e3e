"""usage - which names of a configuration mean something: built in, made by a service, or referred to by such a one.

What main.cf sets and nobody refers to is most likely a typing error; postconf(1) warns of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pymaster.config import expand, registry, servicenames
from pymaster.config.layout import paragraph
from pymaster.config.maincf import MainCf
from pymaster.config.mastercf import MasterEntry
from pymaster.config.masteredit import settings
from pymaster.config.param import RAW, Declaration
from pymaster.config.words import split_list

# Tables that may take their settings from main.cf, as `<name of the table>_<setting>`.
_DATABASE = re.compile(r"(?:ldap|mysql|pgsql|sqlite|memcache|mongodb):([A-Za-z0-9_]+)", re.ASCII)
_SETTINGS = [
    "bind",
    "bind_dn",
    "bind_pw",
    "cache",
    "cache_expiry",
    "cache_size",
    "chase_referrals",
    "collection",
    "data_offset",
    "data_size_limit",
    "dbname",
    "dbpath",
    "debuglevel",
    "dereference",
    "domain",
    "encoding",
    "expansion_limit",
    "filter",
    "hosts",
    "idle_interval",
    "key_format",
    "leaf_result_attribute",
    "line_size_limit",
    "max_try",
    "memcache",
    "option_file",
    "option_group",
    "password",
    "projection",
    "query",
    "query_filter",
    "recursion_limit",
    "require_result_set",
    "result_attribute",
    "result_filter",
    "result_format",
    "retry_interval",
    "retry_pause",
    "sasl_authz_id",
    "sasl_mechs",
    "sasl_minssf",
    "sasl_realm",
    "scope",
    "search_base",
    "select_field",
    "select_function",
    "server_host",
    "server_port",
    "size_limit",
    "special_result_attribute",
    "start_tls",
    "table",
    "terminal_result_attribute",
    "timeout",
    "tls_CAfile",
    "tls_ca_cert_dir",
    "tls_ca_cert_file",
    "tls_cert",
    "tls_cert_file",
    "tls_cipher_suite",
    "tls_ciphers",
    "tls_key",
    "tls_key_file",
    "tls_random_file",
    "tls_require_cert",
    "tls_verify_cert",
    "ttl",
    "update",
    "uri",
    "user",
    "version",
    "where_field",
    "additional_conditions",
    "backup",
    "flags",
]


@dataclass(slots=True)
class Names:
    """The names of one configuration, by class, with the complaints about the rest."""

    service: dict[str, str] = field(default_factory=dict)
    user: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)


def examine(main: MainCf, overrides: dict[str, str], entries: list[MasterEntry], master_path: str) -> Names:
    """Sort the names of main.cf, of command-line overrides and of master.cf's `-o` options."""
    builtin = registry.everything()
    found = Names({n: d for n, d in servicenames.defaults(entries).items() if n not in builtin})
    known = builtin.keys() | found.service.keys()
    values = {name: entry.value for name, entry in main.entries.items()} | overrides
    places = [(main.path, values)] + [(master_path, settings(entry.words)) for entry in entries]
    given = {name for _, each in places for name in each}
    # Defaults refer to names too ($virtual_maps, $authorized_verp_clients), which then are not unused.
    waiting = [("", item.default) for name, item in builtin.items() if item.kind != RAW and name not in values]
    # What an unused name of main.cf refers to stays unused; a service's own settings all count.
    waiting += [
        (path, text)
        for path, each in places
        for name, text in each.items()
        if (name in known or path != main.path) and _read(name, builtin)
    ]
    undefined: dict[tuple[str, str], None] = {}
    classes = split_list(values.get("smtpd_restriction_classes", ""))
    waiting += [(main.path, "".join(f"${{{name}}}" for name in classes if name.isidentifier()))]
    while waiting:
        path, text = waiting.pop()
        tables = table_settings(text)
        for name in (expand.names(text) | tables) - known - found.user:
            if name in given:
                found.user.add(name)
                waiting += [(at, each[name]) for at, each in places if name in each]
            elif path and name not in tables:
                undefined[path, name] = None
    found.warnings += [f"{path}: undefined parameter: {name}" for path, name in undefined]
    for path, each in places:
        found.warnings += [
            f"{path}: unused parameter: {name}={paragraph(text, False)}"
            for name, text in each.items()
            if name not in known and name not in found.user
        ]
    return found


def _read(name: str, builtin: dict[str, Declaration]) -> bool:
    """Whether a setting's `$name` references are looked at."""
    return name not in builtin or builtin[name].kind != RAW


def table_settings(text: str) -> set[str]:
    """Names of parameters that hold the settings of the database tables which a value names."""
    tables = _DATABASE.findall(text) if ":" in text else []
    return {f"{table}_{setting}" for table in tables for setting in _SETTINGS}
