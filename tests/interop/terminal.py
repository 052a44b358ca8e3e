"""terminal - a program at a terminal (tmux on a socket of its own), with keys to press and a screen to read."""

import contextlib
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

from harness import eventually
from peers import PATH, need


class Terminal:
    """A program in an 100x30 terminal; `user` are arguments of subprocess that make it somebody else's."""

    def __init__(self, home: Path, *command: str, **user: Any) -> None:
        self.tmux = [need("tmux"), "-S", str(home / "tmux"), "-f", "/dev/null", "-u"]
        self.home, self.command, self.options = home, command, user
        need(command[0])

    def run(self, *words: str) -> str:
        """A command of tmux."""
        env = {"PATH": PATH, "HOME": str(self.home), "LC_ALL": "C.UTF-8", "TERM": "xterm", "TMPDIR": str(self.home)}
        # Otherwise the user's, which may be none.
        env["SHELL"] = "/bin/sh"
        done = subprocess.run(
            [*self.tmux, *words], env=env, cwd=self.home, capture_output=True, timeout=20, encoding="utf-8",
            errors="replace", stdin=subprocess.DEVNULL, **self.options,
        )  # fmt: skip
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return done.stdout

    def __enter__(self) -> "Terminal":
        # What the program says last stays to be read.
        line = f"{shlex.join(self.command)}; echo ended; exec cat"
        self.run("new-session", "-d", "-x", "100", "-y", "30", line)
        self.pid = int(self.run("display-message", "-p", "#{pid}"))
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(AssertionError):
            self.run("kill-server")
        eventually(lambda: not os.path.exists(f"/proc/{self.pid}"))

    def screen(self) -> str:
        """What it shows."""
        return self.run("capture-pane", "-p")

    def wait(self, *texts: str, timeout: float = 20) -> str:
        """Wait until all the texts are there; AssertionError with the screen if not."""
        shown = ""

        def there() -> bool:
            nonlocal shown
            shown = self.screen()
            return all(text in shown for text in texts)

        try:
            eventually(there, timeout, 0.05)
        except AssertionError:
            lines = "\n".join(line for line in shown.split("\n") if line)
            raise AssertionError(f"{texts} not on the screen:\n{lines}") from None
        return shown

    def wait_gone(self, text: str, timeout: float = 20) -> None:
        """Wait until the text is not there any more."""
        eventually(lambda: text not in self.screen(), timeout, 0.05)

    def type(self, text: str) -> None:
        """Type a text."""
        self.run("send-keys", "-l", "--", escaped(text))

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names: Enter, C-x, Escape, or letters."""
        self.run("send-keys", "--", *map(escaped, keys))


def escaped(text: str) -> str:
    """A word for tmux, to which a semicolon at the end is the end of a command."""
    return text[:-1] + "\\;" if text.endswith(";") else text
