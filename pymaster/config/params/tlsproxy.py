"""tlsproxy - settings of Postfix's TLS proxy (postconf(5))."""

from pymaster.config.param import Params, duration, text


class TlsproxyParams(Params):
    """Settings of Postfix's TLS proxy."""

    tlsproxy_client_CAfile: str = text(
        "$smtp_tls_CAfile",
        effect=False,
        doc="smtp_tls_CAfile, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_client_CApath: str = text(
        "$smtp_tls_CApath",
        effect=False,
        doc="smtp_tls_CApath, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_client_cert_file: str = text(
        "$smtp_tls_cert_file",
        effect=False,
        doc="smtp_tls_cert_file, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_client_chain_files: str = text(
        "$smtp_tls_chain_files",
        effect=False,
        doc="smtp_tls_chain_files, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_client_dcert_file: str = text(
        "$smtp_tls_dcert_file",
        effect=False,
        doc="smtp_tls_dcert_file, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_client_dkey_file: str = text(
        "$smtp_tls_dkey_file",
        effect=False,
        doc="smtp_tls_dkey_file, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_client_eccert_file: str = text(
        "$smtp_tls_eccert_file",
        effect=False,
        doc="smtp_tls_eccert_file, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_client_eckey_file: str = text(
        "$smtp_tls_eckey_file",
        effect=False,
        doc="smtp_tls_eckey_file, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_client_enforce_tls: str = text("$smtp_enforce_tls", effect=False)
    tlsproxy_client_fingerprint_digest: str = text(
        "$smtp_tls_fingerprint_digest",
        effect=False,
        doc="smtp_tls_fingerprint_digest, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_client_key_file: str = text(
        "$smtp_tls_key_file",
        effect=False,
        doc="smtp_tls_key_file, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_client_level: str = text(effect=False)
    tlsproxy_client_loglevel: str = text(
        "$smtp_tls_loglevel",
        effect=False,
        doc="smtp_tls_loglevel, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_client_loglevel_parameter: str = text("smtp_tls_loglevel", effect=False)
    tlsproxy_client_per_site: str = text(
        "$smtp_tls_per_site",
        effect=False,
        doc="smtp_tls_per_site, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_client_policy: str = text(effect=False)
    tlsproxy_client_policy_maps: str = text(
        "${tlsproxy_client_policy?{$tlsproxy_client_policy}:{$smtp_tls_policy_maps}}",
        effect=False,
        doc="smtp_tls_policy_maps, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_client_scert_verifydepth: str = text(
        "$smtp_tls_scert_verifydepth",
        effect=False,
        doc="smtp_tls_scert_verifydepth, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_client_security_level: str = text(
        "${tlsproxy_client_level?{$tlsproxy_client_level}:{$smtp_tls_security_level}}",
        effect=False,
        doc="smtp_tls_security_level, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_client_use_tls: str = text("$smtp_use_tls", effect=False)
    tlsproxy_enforce_tls: str = text(
        "$smtpd_enforce_tls",
        effect=False,
        doc="smtpd_enforce_tls, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_service_name: str = text(
        "tlsproxy",
        min=1,
        effect=False,
        doc="smtpd_service_name, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_tls_CAfile: str = text(
        "$smtpd_tls_CAfile",
        effect=False,
        doc="smtpd_tls_CAfile, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_tls_CApath: str = text(
        "$smtpd_tls_CApath",
        effect=False,
        doc="smtpd_tls_CApath, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_tls_always_issue_session_ids: str = text(
        "$smtpd_tls_always_issue_session_ids",
        effect=False,
        doc=(
            "smtpd_tls_always_issue_session_ids, for a TLS proxy process; TLS is done by the process that has "
            "the connection."
        ),
    )
    tlsproxy_tls_ask_ccert: str = text(
        "$smtpd_tls_ask_ccert",
        effect=False,
        doc="smtpd_tls_ask_ccert, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_tls_ccert_verifydepth: str = text(
        "$smtpd_tls_ccert_verifydepth",
        effect=False,
        doc="smtpd_tls_ccert_verifydepth, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_tls_cert_file: str = text(
        "$smtpd_tls_cert_file",
        effect=False,
        doc="smtpd_tls_cert_file, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_tls_chain_files: str = text(
        "$smtpd_tls_chain_files",
        effect=False,
        doc="smtpd_tls_chain_files, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_tls_ciphers: str = text(
        "$smtpd_tls_ciphers",
        effect=False,
        doc="smtpd_tls_ciphers, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_tls_dcert_file: str = text(
        "$smtpd_tls_dcert_file",
        effect=False,
        doc="smtpd_tls_dcert_file, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_tls_dh1024_param_file: str = text(
        "$smtpd_tls_dh1024_param_file",
        effect=False,
        doc="smtpd_tls_dh1024_param_file, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_tls_dh512_param_file: str = text(
        "$smtpd_tls_dh512_param_file",
        effect=False,
        doc="smtpd_tls_dh512_param_file, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_tls_dkey_file: str = text(
        "$smtpd_tls_dkey_file",
        effect=False,
        doc="smtpd_tls_dkey_file, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_tls_eccert_file: str = text(
        "$smtpd_tls_eccert_file",
        effect=False,
        doc="smtpd_tls_eccert_file, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_tls_eckey_file: str = text(
        "$smtpd_tls_eckey_file",
        effect=False,
        doc="smtpd_tls_eckey_file, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_tls_eecdh_grade: str = text(
        "$smtpd_tls_eecdh_grade",
        effect=False,
        doc="smtpd_tls_eecdh_grade, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_tls_enable_rpk: str = text(
        "$smtpd_tls_enable_rpk",
        effect=False,
        doc="smtpd_tls_enable_rpk, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_tls_exclude_ciphers: str = text(
        "$smtpd_tls_exclude_ciphers",
        effect=False,
        doc="smtpd_tls_exclude_ciphers, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_tls_fingerprint_digest: str = text(
        "$smtpd_tls_fingerprint_digest",
        effect=False,
        doc=(
            "smtpd_tls_fingerprint_digest, for a TLS proxy process; TLS is done by the process that has the connection."
        ),
    )
    tlsproxy_tls_key_file: str = text(
        "$smtpd_tls_key_file",
        effect=False,
        doc="smtpd_tls_key_file, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_tls_loglevel: str = text(
        "$smtpd_tls_loglevel",
        effect=False,
        doc="smtpd_tls_loglevel, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_tls_mandatory_ciphers: str = text(
        "$smtpd_tls_mandatory_ciphers",
        effect=False,
        doc="smtpd_tls_mandatory_ciphers, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_tls_mandatory_exclude_ciphers: str = text(
        "$smtpd_tls_mandatory_exclude_ciphers",
        effect=False,
        doc=(
            "smtpd_tls_mandatory_exclude_ciphers, for a TLS proxy process; TLS is done by the process that has "
            "the connection."
        ),
    )
    tlsproxy_tls_mandatory_protocols: str = text(
        "$smtpd_tls_mandatory_protocols",
        effect=False,
        doc=(
            "smtpd_tls_mandatory_protocols, for a TLS proxy process; TLS is done by the process that has the "
            "connection."
        ),
    )
    tlsproxy_tls_protocols: str = text(
        "$smtpd_tls_protocols",
        effect=False,
        doc="smtpd_tls_protocols, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_tls_req_ccert: str = text(
        "$smtpd_tls_req_ccert",
        effect=False,
        doc="smtpd_tls_req_ccert, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_tls_security_level: str = text(
        "$smtpd_tls_security_level",
        effect=False,
        doc="smtpd_tls_security_level, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_use_tls: str = text(
        "$smtpd_use_tls",
        effect=False,
        doc="smtpd_use_tls, for a TLS proxy process; TLS is done by the process that has the connection.",
    )
    tlsproxy_watchdog_timeout: float = duration("10s", effect=False)
