"""local - local delivery (postconf(5))."""

from pymaster.config.param import Params, boolean, duration, integer, raw, text


class LocalParams(Params):
    """Local delivery."""

    alias_database: str = text("hash:/etc/aliases", doc="Alias tables that newaliases builds.")
    alias_maps: str = text("hash:/etc/aliases", doc="Alias tables for local delivery (aliases(5)).")
    allow_mail_to_commands: str = text(
        "alias, forward", doc="Where |command is a valid destination: alias, forward, include."
    )
    allow_mail_to_files: str = text(
        "alias, forward", doc="Where /file/name is a valid destination: alias, forward, include."
    )
    allow_min_user: bool = boolean(
        "no", doc="Accept recipients that begin with a minus sign; programs may take them for options."
    )
    biff: bool = boolean("yes", doc="Tell users of new mail through the comsat service.")
    command_directory: str = text(min=1, doc="Where the administrator's commands are.")
    command_execution_directory: str = raw(
        doc="The directory in which mailbox_command and |command run; attributes are expanded."
    )
    command_expansion_filter: str = raw(
        "1234567890!@%-_=+:,./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        doc="Characters that may come from mail into a command line; others become underscores.",
    )
    command_time_limit: float = duration("1000s", min=1, doc="How long a command of a delivery may take.")
    default_privs: str = text(
        "nobody",
        min=1,
        doc="The user whose rights deliveries to files and commands have when no other user is responsible.",
    )
    deliver_lock_attempts: int = integer("20", min=1, doc="How often a mailbox lock is tried.")
    deliver_lock_delay: float = duration("1s", min=1, doc="The pause between two tries of a lock.")
    duplicate_filter_limit: int = integer(
        "1000", doc="How many addresses are remembered while aliases expand, to find duplicates; 0 is no limit."
    )
    execution_directory_expansion_filter: str = raw(
        "1234567890!@%-_=+:,./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        doc="Characters that may come from mail into command_execution_directory.",
    )
    expand_owner_alias: bool = boolean(
        "no", doc="Use what owner-NAME expands to as the sender, rather than owner-NAME itself."
    )
    export_environment: str = text(
        "TZ MAIL_CONFIG LANG", doc="Environment variables that external commands get; NAME or NAME=value."
    )
    fallback_transport: str = text(doc="Where local mail for unknown users goes.")
    fallback_transport_maps: str = text(doc="The same by recipient.")
    forward_expansion_filter: str = raw(
        "1234567890!@%-_=+:,./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        doc="Characters that may come from mail into forward_path.",
    )
    forward_path: str = raw(
        "$home/.forward${recipient_delimiter}${extension}, $home/.forward",
        doc="Where users' forwarding instructions are looked for; attributes are expanded.",
    )
    frozen_delivered_to: bool = boolean(
        "yes", doc="Check Delivered-To: headers against the message as it came, not as deliveries change it."
    )
    home_mailbox: str = text(doc="The mailbox relative to a user's home; with a slash at its end it is a maildir.")
    local_command_shell: str = text(doc="The shell that runs commands; empty runs plain commands without one.")
    local_delivery_status_filter: str = text(
        "$default_delivery_status_filter", doc="A table that changes status codes and texts of local deliveries."
    )
    local_destination_concurrency_limit: int = integer("2", doc="How many deliveries to one local user at once.")
    local_destination_recipient_limit: int = integer("1", doc="How many recipients one local delivery takes.")
    local_login_sender_maps: str = text(
        "static:*", doc="Sender addresses that each local user may give to the sendmail command."
    )
    luser_relay: str = raw(doc="Where mail for unknown local users goes; attributes are expanded.")
    mail_spool_directory: str = text(
        "/var/mail", doc="Where mailboxes named after users are; with a slash at its end, maildirs."
    )
    mailbox_command: str = raw(doc="A command that delivers mail to users; attributes are expanded.")
    mailbox_command_maps: str = text(doc="The same by user.")
    mailbox_delivery_lock: str = text(
        "fcntl, dotlock", doc="How mailboxes are locked for delivery: fcntl, flock, dotlock."
    )
    mailbox_size_limit: int = integer("51200000", doc="The largest mailbox or file, in bytes; 0 is no limit.")
    mailbox_transport: str = text(doc="The transport that delivers to all local users.")
    mailbox_transport_maps: str = text(doc="The same by user.")
    newaliases_path: str = text("$command_directory/newaliases", doc="Where the newaliases command is.")
    pipe_delivery_status_filter: str = text(
        "$default_delivery_status_filter", doc="A table that changes status codes and texts of deliveries by pipe."
    )
    prepend_delivered_header: str = text(
        "command, file, forward", doc="Kinds of delivery that add a Delivered-To: header: command, file, forward."
    )
    require_home_directory: bool = boolean("no", doc="Deliver only to users whose home exists; otherwise defer.")
    reset_owner_alias: bool = boolean(
        "no", doc="Let a nested alias without owner reset the sender to that of the message."
    )
    stale_lock_time: float = duration("500s", min=1, doc="The age at which a lock file is taken for forgotten.")
    strict_mailbox_ownership: bool = boolean("yes", doc="Deliver only to mailboxes that their user owns.")
    sun_mailtool_compatibility: bool = boolean("no", effect=False)
