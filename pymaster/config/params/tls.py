"""tls - TLS library settings (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, text


class TlsParams(Params):
    """TLS library settings."""

    openssl_path: str = text("openssl", effect=False)
    tls_append_default_CA: bool = boolean("no", doc="Trust the system's certification authorities as well.")
    tls_config_file: str = text("default", doc="The TLS library's configuration file: default, none, or a path.")
    tls_config_name: str = text(doc="The application's name in that file.")
    tls_daemon_random_bytes: int = integer("32", effect=False)
    tls_dane_digests: str = text("sha512 sha256", doc="Digests of TLSA records, best first.")
    tls_disable_workarounds: str = text(doc="Workarounds of the TLS library to turn off.")
    tls_eecdh_auto_curves: str = text(
        "X25519 X448 prime256v1 secp384r1 secp521r1", doc="Curves for key exchange, best first."
    )
    tls_eecdh_strong_curve: str = text("prime256v1", doc="The curve of the old grade strong.")
    tls_eecdh_ultra_curve: str = text("secp384r1", doc="The curve of the old grade ultra.")
    tls_export_cipherlist: str = text(effect=False)
    tls_fast_shutdown_enable: bool = boolean("yes", doc="End TLS without waiting for the other side.")
    tls_ffdhe_auto_groups: str = text("ffdhe2048 ffdhe3072", doc="Groups for finite-field key exchange, best first.")
    tls_high_cipherlist: str = text(
        "aNULL:-aNULL:HIGH:!SEED:!IDEA:!3DES:!RC2:!RC4:!RC5:!kDH:!kECDH:!aDSS:!MD5:@STRENGTH",
        min=1,
        doc="The ciphers of grade high.",
    )
    tls_legacy_public_key_fingerprints: bool = boolean(
        "no", doc="Compute fingerprints of keys as very old releases did."
    )
    tls_low_cipherlist: str = text(effect=False)
    tls_medium_cipherlist: str = text(
        "aNULL:-aNULL:HIGH:MEDIUM:!SEED:!IDEA:!3DES:!RC2:!RC4:!RC5:!kDH:!kECDH:!aDSS:!MD5:+RC4:@STRENGTH",
        min=1,
        doc="The ciphers of grade medium.",
    )
    tls_null_cipherlist: str = text(
        "eNULL:!kDH:!kECDH:!aDSS:!MD5:!aNULL", min=1, doc="The ciphers of grade null, without encryption."
    )
    tls_preempt_cipherlist: bool = boolean("no", doc="Let the server choose the cipher.")
    tls_random_bytes: int = integer("32", effect=False)
    tls_random_exchange_name: str = text("${data_directory}/prng_exch", effect=False)
    tls_random_prng_update_period: float = duration("3600s", effect=False)
    tls_random_reseed_period: float = duration("3600s", effect=False)
    tls_random_source: str = text("dev:/dev/urandom", effect=False)
    tls_server_sni_maps: str = text(doc="Tables of keys and certificate chains by the name a client asks for.")
    tls_session_ticket_cipher: str = text("aes-256-cbc", doc="The cipher of session tickets.")
    tls_ssl_options: str = text(doc="Options of the TLS library to turn on.")
    tls_wildcard_matches_multiple_labels: bool = boolean("yes", doc="Let *.example.com match a.b.example.com.")
    tlsmgr_service_name: str = text(
        "tlsmgr", doc="The service that keeps TLS sessions; its work is done where the connection is."
    )
