"""THREAD and UID THREAD (RFC 5256): ORDEREDSUBJECT, REFERENCES and REFS."""

from pymaster.dialog.imapd import criteria
from pymaster.dialog.imapd.answer import Answer, ok
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import FLAGS, SELECTED, Verb
from pymaster.proto.imap.cursor import BadSyntax
from pymaster.proto.imap.server import Command
from pymaster.proto.imap.threads import Mail, ordered_subject, references, refs
from pymaster.proto.message.digest import MESSAGE_ID, SUBJECT, Digest

_ALGORITHMS = {b"ORDEREDSUBJECT": ordered_subject, b"REFERENCES": references, b"REFS": refs}


def thread(session: Session, command: Command) -> Answer:
    """THREAD: answers sequence numbers."""
    return _thread(session, command, uid=False)


def uid_thread(session: Session, command: Command) -> Answer:
    """UID THREAD: answers UIDs."""
    return _thread(session, command, uid=True)


def _thread(session: Session, command: Command, *, uid: bool) -> Answer:
    args, selected = command.args, session.selected
    assert selected is not None
    args.sp()
    algorithm = _ALGORITHMS.get(args.word())
    if algorithm is None:
        raise BadSyntax("Unknown threading algorithm")
    args.sp()
    charset = args.astring()
    args.sp()
    program = criteria.read_program(session, args, charset)
    rows = criteria.find(session, selected, program)
    view = selected.view

    def take(row: int, digest: Digest) -> Mail:
        arrived = view.dates[row]
        sent = arrived if digest.sent is None else digest.sent
        return Mail(row, sent, arrived, digest[SUBJECT], digest.is_reply, digest[MESSAGE_ID], digest.references)

    mails = criteria.gather(session, selected.mailbox, view, rows, take)

    def number(row: int) -> int:
        return view.uids[row] if uid else row + 1

    text = session.world.run(algorithm, list(mails.values()), number)
    session.write(b"* THREAD %s\r\n" % text if text else b"* THREAD\r\n")
    return ok(b"Thread completed.")


VERBS = (
    Verb(
        b"THREAD", thread, SELECTED, FLAGS,
        capabilities=(b"THREAD=ORDEREDSUBJECT", b"THREAD=REFERENCES", b"THREAD=REFS"),
    ),
    Verb(b"UID THREAD", uid_thread, SELECTED),
)  # fmt: skip
