"""settings - the parameters of one client flavour, read once: smtp_* or lmtp_*."""

from dataclasses import dataclass
from typing import Any

from pymaster.config.params.core import CoreParams
from pymaster.config.params.lmtp import LmtpParams
from pymaster.config.params.lmtp_tls import LmtpTlsParams
from pymaster.config.params.smtp import SmtpParams
from pymaster.config.params.smtp_tls import SmtpTlsParams
from pymaster.config.snapshot import Snapshot
from pymaster.config.words import split_list


@dataclass(slots=True, frozen=True)
class Settings:
    """Timeouts are seconds. `hello` is the name given in EHLO; `port` the default port or service name."""

    lmtp: bool
    hello: bytes
    myhostname: bytes
    port: str
    connect_timeout: float
    hello_timeout: float
    mail_timeout: float
    rcpt_timeout: float
    data_init_timeout: float
    data_xfer_timeout: float
    data_done_timeout: float
    rset_timeout: float
    quit_timeout: float
    line_limit: int
    address_limit: int
    session_limit: int
    cache_on_demand: bool
    cache_destinations: str
    cache_time: float
    reuse_time: float
    reuse_count: int
    discard_words: frozenset[bytes]
    skip_5xx_greeting: bool
    skip_quit: bool
    randomize: bool
    balance: bool
    preference: str
    host_lookup: tuple[str, ...]
    use_dns: bool
    ignore_mx_error: bool
    defer_no_mx_address: bool
    tls_level: str
    quote: bool
    always_ehlo: bool
    fallback_relay: tuple[str, ...]
    bind_address: str
    bind_address6: str
    best_mx_transport: str
    assume_final: bool


def _tls_level(tls: Any, base: Any, prefix: str) -> str:
    """The effective TLS level; the booleans of before Postfix 2.3 count when no level is set."""
    level = str(getattr(tls, f"{prefix}_tls_security_level"))
    if level:
        return level
    if getattr(base, f"{prefix}_enforce_tls"):
        return "encrypt"
    return "may" if getattr(base, f"{prefix}_use_tls") else "none"


def load(snapshot: Snapshot, lmtp: bool) -> Settings:
    """The settings of the smtp client, or of the lmtp client."""
    prefix = "lmtp" if lmtp else "smtp"
    base: Any = snapshot[LmtpParams] if lmtp else snapshot[SmtpParams]
    tls: Any = snapshot[LmtpTlsParams] if lmtp else snapshot[SmtpTlsParams]
    core = snapshot[CoreParams]

    def of(name: str) -> Any:
        return getattr(base, f"{prefix}_{name}")

    return Settings(
        lmtp=lmtp,
        hello=str(of("lhlo_name") if lmtp else of("helo_name")).encode(),
        myhostname=core.myhostname.encode(),
        port=str(of("tcp_port")),
        connect_timeout=of("connect_timeout") or 300.0,
        hello_timeout=of("lhlo_timeout") if lmtp else of("helo_timeout"),
        mail_timeout=of("mail_timeout"),
        rcpt_timeout=of("rcpt_timeout"),
        data_init_timeout=of("data_init_timeout"),
        data_xfer_timeout=of("data_xfer_timeout"),
        data_done_timeout=of("data_done_timeout"),
        rset_timeout=of("rset_timeout"),
        quit_timeout=of("quit_timeout"),
        line_limit=of("line_length_limit"),
        address_limit=of("mx_address_limit"),
        session_limit=of("mx_session_limit"),
        cache_on_demand=of("connection_cache_on_demand"),
        cache_destinations=of("connection_cache_destinations"),
        cache_time=of("connection_cache_time_limit"),
        reuse_time=of("connection_reuse_time_limit"),
        reuse_count=of("connection_reuse_count_limit"),
        discard_words=frozenset(
            w.encode().upper() for w in split_list(of("discard_lhlo_keywords" if lmtp else "discard_ehlo_keywords"))
        ),
        skip_5xx_greeting=of("skip_5xx_greeting"),
        skip_quit=of("skip_quit_response"),
        randomize=of("randomize_addresses"),
        balance=of("balance_inet_protocols"),
        preference=of("address_preference"),
        host_lookup=tuple(split_list(of("host_lookup"))),
        use_dns=not core.disable_dns_lookups and of("dns_support_level") != "disabled",
        ignore_mx_error=core.ignore_mx_lookup_error,
        defer_no_mx_address=of("defer_if_no_mx_address_found"),
        tls_level=_tls_level(tls, base, prefix),
        quote=of("quote_rfc821_envelope"),
        always_ehlo=lmtp or of("always_send_ehlo"),
        fallback_relay=tuple(split_list(of("fallback_relay"))),
        bind_address=of("bind_address"),
        bind_address6=of("bind_address6"),
        best_mx_transport=core.best_mx_transport,
        assume_final=lmtp and bool(of("assume_final")),
    )
