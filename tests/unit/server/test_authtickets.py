"""Tickets are handed from one authd to the next, once, and nothing else in the file is believed."""

import os
import stat
from pathlib import Path

from pymaster.server.authtickets import HandedTickets


def test_what_the_old_one_gave_the_new_one_redeems_once(tmp_path: Path) -> None:
    path = str(tmp_path / "auth-tickets")
    old, new = HandedTickets(path), HandedTickets(path)
    old.give(1, 2, "c", "early", "imap")
    assert not os.path.exists(path), "nothing is written while nobody leaves"
    old.leave()
    old.give(1, 3, "c", "late", "pop3")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    found = new.redeem(1, 3, "c")
    assert found is not None and (found.user, found.service) == ("late", "pop3")
    assert new.redeem(1, 3, "c") is None and not os.path.exists(path)
    early = new.redeem(1, 2, "c")
    assert early is not None and early.user == "early"


def test_nobody_before_us(tmp_path: Path) -> None:
    tickets = HandedTickets(str(tmp_path / "none"))
    assert tickets.redeem(1, 1, "c") is None
    tickets.leave()
    tickets.give(1, 1, "c", "u", "imap")
    assert tickets.redeem(1, 1, "c") is not None


def test_junk_and_old_lines_are_no_tickets(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes(
        b'[1, 2, "c", "u", "imap", 0]\n[1, 2]\n{}\n\xff\n["1", 2, "c", "u", "imap", 9e99]\n[1, 2, "c", "u"'
    )
    assert HandedTickets(str(path)).redeem(1, 2, "c") is None


def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("x")
    (tmp_path / "t").symlink_to(target)
    tickets = HandedTickets(str(tmp_path / "t"))
    tickets.give(1, 2, "c", "u", "imap")
    tickets.leave()
    assert target.read_text() == "x"


def test_a_folder_that_cannot_be_written_costs_only_the_handing_on(tmp_path: Path) -> None:
    tickets = HandedTickets(str(tmp_path / "no" / "t"))
    tickets.give(1, 2, "c", "u", "imap")
    tickets.leave()
    assert tickets.redeem(1, 2, "c") is not None
