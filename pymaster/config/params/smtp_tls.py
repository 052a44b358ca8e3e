"""smtp_tls - TLS in the SMTP client (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, raw, text


class SmtpTlsParams(Params):
    """TLS in the SMTP client."""

    smtp_log_tls_feature_status: bool = boolean("yes", doc="Log with each delivery which TLS policies held.")
    smtp_requiretls_policy: str = raw(doc="How REQUIRETLS is honoured, by destination.")
    smtp_tls_CAfile: str = text(doc="A file of certification authorities whose server certificates are trusted.")
    smtp_tls_CApath: str = text(doc="A directory of such authorities.")
    smtp_tls_block_early_mail_reply: bool = boolean(
        "no", doc="Distrust a server that answers a command before STARTTLS has finished."
    )
    smtp_tls_cert_file: str = text(doc="The client's own RSA certificate.")
    smtp_tls_chain_files: str = text(doc="Files with the client's own keys and certificate chains.")
    smtp_tls_ciphers: str = text("medium", doc="The lowest grade of ciphers with opportunistic TLS.")
    smtp_tls_connection_reuse: bool = boolean("no", doc="Keep TLS sessions open for further messages.")
    smtp_tls_dane_insecure_mx_policy: str = text(
        "dane", doc="What holds for servers with TLSA records when the MX lookup was not secure: dane, encrypt or may."
    )
    smtp_tls_dcert_file: str = text(doc="The client's own DSA certificate; obsolete.")
    smtp_tls_dkey_file: str = text("$smtp_tls_dcert_file", doc="Its key.")
    smtp_tls_eccert_file: str = text(doc="The client's own ECDSA certificate.")
    smtp_tls_eckey_file: str = text("$smtp_tls_eccert_file", doc="Its key.")
    smtp_tls_enable_rpk: bool = boolean("no", effect=False)
    smtp_tls_enforce_peername: bool = boolean(
        "yes", doc="Check the name in a certificate (older than smtp_tls_security_level)."
    )
    smtp_tls_enforce_sts_mx_patterns: bool = boolean(
        "yes", doc="Use only servers that match the patterns of an MTA-STS policy."
    )
    smtp_tls_exclude_ciphers: str = text(doc="Ciphers that are never used.")
    smtp_tls_fingerprint_cert_match: str = text(doc="Fingerprints of servers, for the fingerprint level.")
    smtp_tls_fingerprint_digest: str = text(
        "${{$compatibility_level} <level {3.6} ? {md5} : {sha256}}", doc="The digest of fingerprints."
    )
    smtp_tls_force_insecure_host_tlsa_lookup: bool = boolean(
        "no", doc="Look for TLSA records of servers whose address records are not secure."
    )
    smtp_tls_key_file: str = text("$smtp_tls_cert_file", doc="The key of smtp_tls_cert_file.")
    smtp_tls_loglevel: str = text("0", doc="How much is logged of TLS: 0 to 4; 1 is a line for each session.")
    smtp_tls_mandatory_ciphers: str = text("medium", doc="The lowest grade of ciphers where TLS is required.")
    smtp_tls_mandatory_exclude_ciphers: str = text(doc="Further ciphers not used where TLS is required.")
    smtp_tls_mandatory_protocols: str = text(
        ">=TLSv1", doc="TLS versions where TLS is required: >=TLSv1.2, or names with ! to exclude."
    )
    smtp_tls_note_starttls_offer: bool = boolean("no", doc="Log servers that offer TLS when it is not used.")
    smtp_tls_per_site: str = text(doc="TLS policy by destination, the old form.")
    smtp_tls_policy_maps: str = text(doc="TLS policy by destination: a level and its attributes.")
    smtp_tls_protocols: str = text(">=TLSv1", doc="TLS versions with opportunistic TLS.")
    smtp_tls_scert_verifydepth: int = integer("9", doc="How long a chain of certificates may be.")
    smtp_tls_secure_cert_match: str = text(
        "nexthop, dot-nexthop",
        doc="How names are checked at the secure level: nexthop, dot-nexthop, hostname, or names.",
    )
    smtp_tls_security_level: str = text(doc="none, may, encrypt, dane, dane-only, fingerprint, verify or secure.")
    smtp_tls_servername: str = text(doc="The name to ask for by SNI; hostname, nexthop or a name.")
    smtp_tls_session_cache_database: str = text(doc="Where TLS sessions are remembered.")
    smtp_tls_session_cache_timeout: float = duration("3600s", max=8640000, doc="How long a TLS session is remembered.")
    smtp_tls_trust_anchor_file: str = text(
        doc="Files of certificates or keys that are trusted in place of authorities."
    )
    smtp_tls_verify_cert_match: str = text("hostname", doc="How names are checked at the verify level.")
    smtp_tls_wrappermode: bool = boolean(
        "no", doc="Begin with TLS at once, for port 465; needs a level of encrypt or more."
    )
    smtp_tlsrpt_enable: bool = boolean("no", doc="Report TLS successes and failures for TLSRPT (RFC 8460).")
    smtp_tlsrpt_skip_reused_handshakes: bool = boolean("yes", doc="Report only sessions that are new.")
    smtp_tlsrpt_socket_name: str = text(doc="The socket of the program that collects reports.")
