"""tls - TLS library settings (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, text


class TlsParams(Params):
    """TLS library settings."""

    openssl_path: str = text("openssl", effect=False)
    tls_append_default_CA: bool = boolean("no")
    tls_config_file: str = text("default")
    tls_config_name: str = text()
    tls_daemon_random_bytes: int = integer("32", effect=False)
    tls_dane_digests: str = text("sha512 sha256")
    tls_disable_workarounds: str = text()
    tls_eecdh_auto_curves: str = text("X25519 X448 prime256v1 secp384r1 secp521r1")
    tls_eecdh_strong_curve: str = text("prime256v1")
    tls_eecdh_ultra_curve: str = text("secp384r1")
    tls_export_cipherlist: str = text(effect=False)
    tls_fast_shutdown_enable: bool = boolean("yes")
    tls_ffdhe_auto_groups: str = text("ffdhe2048 ffdhe3072")
    tls_high_cipherlist: str = text(
        "aNULL:-aNULL:HIGH:!SEED:!IDEA:!3DES:!RC2:!RC4:!RC5:!kDH:!kECDH:!aDSS:!MD5:@STRENGTH", min=1
    )
    tls_legacy_public_key_fingerprints: bool = boolean("no")
    tls_low_cipherlist: str = text(effect=False)
    tls_medium_cipherlist: str = text(
        "aNULL:-aNULL:HIGH:MEDIUM:!SEED:!IDEA:!3DES:!RC2:!RC4:!RC5:!kDH:!kECDH:!aDSS:!MD5:+RC4:@STRENGTH", min=1
    )
    tls_null_cipherlist: str = text("eNULL:!kDH:!kECDH:!aDSS:!MD5:!aNULL", min=1)
    tls_preempt_cipherlist: bool = boolean("no")
    tls_random_bytes: int = integer("32", effect=False)
    tls_random_exchange_name: str = text("${data_directory}/prng_exch", effect=False)
    tls_random_prng_update_period: float = duration("3600s", effect=False)
    tls_random_reseed_period: float = duration("3600s", effect=False)
    tls_random_source: str = text("dev:/dev/urandom", effect=False)
    tls_server_sni_maps: str = text()
    tls_session_ticket_cipher: str = text("aes-256-cbc")
    tls_ssl_options: str = text()
    tls_wildcard_matches_multiple_labels: bool = boolean("yes")
    tlsmgr_service_name: str = text("tlsmgr")
