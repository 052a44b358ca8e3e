"""imapd - the IMAP server. Names of our own with Dovecot's ideas; TLS is the SMTP server's unless told otherwise. Kept sorted."""

from pymaster.config.param import Params, boolean, duration, integer, text


class ImapdParams(Params):
    """IMAP: the login stage and the session behind it."""

    imapd_append_limit: int = integer(
        "$message_size_limit", doc="The largest message that APPEND takes, in bytes; 0 is no limit."
    )
    imapd_disabled_capabilities: str = text(
        doc="Extensions to leave out, as CAPABILITY names them: NOTIFY, COMPRESS=DEFLATE ..."
    )
    imapd_idle_keepalive: float = duration(
        "120s", doc="The time between two signs of life to a client in IDLE; more spares a phone's battery. 0 is none."
    )
    imapd_max_user_sessions: int = integer(
        "20", doc="The sessions that a user may have from one address, of IMAP and of POP3 each; 0 is no limit."
    )
    imapd_plaintext_auth: bool = boolean(
        "no", doc="Accept passwords without TLS; from this machine itself they always are."
    )
    imapd_timeout: float = duration(
        "1800s", min=60, doc="How long a session may be silent. RFC 3501 wants thirty minutes at least."
    )
    imapd_tls_CAfile: str = text(
        "$smtpd_tls_CAfile",
        doc="Certification authorities whose client certificates are asked for; with one, a client may log in by the SASL"
        " mechanism EXTERNAL, if auth_mechanisms has it.",
    )
    imapd_tls_ccert_username: str = text(
        "commonName", min=1, doc="What of a client's certificate is the user's name: a field of its subject, or email."
    )
    imapd_tls_cert_file: str = text("$smtpd_tls_cert_file", doc="The server's own certificate; none: no TLS.")
    imapd_tls_chain_files: str = text(
        "$smtpd_tls_chain_files", doc="Files with keys and certificate chains; key first, in each."
    )
    imapd_tls_key_file: str = text("$smtpd_tls_key_file", doc="The key of imapd_tls_cert_file.")
    imapd_tls_security_level: str = text(
        "$smtpd_tls_security_level", doc="none, may (announce STARTTLS) or encrypt (no login without TLS)."
    )
    imapd_tls_sni_files: str = text(
        doc="Certificates for clients who ask for a name: name=/file ..., each with key and chain."
    )
    imapd_tls_wrappermode: bool = boolean("no", doc="Begin with TLS at once, for port 993.")
