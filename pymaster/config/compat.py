"""compat - the notes about old defaults that hold because compatibility_level is low (COMPATIBILITY_README).

Who acts upon such a default asks `old_default` once, and logs `text`, so that an administrator sees what would change before it
changes. A default that is set in main.cf is a decision, and gives no note.
"""

from __future__ import annotations

from pymaster.config.expand import level
from pymaster.config.snapshot import Snapshot

# How Postfix writes an old default, where that is not what `postconf -x` shows.
_WRITTEN = {
    "append_dot_mydomain": "append_dot_mydomain=yes",
    "fast_flush_domains": "relay_domains=$mydestination",
    "mynetworks_style": "mynetworks_style=subnet",
    "relay_domains": "relay_domains=$mydestination",
    "smtpd_relay_before_recipient_restrictions": "smtpd_relay_before_recipient_restrictions=no",
    "smtpd_relay_restrictions": '"smtpd_relay_restrictions = (empty)"',
    "smtputf8_enable": "smtputf8_enable=no",
}
# Parameter -> the level at which its default changed.
CHANGED = {
    "append_dot_mydomain": "1",
    "smtpd_relay_restrictions": "1",
    "smtputf8_enable": "1",
    "mynetworks_style": "2",
    "relay_domains": "2",
    "fast_flush_domains": "2",
    "smtpd_tls_fingerprint_digest": "3.6",
    "smtp_tls_fingerprint_digest": "3.6",
    "lmtp_tls_fingerprint_digest": "3.6",
    "smtpd_relay_before_recipient_restrictions": "3.6",
    "respectful_logging": "3.6",
}
# The level that has all of today's defaults (Postfix 3.10 has no newer one than that of 3.6).
CURRENT = "3.6"


def old_default(snapshot: Snapshot, name: str) -> bool:
    """Whether a parameter has an old default because of the level. Raises ConfigError for a malformed level."""
    changed = CHANGED.get(name)
    if changed is None or snapshot.has(name):
        return False
    # The value of fast_flush_domains is that of relay_domains.
    if name == "fast_flush_domains" and snapshot.has("relay_domains"):
        return False
    return level(snapshot.text("compatibility_level")) < level(changed)


def text(name: str, what: str) -> str:
    """The line to log when the old default of a parameter decides `what` (`rewrite "a" to "a.b"`)."""
    return f"using backwards-compatible default setting {_WRITTEN[name]} to {what}"


def start_notice(snapshot: Snapshot) -> list[str]:
    """What to log when the mail system starts with old defaults."""
    if level(snapshot.text("compatibility_level")) >= level(CURRENT):
        return []
    return [
        "Postfix is using backwards-compatible default settings",
        "See http://www.postfix.org/COMPATIBILITY_README.html for details",
        f'To disable backwards compatibility use "postconf compatibility_level={CURRENT}" and "postfix reload"',
    ]
