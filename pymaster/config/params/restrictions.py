"""restrictions - access restrictions of the SMTP server (postconf(5))."""

from pymaster.config.param import Params, boolean, integer, raw, text


class RestrictionsParams(Params):
    """Access restrictions of the SMTP server."""

    access_map_defer_code: int = integer("450", doc="The code for DEFER in an access table.")
    access_map_reject_code: int = integer("554", doc="The code for REJECT in an access table.")
    default_rbl_reply: str = raw(
        "$rbl_code Service unavailable; $rbl_class [$rbl_what] blocked using $rbl_domain${rbl_reason?; $rbl_reason}",
        doc="The reply to a client that is on a DNS blocklist; its attributes are expanded.",
    )
    defer_code: int = integer("450", doc="The code for the defer restriction.")
    invalid_hostname_reject_code: int = integer("501", doc="The code for reject_invalid_helo_hostname.")
    maps_rbl_domains: str = text(doc="Blocklists of the old reject_maps_rbl restriction.")
    maps_rbl_reject_code: int = integer("554", doc="The code for blocklist refusals.")
    multi_recipient_bounce_reject_code: int = integer("550", doc="The code for reject_multi_recipient_bounce.")
    non_fqdn_reject_code: int = integer("504", doc="The code for names and addresses that are not complete.")
    permit_mx_backup_networks: str = text(
        doc="Networks whose hosts must be the primary MX for permit_mx_backup to hold."
    )
    plaintext_reject_code: int = integer("450", doc="The code for reject_plaintext_session.")
    rbl_reply_maps: str = text(doc="Replies by blocklist.")
    reject_code: int = integer("554", doc="The code for the reject restriction.")
    reject_tempfail_action: str = text(
        "defer_if_permit", doc="What a rejecting restriction does when its lookup fails: defer_if_permit or defer."
    )
    relay_domains_reject_code: int = integer("554", doc="The code for reject_unauth_destination.")
    smtpd_client_restrictions: str = text(doc="Restrictions on clients, by name and address.")
    smtpd_data_restrictions: str = text(doc="Restrictions at DATA.")
    smtpd_delay_reject: bool = boolean(
        "yes", doc="Apply client, HELO and sender restrictions only at RCPT TO, so that recipients are logged."
    )
    smtpd_end_of_data_restrictions: str = text(doc="Restrictions at the end of a message.")
    smtpd_etrn_restrictions: str = text(doc="Restrictions on ETRN.")
    smtpd_forbid_bare_newline_reject_code: int = integer(
        "550", doc="The code for a message refused because of bare newlines."
    )
    smtpd_helo_restrictions: str = text(doc="Restrictions on the HELO name.")
    smtpd_log_access_permit_actions: str = text(doc="Restrictions and tables whose permits are logged.")
    smtpd_null_access_lookup_key: str = text("<>", doc="What access tables are asked for the null sender.")
    smtpd_recipient_restrictions: str = text(doc="Restrictions on recipients, after those on relaying.")
    smtpd_reject_unlisted_recipient: bool = boolean(
        "yes", doc="Refuse recipients who are not in the tables of their domain."
    )
    smtpd_reject_unlisted_sender: bool = boolean("no", doc="Refuse senders of own domains who are not in the tables.")
    smtpd_relay_before_recipient_restrictions: bool = boolean(
        "${{$compatibility_level} <level {3.6} ? {no} : {yes}}",
        doc="Apply smtpd_relay_restrictions before smtpd_recipient_restrictions.",
    )
    smtpd_relay_restrictions: str = text(
        "${{$compatibility_level} <level {1} ? {} : {permit_mynetworks, permit_sasl_authenticated, "
        "defer_unauth_destination}}",
        doc="Restrictions that keep this machine from being an open relay.",
    )
    smtpd_restriction_classes: str = text(doc="Names for lists of restrictions, for use in access tables.")
    smtpd_sender_login_maps: str = text(doc="Which logins own which sender addresses.")
    smtpd_sender_restrictions: str = text(doc="Restrictions on senders.")
    unknown_address_reject_code: int = integer(
        "450", doc="The code for sender and recipient domains that do not exist."
    )
    unknown_address_tempfail_action: str = text(
        "$reject_tempfail_action", doc="What an unknown domain check does when the DNS fails."
    )
    unknown_client_reject_code: int = integer("450", doc="The code for clients whose name is unknown or wrong.")
    unknown_helo_hostname_tempfail_action: str = text(
        "$reject_tempfail_action", doc="What reject_unknown_helo_hostname does when the DNS fails."
    )
    unknown_hostname_reject_code: int = integer("450", doc="The code for HELO names that do not exist.")
    unknown_local_recipient_reject_code: int = integer("550", doc="The code for unknown local recipients.")
    unknown_relay_recipient_reject_code: int = integer(
        "550", doc="The code for recipients who are not in relay_recipient_maps."
    )
    unknown_virtual_alias_reject_code: int = integer(
        "550", doc="The code for recipients who are not in virtual_alias_maps."
    )
    unknown_virtual_mailbox_reject_code: int = integer(
        "550", doc="The code for recipients who are not in virtual_mailbox_maps."
    )
    unverified_recipient_defer_code: int = integer(
        "450", doc="The code while it is not known whether a recipient exists."
    )
    unverified_recipient_reject_code: int = integer(
        "450", doc="The code for recipients that verification found not to exist."
    )
    unverified_recipient_reject_reason: str = text(doc="A text for them in place of the other server's.")
    unverified_recipient_tempfail_action: str = text(
        "$reject_tempfail_action", doc="What recipient verification does while it does not know."
    )
    unverified_sender_defer_code: int = integer("450", doc="The code while it is not known whether a sender exists.")
    unverified_sender_reject_code: int = integer(
        "450", doc="The code for senders that verification found not to exist."
    )
    unverified_sender_reject_reason: str = text(doc="A text for them in place of the other server's.")
    unverified_sender_tempfail_action: str = text(
        "$reject_tempfail_action", doc="What sender verification does while it does not know."
    )
