"""lmtp_tls - parameters of this topic (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, text


class LmtpTlsParams(Params):
    """Parameters of lmtp_tls."""

    lmtp_tls_CAfile: str = text()
    lmtp_tls_CApath: str = text()
    lmtp_tls_block_early_mail_reply: bool = boolean("no")
    lmtp_tls_cert_file: str = text()
    lmtp_tls_chain_files: str = text()
    lmtp_tls_ciphers: str = text("medium")
    lmtp_tls_connection_reuse: bool = boolean("no")
    lmtp_tls_dcert_file: str = text()
    lmtp_tls_dkey_file: str = text("$lmtp_tls_dcert_file")
    lmtp_tls_eccert_file: str = text()
    lmtp_tls_eckey_file: str = text("$lmtp_tls_eccert_file")
    lmtp_tls_enforce_peername: bool = boolean("yes")
    lmtp_tls_exclude_ciphers: str = text()
    lmtp_tls_fingerprint_cert_match: str = text()
    lmtp_tls_fingerprint_digest: str = text("${{$compatibility_level} <level {3.6} ? {md5} : {sha256}}")
    lmtp_tls_force_insecure_host_tlsa_lookup: bool = boolean("no")
    lmtp_tls_key_file: str = text("$lmtp_tls_cert_file")
    lmtp_tls_loglevel: str = text("0")
    lmtp_tls_mandatory_ciphers: str = text("medium")
    lmtp_tls_mandatory_exclude_ciphers: str = text()
    lmtp_tls_mandatory_protocols: str = text(">=TLSv1")
    lmtp_tls_note_starttls_offer: bool = boolean("no")
    lmtp_tls_per_site: str = text()
    lmtp_tls_policy_maps: str = text()
    lmtp_tls_protocols: str = text(">=TLSv1")
    lmtp_tls_scert_verifydepth: int = integer("9")
    lmtp_tls_secure_cert_match: str = text("nexthop")
    lmtp_tls_security_level: str = text()
    lmtp_tls_servername: str = text()
    lmtp_tls_session_cache_database: str = text()
    lmtp_tls_session_cache_timeout: float = duration("3600s")
    lmtp_tls_trust_anchor_file: str = text()
    lmtp_tls_verify_cert_match: str = text("hostname")
    lmtp_tls_wrappermode: bool = boolean("no")
