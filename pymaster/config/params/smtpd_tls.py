"""smtpd_tls - TLS in the SMTP server (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, text


class SmtpdTlsParams(Params):
    """TLS in the SMTP server."""

    requiretls_enable: bool = boolean("no")
    smtpd_tls_CAfile: str = text()
    smtpd_tls_CApath: str = text()
    smtpd_tls_always_issue_session_ids: bool = boolean("yes")
    smtpd_tls_ask_ccert: bool = boolean("no")
    smtpd_tls_auth_only: bool = boolean("no")
    smtpd_tls_ccert_verifydepth: int = integer("9")
    smtpd_tls_cert_file: str = text()
    smtpd_tls_chain_files: str = text()
    smtpd_tls_ciphers: str = text("medium")
    smtpd_tls_dcert_file: str = text()
    smtpd_tls_dh1024_param_file: str = text()
    smtpd_tls_dh512_param_file: str = text(effect=False)
    smtpd_tls_dkey_file: str = text("$smtpd_tls_dcert_file")
    smtpd_tls_eccert_file: str = text()
    smtpd_tls_eckey_file: str = text("$smtpd_tls_eccert_file")
    smtpd_tls_eecdh_grade: str = text("auto", effect=False)
    smtpd_tls_enable_rpk: bool = boolean("no", effect=False)
    smtpd_tls_exclude_ciphers: str = text()
    smtpd_tls_fingerprint_digest: str = text("${{$compatibility_level} <level {3.6} ? {md5} : {sha256}}")
    smtpd_tls_key_file: str = text("$smtpd_tls_cert_file")
    smtpd_tls_loglevel: str = text("0")
    smtpd_tls_mandatory_ciphers: str = text("medium")
    smtpd_tls_mandatory_exclude_ciphers: str = text()
    smtpd_tls_mandatory_protocols: str = text(">=TLSv1")
    smtpd_tls_protocols: str = text(">=TLSv1")
    smtpd_tls_received_header: bool = boolean("no")
    smtpd_tls_req_ccert: bool = boolean("no")
    smtpd_tls_security_level: str = text()
    smtpd_tls_session_cache_database: str = text()
    smtpd_tls_session_cache_timeout: float = duration("3600s", max=8640000)
    smtpd_tls_wrappermode: bool = boolean("no")
