"""
NAME
    mailboxd - starts the processes that hold users' mail for POP3 and IMAP

DESCRIPTION
    imapd and pop3d hand a client over when its user is known. mailboxd redeems the login's ticket at authd, which tells who
    the user is and where the mail lies, and gives the client to that user's worker: a process with the user's uid, gid and
    groups, forked when there is none, shared by all sessions of the user, and gone mailbox_max_idle after the last of them.
    Users who share one uid are spread over mailbox_processes_per_uid processes by name.

    mailboxd runs as root and reads no mail. Its line is implied in master.cf when imapd or pop3d is there:

        mailbox unix - n n - - mailboxd

PROTOCOL
    Frames of records (model.mailsession) on the private socket `mailbox`, with the client's descriptor. `pymaster who` and
    `pymaster kick` ask here.

DIAGNOSTICS
    Problems are logged to syslogd(8) or postlogd(8). A worker that does not answer for 8 seconds is killed.

SEE ALSO
    imapd(8), pop3d(8), authd(8), master(5)
"""

from pymaster.config.params.core import CoreParams
from pymaster.config.params.mailbox import MailboxParams
from pymaster.server import mailrehearsal
from pymaster.server.mailworker import MailWorker
from pymaster.server.service import Multi, Spawner, run


class Mailboxd(Spawner):
    """The spawner of mail workers."""

    name = "mailboxd"
    params = (CoreParams, MailboxParams)
    min_procs = 1

    def warm(self) -> None:
        mailrehearsal.rehearse(self.snapshot)

    def worker(self) -> Multi:
        made = MailWorker()
        made.snapshot, made.service_name, made.args = self.snapshot, "mailbox", []
        return made


if __name__ == "__main__":
    run(Mailboxd)
