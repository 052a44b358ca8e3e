"""Golden dialogs of bob, with whom ann shares mailboxes: whole, a byte at a time, and cut in two. On Maildirs.

tests/golden/imapd/shared/*.txt, as in `lab`, but that mailboxes are `USER/MAILBOX` in B: and M:, and further

    A: ann/Work bob lr         rights that are given
    O: =ann/Work STORE ...     ann does this, with Work selected, before the next C:
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pymaster.dialog.imapd.settings import Settings
from tests.mailboxes import append
from tests.sharing import House
from tests.unit.dialog.imapd.lab import GOLDEN, Lab, Piece, Script, unescape

FILES = sorted((GOLDEN / "shared").glob("*.txt"))
CUTS = 25


class SharedScript(Script):
    """One file, run on accounts in a folder."""

    def __init__(self, path: Path) -> None:
        self.given: list[tuple[str, str, str, str]] = []
        super().__init__(path)

    def _world(self, kind: str, text: bytes) -> None:
        if kind == "A:":
            place, who, rights = text.decode().split(" ")
            user, _, box = place.partition("/")
            self.given.append((user, box, who, rights))
        else:
            super()._world(kind, text)

    def run_in(self, root: Path, cut: Callable[[int, bytes], list[bytes]]) -> None:
        root.mkdir()
        house = House(root)
        users = {name: house.user(name) for name in ("ann", "bob")}
        try:
            for place, _ in self.boxes:
                user, _, box = place.partition("/")
                users[user].create(box)
            for place, flags, date, body in self.messages:
                user, _, box = place.partition("/")
                mailbox = users[user].open(box)
                append(mailbox, body, flags=flags, date=date)
                mailbox.claim_recent()
                mailbox.close()
            for user, box, who, rights in self.given:
                users[user].set_acl(box, who, rights)
            labs = {name: Lab(Settings(), account) for name, account in users.items()}  # type: ignore[arg-type]
            pieces: list[Piece] = []
            for number, group in enumerate(self.groups):
                if isinstance(group, bytes):
                    pieces += cut(number, group)
                else:
                    user, box, command = group[0].decode().removeprefix("=").replace("/", " ", 1).split(" ", 2)
                    pieces.append(lambda user=user, box=box, line=command: labs[user].other(f"@{box} {line}".encode()))
            output = labs["bob"].talk(pieces)
        finally:
            house.close()
        if re.fullmatch(b"".join(self.expected), output) is None:
            self._explain(output)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_whole(path: Path, tmp_path: Path) -> None:
    SharedScript(path).run_in(tmp_path / "house", lambda number, group: [group])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_byte_at_a_time(path: Path, tmp_path: Path) -> None:
    SharedScript(path).run_in(tmp_path / "house", lambda number, group: [group[n : n + 1] for n in range(len(group))])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_cut_in_two(path: Path, tmp_path: Path) -> None:
    script = SharedScript(path)
    places = [
        (n, at) for n, group in enumerate(script.groups) if isinstance(group, bytes) for at in range(1, len(group))
    ]
    for count, (where, at) in enumerate(places[:: max(1, len(places) // CUTS)]):
        script.run_in(
            tmp_path / f"house{count}",
            lambda n, group, where=where, at=at: [group[:at], group[at:]] if n == where else [group],
        )


def test_there_are_dialogs() -> None:
    assert len(FILES) >= 3 and unescape(b"\\\\") == b"\\"
