"""smtpd_tls - TLS in the SMTP server (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, text


class SmtpdTlsParams(Params):
    """TLS in the SMTP server."""

    requiretls_enable: bool = boolean("no", doc="Announce and honour REQUIRETLS (RFC 8689).")
    smtpd_tls_CAfile: str = text(doc="A file of certification authorities whose client certificates are trusted.")
    smtpd_tls_CApath: str = text(doc="A directory of such authorities.")
    smtpd_tls_always_issue_session_ids: bool = boolean(
        "yes", doc="Give clients a session id even without a session cache."
    )
    smtpd_tls_ask_ccert: bool = boolean("no", doc="Ask clients for a certificate.")
    smtpd_tls_auth_only: bool = boolean("no", doc="Announce and accept AUTH only inside TLS.")
    smtpd_tls_ccert_verifydepth: int = integer("9", doc="How long a chain of certificates may be.")
    smtpd_tls_cert_file: str = text(doc="The server's own RSA certificate.")
    smtpd_tls_chain_files: str = text(
        doc="Files with the server's own keys and certificate chains; key first, in each."
    )
    smtpd_tls_ciphers: str = text("medium", doc="The lowest grade of ciphers with opportunistic TLS.")
    smtpd_tls_dcert_file: str = text(doc="The server's own DSA certificate; obsolete.")
    smtpd_tls_dh1024_param_file: str = text(
        doc="Parameters for Diffie-Hellman key exchange; empty or auto uses the library's."
    )
    smtpd_tls_dh512_param_file: str = text(effect=False)
    smtpd_tls_dkey_file: str = text("$smtpd_tls_dcert_file", doc="The key of smtpd_tls_dcert_file.")
    smtpd_tls_eccert_file: str = text(doc="The server's own ECDSA certificate.")
    smtpd_tls_eckey_file: str = text("$smtpd_tls_eccert_file", doc="Its key.")
    smtpd_tls_eecdh_grade: str = text("auto", effect=False)
    smtpd_tls_enable_rpk: bool = boolean("no", effect=False)
    smtpd_tls_exclude_ciphers: str = text(doc="Ciphers that are never used.")
    smtpd_tls_fingerprint_digest: str = text(
        "${{$compatibility_level} <level {3.6} ? {md5} : {sha256}}", doc="The digest of fingerprints."
    )
    smtpd_tls_key_file: str = text("$smtpd_tls_cert_file", doc="The key of smtpd_tls_cert_file.")
    smtpd_tls_loglevel: str = text("0", doc="How much is logged of TLS: 0 to 4; 1 is a line for each session.")
    smtpd_tls_mandatory_ciphers: str = text("medium", doc="The lowest grade of ciphers where TLS is required.")
    smtpd_tls_mandatory_exclude_ciphers: str = text(doc="Further ciphers not used where TLS is required.")
    smtpd_tls_mandatory_protocols: str = text(
        ">=TLSv1", doc="TLS versions where TLS is required: >=TLSv1.2, or names with ! to exclude."
    )
    smtpd_tls_protocols: str = text(">=TLSv1", doc="TLS versions with opportunistic TLS.")
    smtpd_tls_received_header: bool = boolean("no", doc="Show TLS version and cipher in the Received: header.")
    smtpd_tls_req_ccert: bool = boolean("no", doc="Require a trusted certificate of clients.")
    smtpd_tls_security_level: str = text(doc="none, may (announce STARTTLS) or encrypt (require it).")
    smtpd_tls_session_cache_database: str = text(doc="Where TLS sessions are remembered.")
    smtpd_tls_session_cache_timeout: float = duration(
        "3600s", max=8640000, doc="How long a TLS session is remembered, or a ticket is good."
    )
    smtpd_tls_wrappermode: bool = boolean("no", doc="Begin with TLS at once, for port 465.")
