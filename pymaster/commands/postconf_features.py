"""postconf_features - what this mail system supports: table types, locks, SASL plug-ins, TLS; notice templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pymaster.config.snapshot import Snapshot
from pymaster.rules import bouncetemplate
from pymaster.tables import registry as tables
from pymaster.util import log

if TYPE_CHECKING:
    from pymaster.commands.postconf import Request

LOCKS = ("flock", "fcntl", "dotlock")
SASL_SERVER = ("dovecot",)
SASL_CLIENT = ("cyrus",)


def show(request: Request, out: Callable[[str], None]) -> None:
    """Print one list, a name on each line."""
    for flag, names in (("m", tables.names()), ("l", LOCKS), ("a", SASL_SERVER), ("A", SASL_CLIENT)):
        if flag in request.flags:
            for name in names:
                out(name)
    if "T" in request.flags:
        _tls(request.tls_mode, out)
    if request.flags & {"b", "t"}:
        _templates(request, out)


def _templates(request: Request, out: Callable[[str], None]) -> None:
    """The templates of notices (-t), or their texts as people get them (-b), in a form that bounce(5) reads."""
    overrides = dict(request.overrides)
    if request.words:
        overrides["bounce_template_file"] = request.words[0]
    snapshot = Snapshot(request.load_main(), overrides, request.directory, "", "postconf")
    blocks = []
    for kind, template in bouncetemplate.load(snapshot).items():
        if "b" in request.flags:
            head, text = f"expanded_{kind}_text", bouncetemplate.expand(template.text, snapshot)
        else:
            head, text = f"{kind}_template", _headers(template) + "\n" + template.text
        blocks.append(f"{head} = <<EOF\n{text}EOF\n")
    out("\n".join(blocks).removesuffix("\n"))


def _headers(template: bouncetemplate.Template) -> str:
    copy = f"Postmaster-Subject: {template.postmaster_subject}\n" if template.postmaster_subject else ""
    return f"Charset: {template.charset}\nFrom: {template.sender}\nSubject: {template.subject}\n{copy}"


def _tls(mode: str, out: Callable[[str], None]) -> None:
    if mode in ("compile-version", "run-version"):
        import ssl

        out(ssl.OPENSSL_VERSION)
    elif mode == "public-key-algorithms":
        for name in ("rsa", "ecdsa", "ed25519", "ed448"):
            out(name)
    else:
        log.warning(f"unknown 'postconf -T' mode: {mode}")
