"""The spawner's questions to the authenticator: answers, refusals, a peer that goes away."""

import base64
import socket
from pathlib import Path
from typing import Any

from pymaster.model.mailplace import MailPlace
from pymaster.server.authlink import AWAY, AuthLink

PLACE = MailPlace("u", 1000, 1000, "/home/u", "maildir", "/home/u/Maildir", "/home/u/Maildir")


class Lab:
    """A link, its peer, and what came of requests."""

    def __init__(self, tmp_path: Path) -> None:
        self.path = str(tmp_path / "auth")
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(self.path)
        self.server.listen(5)
        self.server.settimeout(5)
        self.handlers: dict[Any, Any] = {}
        self.done: list[tuple[Any, MailPlace | None, str]] = []
        self.link = AuthLink(
            self.handlers.__setitem__, self.handlers.pop, lambda *args: self.done.append(args), self.path
        )

    def accept(self) -> tuple[socket.socket, bytes]:
        peer, _ = self.server.accept()
        peer.settimeout(5)
        text = b""
        while b"REQUEST" not in text:
            text += peer.recv(4096)
        return peer, text

    def pump(self) -> None:
        for handler in list(self.handlers.values()):
            handler(1)


def test_a_ticket_is_redeemed_for_a_place(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.link.redeem("caller", 7, 8, "c00kie", "imap")
    peer, text = lab.accept()
    assert text.startswith(b"VERSION\t1\t") and b"\nREQUEST\t1\t7\t8\tc00kie\tservice=imap\n" in text
    coded = base64.b64encode(PLACE.pack())
    answer = b"VERSION\t1\t2\nSPID\t1\nUSER\t1\tu\tuid=1000\tplace=" + coded + b"\n"
    peer.send(answer[:40])
    lab.pump()
    peer.send(answer[40:])
    lab.pump()
    assert lab.done == [("caller", PLACE, "")]


def test_refusals_and_nonsense(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    for number in range(4):
        lab.link.redeem(number, 1, 1, "x", "imap")
    peer, _ = lab.accept()
    peer.send(b"NOTFOUND\t1\nFAIL\t2\nUSER\t3\tu\tplace=!!!\nUSER\t4\tu\nUSER\t99\tu\nJUNK\nUSER\tx\n")
    lab.pump()
    assert [(caller, place) for caller, place, _ in lab.done] == [(0, None), (1, None), (2, None), (3, None)]
    assert lab.done[0][2] == "Login expired"


def test_what_a_peer_left_open_is_asked_once_more(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.link.redeem("a", 1, 1, "x", "imap")
    lab.accept()[0].close()
    lab.pump()
    peer, text = lab.accept()
    assert lab.done == [] and b"REQUEST\t1\t1\t1\tx" in text
    peer.close()
    lab.pump()
    assert lab.done == [("a", None, AWAY)]
    lab.link.redeem("b", 1, 1, "x", "imap")
    lab.accept()[0].send(b"FAIL\t2\n")
    lab.pump()
    assert lab.done[-1][:2] == ("b", None)


def test_nobody_listens_and_a_cookie_that_would_be_a_line_of_its_own(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.server.close()
    lab.link.redeem("a", 1, 1, "x", "imap")
    lab.link.redeem("b", 1, 1, "x\nREQUEST", "imap")
    assert lab.done == [("a", None, AWAY), ("b", None, "Bad ticket")]
