"""tables - lookup tables (postconf(5))."""

from pymaster.config.param import Params, boolean, integer, text


class TableParams(Params):
    """Lookup tables."""

    berkeley_db_create_buffer_size: int = integer("16777216", effect=False)
    berkeley_db_read_buffer_size: int = integer("131072", effect=False)
    daemon_table_open_error_is_fatal: bool = boolean(
        "no", doc="Stop a service that cannot open a table; otherwise it defers what needs the table."
    )
    default_cache_db_type: str = text("btree", doc="The table type of caches.")
    default_database_type: str = text("hash", min=1, doc="The table type of postmap and postalias.")
    import_environment: str = text(
        "MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ XAUTHORITY DISPLAY LANG=C POSTLOG_SERVICE POSTLOG_HOSTNAME",
        doc="Environment variables that services get; NAME or NAME=value.",
    )
    lmdb_map_size: int = integer("16777216", min=1, effect=False)
    proxy_read_access_list: str = text("reject", effect=False)
    proxy_read_maps: str = text(
        "$local_recipient_maps $mydestination $virtual_alias_maps $virtual_alias_domains "
        "$virtual_mailbox_maps $virtual_mailbox_domains $relay_recipient_maps $relay_domains $canonical_maps "
        "$sender_canonical_maps $recipient_canonical_maps $relocated_maps $transport_maps $mynetworks "
        "$smtpd_sender_login_maps $sender_bcc_maps $recipient_bcc_maps $smtp_generic_maps $lmtp_generic_maps "
        "$alias_maps $smtpd_client_restrictions $smtpd_helo_restrictions $smtpd_sender_restrictions "
        "$smtpd_relay_restrictions $smtpd_recipient_restrictions "
        "$address_verify_sender_dependent_default_transport_maps "
        "$address_verify_sender_dependent_relayhost_maps $address_verify_transport_maps "
        "$fallback_transport_maps $lmtp_discard_lhlo_keyword_address_maps $lmtp_pix_workaround_maps "
        "$lmtp_sasl_password_maps $lmtp_tls_policy_maps $mailbox_command_maps $mailbox_transport_maps "
        "$postscreen_discard_ehlo_keyword_address_maps $rbl_reply_maps "
        "$sender_dependent_default_transport_maps $sender_dependent_relayhost_maps "
        "$smtp_discard_ehlo_keyword_address_maps $smtp_pix_workaround_maps $smtp_sasl_password_maps "
        "$smtp_tls_policy_maps $smtpd_discard_ehlo_keyword_address_maps $smtpd_milter_maps $virtual_gid_maps "
        "$virtual_uid_maps $local_login_sender_maps $postscreen_reject_footer_maps $smtpd_reject_footer_maps "
        "$tls_server_sni_maps $tlsproxy_client_policy_maps $default_delivery_status_filter "
        "$lmtp_delivery_status_filter $lmtp_dns_reply_filter $lmtp_reply_filter "
        "$local_delivery_status_filter $pipe_delivery_status_filter $postscreen_command_filter "
        "$smtp_delivery_status_filter $smtp_dns_reply_filter $smtp_reply_filter $smtpd_command_filter "
        "$smtpd_dns_reply_filter $virtual_delivery_status_filter $body_checks $header_checks "
        "$lmtp_body_checks $lmtp_header_checks $lmtp_mime_header_checks $lmtp_nested_header_checks "
        "$milter_header_checks $mime_header_checks $nested_header_checks $smtp_body_checks "
        "$smtp_header_checks $smtp_mime_header_checks $smtp_nested_header_checks",
        effect=False,
    )
    proxy_write_access_list: str = text("reject", effect=False)
    proxy_write_maps: str = text(
        "$smtp_sasl_auth_cache_name $lmtp_sasl_auth_cache_name $address_verify_map $postscreen_cache_map", effect=False
    )
    socketmap_max_reply_size: int = integer("100000", min=1, doc="How long an answer of a socketmap server may be.")
