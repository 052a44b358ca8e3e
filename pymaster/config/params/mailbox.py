"""mailbox - parameters of the processes that hold a user's mail for POP3 and IMAP."""

from pymaster.config.param import Params, boolean, duration, integer, text


class MailboxParams(Params):
    """The spawner and the workers it forks."""

    mailbox_attachment_keywords: bool = boolean(
        "no",
        doc="Give messages that clients store here the keyword $HasAttachment or $HasNoAttachment (RFC 8457).",
    )
    mailbox_processes_per_uid: int = integer(
        "0",
        doc="Over how many processes users who share one uid (virtual users) are spread; 0 is the number of cores. A user"
        " of the system with a uid of their own has one process.",
    )
    mailbox_process_limit: int = integer(
        "1000", min=1, doc="The most processes for POP3 and IMAP sessions, of all uids."
    )
    mailbox_max_idle: float = duration(
        "300s",
        min=1,
        doc="How long a process without sessions is kept: its user's next login finds everything at hand.",
    )
    mailbox_memory_limit: int = integer(
        "2147483648", doc="The most address space (bytes) of such a process; 0 is no limit."
    )
    mailbox_shared_directory: str = text(
        doc="Where it is kept which users of one uid share mailboxes with each other (IMAP's SETACL), in a folder for each"
        " uid, which the uid makes and must own. Empty: nobody shares."
    )
    mailbox_privileged_group: str = text(
        "mail",
        doc="The group that may write to the spool of mbox files, where others may not (/var/mail); a process that serves"
        " such a file takes it for the moment of making or removing a lock file.",
    )
