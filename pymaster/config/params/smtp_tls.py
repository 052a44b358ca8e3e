"""smtp_tls - parameters of this topic (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, text


class SmtpTlsParams(Params):
    """Parameters of smtp_tls."""

    smtp_tls_CAfile: str = text()
    smtp_tls_CApath: str = text()
    smtp_tls_block_early_mail_reply: bool = boolean("no")
    smtp_tls_cert_file: str = text()
    smtp_tls_chain_files: str = text()
    smtp_tls_ciphers: str = text("medium")
    smtp_tls_connection_reuse: bool = boolean("no")
    smtp_tls_dane_insecure_mx_policy: str = text("${{$smtp_tls_security_level} == {dane} ? {dane} : {may}}")
    smtp_tls_dcert_file: str = text()
    smtp_tls_dkey_file: str = text("$smtp_tls_dcert_file")
    smtp_tls_eccert_file: str = text()
    smtp_tls_eckey_file: str = text("$smtp_tls_eccert_file")
    smtp_tls_enforce_peername: bool = boolean("yes")
    smtp_tls_exclude_ciphers: str = text()
    smtp_tls_fingerprint_cert_match: str = text()
    smtp_tls_fingerprint_digest: str = text("${{$compatibility_level} <level {3.6} ? {md5} : {sha256}}")
    smtp_tls_force_insecure_host_tlsa_lookup: bool = boolean("no")
    smtp_tls_key_file: str = text("$smtp_tls_cert_file")
    smtp_tls_loglevel: str = text("0")
    smtp_tls_mandatory_ciphers: str = text("medium")
    smtp_tls_mandatory_exclude_ciphers: str = text()
    smtp_tls_mandatory_protocols: str = text(">=TLSv1")
    smtp_tls_note_starttls_offer: bool = boolean("no")
    smtp_tls_per_site: str = text()
    smtp_tls_policy_maps: str = text()
    smtp_tls_protocols: str = text(">=TLSv1")
    smtp_tls_scert_verifydepth: int = integer("9")
    smtp_tls_secure_cert_match: str = text("nexthop, dot-nexthop")
    smtp_tls_security_level: str = text()
    smtp_tls_servername: str = text()
    smtp_tls_session_cache_database: str = text()
    smtp_tls_session_cache_timeout: float = duration("3600s")
    smtp_tls_trust_anchor_file: str = text()
    smtp_tls_verify_cert_match: str = text("hostname")
    smtp_tls_wrappermode: bool = boolean("no")
