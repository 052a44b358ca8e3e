"""tls - parameters of this topic (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, text


class TlsParams(Params):
    """Parameters of tls."""

    openssl_path: str = text("openssl")
    tls_append_default_CA: bool = boolean("no")
    tls_config_file: str = text("default")
    tls_config_name: str = text()
    tls_daemon_random_bytes: int = integer("32")
    tls_dane_digests: str = text("sha512 sha256")
    tls_disable_workarounds: str = text()
    tls_eecdh_auto_curves: str = text("X25519 X448 prime256v1 secp521r1 secp384r1")
    tls_eecdh_strong_curve: str = text("prime256v1")
    tls_eecdh_ultra_curve: str = text("secp384r1")
    tls_export_cipherlist: str = text("aNULL:-aNULL:HIGH:MEDIUM:LOW:EXPORT:+RC4:@STRENGTH")
    tls_fast_shutdown_enable: bool = boolean("yes")
    tls_high_cipherlist: str = text("aNULL:-aNULL:HIGH:@STRENGTH")
    tls_legacy_public_key_fingerprints: bool = boolean("no")
    tls_low_cipherlist: str = text("aNULL:-aNULL:HIGH:MEDIUM:LOW:+RC4:@STRENGTH")
    tls_medium_cipherlist: str = text("aNULL:-aNULL:HIGH:MEDIUM:+RC4:@STRENGTH")
    tls_null_cipherlist: str = text("eNULL:!aNULL")
    tls_preempt_cipherlist: bool = boolean("no")
    tls_random_bytes: int = integer("32")
    tls_random_exchange_name: str = text("${data_directory}/prng_exch")
    tls_random_prng_update_period: float = duration("3600s")
    tls_random_reseed_period: float = duration("3600s")
    tls_random_source: str = text("dev:/dev/urandom")
    tls_server_sni_maps: str = text()
    tls_session_ticket_cipher: str = text("aes-256-cbc")
    tls_ssl_options: str = text()
    tls_wildcard_matches_multiple_labels: bool = boolean("yes")
    tlsmgr_service_name: str = text("tlsmgr")
