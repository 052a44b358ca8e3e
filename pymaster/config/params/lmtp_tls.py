"""lmtp_tls - TLS in the LMTP client (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, text


class LmtpTlsParams(Params):
    """TLS in the LMTP client."""

    lmtp_log_tls_feature_status: bool = boolean("yes", doc="smtp_log_tls_feature_status, for the LMTP client.")
    lmtp_requiretls_policy: str = text("opportunistic", doc="smtp_requiretls_policy, for the LMTP client.")
    lmtp_tls_CAfile: str = text(doc="smtp_tls_CAfile, for the LMTP client.")
    lmtp_tls_CApath: str = text(doc="smtp_tls_CApath, for the LMTP client.")
    lmtp_tls_block_early_mail_reply: bool = boolean("no", doc="smtp_tls_block_early_mail_reply, for the LMTP client.")
    lmtp_tls_cert_file: str = text(doc="smtp_tls_cert_file, for the LMTP client.")
    lmtp_tls_chain_files: str = text(doc="smtp_tls_chain_files, for the LMTP client.")
    lmtp_tls_ciphers: str = text("medium", doc="smtp_tls_ciphers, for the LMTP client.")
    lmtp_tls_connection_reuse: bool = boolean("no", doc="smtp_tls_connection_reuse, for the LMTP client.")
    lmtp_tls_dcert_file: str = text(doc="smtp_tls_dcert_file, for the LMTP client.")
    lmtp_tls_dkey_file: str = text("$lmtp_tls_dcert_file", doc="smtp_tls_dkey_file, for the LMTP client.")
    lmtp_tls_eccert_file: str = text(doc="smtp_tls_eccert_file, for the LMTP client.")
    lmtp_tls_eckey_file: str = text("$lmtp_tls_eccert_file", doc="smtp_tls_eckey_file, for the LMTP client.")
    lmtp_tls_enable_rpk: bool = boolean("no", effect=False, doc="smtp_tls_enable_rpk, for the LMTP client.")
    lmtp_tls_enforce_peername: bool = boolean("yes", doc="smtp_tls_enforce_peername, for the LMTP client.")
    lmtp_tls_enforce_sts_mx_patterns: bool = boolean(
        "yes", doc="smtp_tls_enforce_sts_mx_patterns, for the LMTP client."
    )
    lmtp_tls_exclude_ciphers: str = text(doc="smtp_tls_exclude_ciphers, for the LMTP client.")
    lmtp_tls_fingerprint_cert_match: str = text(doc="smtp_tls_fingerprint_cert_match, for the LMTP client.")
    lmtp_tls_fingerprint_digest: str = text(
        "${{$compatibility_level} <level {3.6} ? {md5} : {sha256}}",
        doc="smtp_tls_fingerprint_digest, for the LMTP client.",
    )
    lmtp_tls_force_insecure_host_tlsa_lookup: bool = boolean(
        "no", doc="smtp_tls_force_insecure_host_tlsa_lookup, for the LMTP client."
    )
    lmtp_tls_key_file: str = text("$lmtp_tls_cert_file", doc="smtp_tls_key_file, for the LMTP client.")
    lmtp_tls_loglevel: str = text("0", doc="smtp_tls_loglevel, for the LMTP client.")
    lmtp_tls_mandatory_ciphers: str = text("medium", doc="smtp_tls_mandatory_ciphers, for the LMTP client.")
    lmtp_tls_mandatory_exclude_ciphers: str = text(doc="smtp_tls_mandatory_exclude_ciphers, for the LMTP client.")
    lmtp_tls_mandatory_protocols: str = text(">=TLSv1", doc="smtp_tls_mandatory_protocols, for the LMTP client.")
    lmtp_tls_note_starttls_offer: bool = boolean("no", doc="smtp_tls_note_starttls_offer, for the LMTP client.")
    lmtp_tls_per_site: str = text(doc="smtp_tls_per_site, for the LMTP client.")
    lmtp_tls_policy_maps: str = text(doc="smtp_tls_policy_maps, for the LMTP client.")
    lmtp_tls_protocols: str = text(">=TLSv1", doc="smtp_tls_protocols, for the LMTP client.")
    lmtp_tls_scert_verifydepth: int = integer("9", doc="smtp_tls_scert_verifydepth, for the LMTP client.")
    lmtp_tls_secure_cert_match: str = text("nexthop", doc="smtp_tls_secure_cert_match, for the LMTP client.")
    lmtp_tls_security_level: str = text(doc="smtp_tls_security_level, for the LMTP client.")
    lmtp_tls_servername: str = text(doc="smtp_tls_servername, for the LMTP client.")
    lmtp_tls_session_cache_database: str = text(doc="smtp_tls_session_cache_database, for the LMTP client.")
    lmtp_tls_session_cache_timeout: float = duration(
        "3600s", max=8640000, doc="smtp_tls_session_cache_timeout, for the LMTP client."
    )
    lmtp_tls_trust_anchor_file: str = text(doc="smtp_tls_trust_anchor_file, for the LMTP client.")
    lmtp_tls_verify_cert_match: str = text("hostname", doc="smtp_tls_verify_cert_match, for the LMTP client.")
    lmtp_tls_wrappermode: bool = boolean("no", doc="smtp_tls_wrappermode, for the LMTP client.")
    lmtp_tlsrpt_enable: bool = boolean("no", doc="smtp_tlsrpt_enable, for the LMTP client.")
    lmtp_tlsrpt_skip_reused_handshakes: bool = boolean(
        "yes", doc="smtp_tlsrpt_skip_reused_handshakes, for the LMTP client."
    )
    lmtp_tlsrpt_socket_name: str = text(doc="smtp_tlsrpt_socket_name, for the LMTP client.")
