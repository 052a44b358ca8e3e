"""environment - what an external command finds in its environment: made from nothing, values filtered.

Sources: local(8) EXTERNAL COMMAND DELIVERY, postconf(5) export_environment.
"""

import os
from collections.abc import Mapping

from pymaster.config.words import split_assignment, split_list, strip_braces
from pymaster.deliver import expand
from pymaster.deliver.command import PATH
from pymaster.model.envelope import Origin


def exported(setting: str, own: Mapping[str, str] | None = None) -> dict[bytes, bytes]:
    """What export_environment (`setting`) lets through of our own environment, and the PATH; raises ConfigError."""
    have = os.environ if own is None else own
    made = {"PATH": PATH}
    for word in split_list(setting):
        name = strip_braces(word)
        if "=" in name:
            key, value = split_assignment(name)
            made[key] = value
        elif name in have:
            made[name] = have[name]
    return {os.fsencode(name): os.fsencode(value) for name, value in made.items() if "\0" not in value}


def filtered(values: Mapping[str, str], allowed: str) -> dict[bytes, bytes]:
    """Variables made of mail attributes; empty ones are left out."""
    return {os.fsencode(name): os.fsencode(expand.clean(value, allowed)) for name, value in values.items() if value}


def of_client(origin: Origin) -> dict[str, str]:
    """The variables that tell where a message came from."""
    return {
        "CLIENT_ADDRESS": origin.client_address,
        "CLIENT_HELO": origin.helo,
        "CLIENT_HOSTNAME": origin.client_name,
        "CLIENT_PORT": origin.client_port,
        "CLIENT_PROTOCOL": origin.protocol,
        "SASL_METHOD": origin.sasl_method,
        "SASL_SENDER": origin.sasl_sender,
        "SASL_USERNAME": origin.sasl_username,
    }
