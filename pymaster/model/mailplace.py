"""mailplace - where one user's mail lies and whose rights are needed to touch it; made by the user lookup, used by all."""

from pymaster.util.record import Record, record

MAILDIR, MBOX = "maildir", "mbox"


@record(tag=66)
class MailPlace(Record):
    """`user` is the login name; `inbox` the Maildir folder or mbox file; `folders` the root of the other mailboxes (for
    Maildir++ the same as `inbox`, for mbox a folder of files); `index` where index files go, "" for beside the mail.

    `quota` is `storage=BYTES:messages=N` or "" for none; `separator` of mailbox names; `special` lists mailboxes with a
    special use, `Name=\\\\Use`, separated by commas, that are made and subscribed when the account is first opened.
    """

    user: str
    uid: int
    gid: int
    home: str
    format: str
    inbox: str
    folders: str
    index: str = ""
    separator: str = "."
    quota: str = ""
    special: str = ""
