"""mailsettings - from parameters to what POP3 and IMAP dialogs are handed, and to the TLS of their login stages."""

from pymaster.config.params.core import CoreParams
from pymaster.config.params.imapd import ImapdParams
from pymaster.config.params.pop3d import Pop3dParams
from pymaster.config.snapshot import Snapshot
from pymaster.config.words import split_list
from pymaster.dialog.imapd.settings import Settings as ImapSettings
from pymaster.dialog.login.handed import Settings as LoginSettings
from pymaster.dialog.pop3d.settings import Settings as Pop3Settings
from pymaster.runtime.tls import Keys, ServerTls
from pymaster.util.errors import Fatal

PARAMS = {"imap": (ImapdParams, "imapd"), "pop3": (Pop3dParams, "pop3d")}


def text(snapshot: Snapshot, protocol: str, name: str) -> str:
    """The value of `imapd_NAME` or `pop3d_NAME`."""
    return snapshot.text(f"{PARAMS[protocol][1]}_{name}")


def wrapped(snapshot: Snapshot, protocol: str) -> bool:
    """Whether TLS begins at once (ports 993 and 995)."""
    return text(snapshot, protocol, "tls_wrappermode") == "yes"


def server_tls(snapshot: Snapshot, protocol: str) -> ServerTls | None:
    """The certificates, None where TLS is off or there is none; raises Fatal."""
    level = text(snapshot, protocol, "tls_security_level")
    required = level == "encrypt" or wrapped(snapshot, protocol)
    if level not in ("", "none", "may", "encrypt"):
        raise Fatal(f"{PARAMS[protocol][1]}_tls_security_level: unknown level {level}")
    if level in ("", "none") and not required:
        return None
    keys = own_keys(snapshot, protocol)
    if not keys:
        if required:
            raise Fatal(f"{PARAMS[protocol][1]}: TLS is required, but there is no certificate")
        return None
    names, authorities = by_name(text(snapshot, protocol, "tls_sni_files")), text(snapshot, protocol, "tls_CAfile")
    return ServerTls(keys, names, authorities=authorities, protocol=protocol)


def own_keys(snapshot: Snapshot, protocol: str) -> list[Keys]:
    """Chain files, each with key and certificates, or the older pair of certificate and key."""
    chains = split_list(text(snapshot, protocol, "tls_chain_files"))
    if chains:
        return [Keys(path) for path in chains]
    certificate = text(snapshot, protocol, "tls_cert_file")
    return [Keys(certificate, text(snapshot, protocol, "tls_key_file"))] if certificate not in ("", "none") else []


def by_name(setting: str) -> dict[str, Keys]:
    """`name=file` pairs; raises Fatal."""
    found = {}
    for item in split_list(setting):
        name, equals, path = item.partition("=")
        if not equals or not name or not path.startswith("/"):
            raise Fatal(f"tls_sni_files: {item}: expected name=/path/of/chain.pem")
        found[name.lower()] = Keys(path)
    return found


def login_settings(snapshot: Snapshot, protocol: str, *, tls: bool) -> LoginSettings:
    """What the login stage is handed."""
    level = text(snapshot, protocol, "tls_security_level")
    made = LoginSettings(snapshot[CoreParams].myhostname, tls=tls, tls_required=level == "encrypt")
    made.plaintext = text(snapshot, protocol, "plaintext_auth") == "yes"
    if protocol == "pop3":
        made.apop = bool({"apop"} & {word.lower() for word in split_list(snapshot.text("auth_mechanisms"))})
    return made


def imap_settings(snapshot: Snapshot) -> ImapSettings:
    """What an IMAP session is handed."""
    params = snapshot[ImapdParams]
    disabled = frozenset(word.upper().encode() for word in split_list(params.imapd_disabled_capabilities))
    return ImapSettings(
        snapshot[CoreParams].myhostname,
        idle_timeout=params.imapd_timeout,
        keepalive=params.imapd_idle_keepalive,
        append_limit=params.imapd_append_limit,
        disabled=disabled,
    )


def pop3_settings(snapshot: Snapshot) -> Pop3Settings:
    """What a POP3 session is handed."""
    return Pop3Settings.of(snapshot[Pop3dParams])


def session_limit(snapshot: Snapshot) -> int:
    """The most sessions of one user from one address, of each protocol; 0 is no limit."""
    return snapshot[ImapdParams].imapd_max_user_sessions
