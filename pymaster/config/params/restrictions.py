"""restrictions - access restrictions of the SMTP server (postconf(5))."""

from pymaster.config.param import Params, boolean, integer, raw, text


class RestrictionsParams(Params):
    """Access restrictions of the SMTP server."""

    access_map_defer_code: int = integer("450")
    access_map_reject_code: int = integer("554")
    default_rbl_reply: str = raw(
        "$rbl_code Service unavailable; $rbl_class [$rbl_what] blocked using $rbl_domain${rbl_reason?; $rbl_reason}"
    )
    defer_code: int = integer("450")
    invalid_hostname_reject_code: int = integer("501")
    maps_rbl_domains: str = text()
    maps_rbl_reject_code: int = integer("554")
    multi_recipient_bounce_reject_code: int = integer("550")
    non_fqdn_reject_code: int = integer("504")
    permit_mx_backup_networks: str = text()
    plaintext_reject_code: int = integer("450")
    rbl_reply_maps: str = text()
    reject_code: int = integer("554")
    reject_tempfail_action: str = text("defer_if_permit")
    relay_domains_reject_code: int = integer("554")
    smtpd_client_restrictions: str = text()
    smtpd_data_restrictions: str = text()
    smtpd_delay_reject: bool = boolean("yes")
    smtpd_end_of_data_restrictions: str = text()
    smtpd_etrn_restrictions: str = text()
    smtpd_forbid_bare_newline_reject_code: int = integer("550")
    smtpd_helo_restrictions: str = text()
    smtpd_log_access_permit_actions: str = text()
    smtpd_null_access_lookup_key: str = text("<>")
    smtpd_recipient_restrictions: str = text()
    smtpd_reject_unlisted_recipient: bool = boolean("yes")
    smtpd_reject_unlisted_sender: bool = boolean("no")
    smtpd_relay_before_recipient_restrictions: bool = boolean("${{$compatibility_level} <level {3.6} ? {no} : {yes}}")
    smtpd_relay_restrictions: str = text(
        "${{$compatibility_level} <level {1} ? {} : {permit_mynetworks, permit_sasl_authenticated, "
        "defer_unauth_destination}}",
    )
    smtpd_restriction_classes: str = text()
    smtpd_sender_login_maps: str = text()
    smtpd_sender_restrictions: str = text()
    unknown_address_reject_code: int = integer("450")
    unknown_address_tempfail_action: str = text("$reject_tempfail_action")
    unknown_client_reject_code: int = integer("450")
    unknown_helo_hostname_tempfail_action: str = text("$reject_tempfail_action")
    unknown_hostname_reject_code: int = integer("450")
    unknown_local_recipient_reject_code: int = integer("550")
    unknown_relay_recipient_reject_code: int = integer("550")
    unknown_virtual_alias_reject_code: int = integer("550")
    unknown_virtual_mailbox_reject_code: int = integer("550")
    unverified_recipient_defer_code: int = integer("450")
    unverified_recipient_reject_code: int = integer("450")
    unverified_recipient_reject_reason: str = text()
    unverified_recipient_tempfail_action: str = text("$reject_tempfail_action")
    unverified_sender_defer_code: int = integer("450")
    unverified_sender_reject_code: int = integer("450")
    unverified_sender_reject_reason: str = text()
    unverified_sender_tempfail_action: str = text("$reject_tempfail_action")
