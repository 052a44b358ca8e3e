"""alpine at a terminal: its c-client is another IMAP mind than all others."""

from pathlib import Path

import pytest
from harness import eventually
from people import Person, letter
from terminal import Terminal

RC = """\
personal-name=User
user-domain=localhost
smtp-server=127.0.0.1:{smtp}/novalidate-cert
inbox-path={{127.0.0.1:{port}/user="{user}"/novalidate-cert{flags}}}INBOX
folder-collections=Mail {{127.0.0.1:{port}/user="{user}"/novalidate-cert{flags}}}[]
default-fcc=Sent
postponed-folder=Drafts
trash-folder=Trash
feature-list=quit-without-confirm,expunge-without-confirm,enable-flag-cmd,enable-aggregate-command-set,
    no-enable-msg-view-urls,enable-full-header-cmd,auto-open-next-unread
last-version-used=9.99
mail-check-interval=15
initial-keystroke-list=
saved-msg-name-rule=default-folder
"""


@pytest.mark.parametrize(("anyone", "flags"), [("maildir", "/ssl"), ("mbox", "")], indirect=["anyone"])
def test_a_session(anyone: Person, tmp_path: Path, flags: str) -> None:
    anyone.append(*(letter(f"subject {n}", f"text {n}\r\n".encode()) for n in range(1, 6)))
    port = anyone.mail.imaps if flags else anyone.mail.imap
    (tmp_path / "pinerc").write_text(RC.format(smtp=anyone.mail.port, port=port, user=anyone.login, flags=flags))
    with Terminal(tmp_path, "alpine", "-p", str(tmp_path / "pinerc"), "-i") as alpine:
        alpine.wait("PASSWORD")
        alpine.type(anyone.password)
        alpine.press("Enter")
        alpine.wait("Preserve password")
        alpine.press("n")
        alpine.wait("subject 1", "subject 5")

        # Search, and save what was found to a new folder.
        for key, prompt in ((";", "SELECT criteria"), ("t", "Select based on"), ("a", "TEXT to match")):
            alpine.press(key)
            alpine.wait(prompt)
        alpine.type("text 4\n")
        alpine.wait("Select matched 1 message")
        alpine.press("s")
        alpine.wait("SAVE Msg #4")
        alpine.type("Kept\n")
        alpine.wait("doesn't exist.  Create")
        alpine.press("y")
        alpine.wait("D   4 ")
        assert anyone.subjects("Kept") == ["subject 4"]
        alpine.press(";")
        alpine.wait("ALTER message selection")
        alpine.press("a")
        alpine.wait("UNselected")

        # Read one, flag one, remove one.
        alpine.press("j")
        alpine.type("1\n")
        alpine.press("Enter")
        alpine.wait("text 1")
        alpine.press("<")
        alpine.wait("subject 5")
        alpine.press("j")
        alpine.type("2\n")
        alpine.press("*")
        alpine.wait("Important ?")
        alpine.press("*")
        alpine.wait("* N   2 ")
        alpine.press("j")
        alpine.type("3\n")
        alpine.press("d")
        alpine.wait("D   3 ")
        alpine.press("x")
        alpine.wait("2 messages expunged")
        flags_now = anyone.flags()
        assert flags_now == {"subject 1": {"\\Seen"}, "subject 2": {"\\Flagged"}, "subject 5": set()}, flags_now

        # Write one to oneself: it arrives while the folder is open, and a copy is in Sent.
        alpine.press("c")
        alpine.wait("COMPOSE MESSAGE")
        alpine.type(anyone.login)
        alpine.press("Down", "Down", "Down")
        alpine.type("composed")
        alpine.press("Down", "Down")
        alpine.type("some text")
        alpine.press("C-x")
        alpine.wait("Send message?")
        alpine.press("y")
        eventually(lambda: anyone.subjects("Sent") == ["composed"], 15, 0.1)
        eventually(lambda: "composed" in anyone.subjects(), 15, 0.1)
        alpine.press("<")
        alpine.wait("Sent", "Kept", "Trash")
        alpine.press("q")
        alpine.wait("ended")
