"""pop3d - the POP3 server. Names of our own with Dovecot's ideas; TLS is the SMTP server's unless told otherwise. Kept sorted."""

from pymaster.config.param import Params, boolean, duration, text


class Pop3dParams(Params):
    """POP3: the login stage (pop3d_*) and the session behind it (pop3_*)."""

    pop3_client_workarounds: str = text(
        doc="Help for faulty clients: outlook-no-nuls (NUL is sent as 0x80), oe-ns-eoh (an empty line after a message that"
        " is all header)."
    )
    pop3_deleted_flag: str = text(
        doc="A keyword, such as $POP3Deleted (written $$POP3Deleted in main.cf), that messages get instead of being removed;"
        " POP3 shows them no more, IMAP does. Empty: what a client deletes is gone."
    )
    pop3_enable_last: bool = boolean(
        "no", doc="Offer LAST, which RFC 1460 took out; RSET then takes back that messages were read."
    )
    pop3_lock_session: bool = boolean(
        "no",
        doc="Let one POP3 session of a user in at a time, as RFC 1939 wants; a client whose line broke has to wait.",
    )
    pop3_no_flag_updates: bool = boolean("no", doc="Do not mark fetched messages as read; saves one write a session.")
    pop3_uidl_duplicates: str = text(
        "rename", doc="What to do with messages of the same unique id: rename (the later ones get -2, -3 ...) or allow."
    )
    pop3_uidl_format: str = text(
        "dovecot",
        doc=(
            "The form of unique ids; clients fetch everything again when it changes. By name: dovecot (the same as"
            " %08Xu%08Xv), courier (UID%u-%v), cyrus (%v.%u), cyrus-old (%u), uw (%08Xv%08Xu), guid (%g), md5 (%m); or made"
            " of %u the UID, %v UIDVALIDITY (both also %08X...), %g a hash of the message, %m MD5 of its Received:"
            " headers. An id kept by an earlier server comes before it."
        ),
    )
    pop3_utf8_fallback: str = text(
        "downgrade",
        doc=(
            "What a client without UTF8 (RFC 6856) gets for a message with UTF-8 in its header: downgrade (encoded words;"
            " LIST tells the size that is stored), refuse, or raw."
        ),
    )
    pop3d_plaintext_auth: bool = boolean(
        "no", doc="Accept passwords without TLS; from this machine itself they always are."
    )
    pop3d_timeout: float = duration(
        "600s", min=10, doc="How long a session may be silent. RFC 1939 wants ten minutes at least."
    )
    pop3d_tls_CAfile: str = text(
        "$smtpd_tls_CAfile",
        doc="Certification authorities whose client certificates are asked for; with one, a client may log in by the SASL"
        " mechanism EXTERNAL, if auth_mechanisms has it.",
    )
    pop3d_tls_ccert_username: str = text(
        "commonName", min=1, doc="What of a client's certificate is the user's name: a field of its subject, or email."
    )
    pop3d_tls_cert_file: str = text("$smtpd_tls_cert_file", doc="The server's own certificate; none: no TLS.")
    pop3d_tls_chain_files: str = text(
        "$smtpd_tls_chain_files", doc="Files with keys and certificate chains; key first, in each."
    )
    pop3d_tls_key_file: str = text("$smtpd_tls_key_file", doc="The key of pop3d_tls_cert_file.")
    pop3d_tls_security_level: str = text(
        "$smtpd_tls_security_level", doc="none, may (announce STLS) or encrypt (no login without TLS)."
    )
    pop3d_tls_sni_files: str = text(
        doc="Certificates for clients who ask for a name: name=/file ..., each with key and chain."
    )
    pop3d_tls_wrappermode: bool = boolean("no", doc="Begin with TLS at once, for port 995.")
