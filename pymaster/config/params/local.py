"""local - local delivery (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, raw, text


class LocalParams(Params):
    """Local delivery."""

    alias_database: str = text("hash:/etc/aliases")
    alias_maps: str = text("hash:/etc/aliases")
    allow_mail_to_commands: str = text("alias, forward")
    allow_mail_to_files: str = text("alias, forward")
    allow_min_user: bool = boolean("no")
    biff: bool = boolean("yes")
    command_directory: str = text(min=1)
    command_execution_directory: str = raw()
    command_expansion_filter: str = raw("1234567890!@%-_=+:,./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    command_time_limit: float = duration("1000s", min=1)
    default_privs: str = text("nobody", min=1)
    deliver_lock_attempts: int = integer("20", min=1)
    deliver_lock_delay: float = duration("1s", min=1)
    duplicate_filter_limit: int = integer("1000")
    execution_directory_expansion_filter: str = raw(
        "1234567890!@%-_=+:,./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    )
    expand_owner_alias: bool = boolean("no")
    export_environment: str = text("TZ MAIL_CONFIG LANG")
    fallback_transport: str = text()
    fallback_transport_maps: str = text()
    forward_expansion_filter: str = raw("1234567890!@%-_=+:,./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    forward_path: str = raw("$home/.forward${recipient_delimiter}${extension}, $home/.forward")
    frozen_delivered_to: bool = boolean("yes")
    home_mailbox: str = text()
    local_command_shell: str = text()
    local_delivery_status_filter: str = text("$default_delivery_status_filter")
    local_destination_concurrency_limit: int = integer("2")
    local_destination_recipient_limit: int = integer("1")
    local_login_sender_maps: str = text("static:*")
    luser_relay: str = raw()
    mail_spool_directory: str = text("/var/mail")
    mailbox_command: str = raw()
    mailbox_command_maps: str = text()
    mailbox_delivery_lock: str = text("fcntl, dotlock")
    mailbox_size_limit: int = integer("51200000")
    mailbox_transport: str = text()
    mailbox_transport_maps: str = text()
    newaliases_path: str = text("$command_directory/newaliases")
    pipe_delivery_status_filter: str = text("$default_delivery_status_filter")
    prepend_delivered_header: str = text("command, file, forward")
    require_home_directory: bool = boolean("no")
    reset_owner_alias: bool = boolean("no")
    stale_lock_time: float = duration("500s", min=1)
    strict_mailbox_ownership: bool = boolean("yes")
    sun_mailtool_compatibility: bool = boolean("no", effect=False)
