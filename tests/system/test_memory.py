"""The memory of the whole tree at rest, shared pages counted once (PSS)."""

from pathlib import Path

from harness import MailSystem, eventually

MEGABYTE = 1 << 20
# The bar; the aim is 80.
LIMIT = 120 * MEGABYTE


def pss(pid: int) -> float:
    """One process's share in megabytes."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in text.split("\n") if line.startswith("Pss:")) / 1024


def test_the_idle_tree_is_small() -> None:
    with MailSystem() as mail:
        mail.wait_port()
        for _ in range(5):
            mail.smtp()
        mail.wait_mailbox(5)
        # Woken at start, and with nothing to do: it does not stay.
        eventually(lambda: not mail.workers("pickup"))
        assert mail.process is not None
        for pid, name in [(mail.process.pid, "master"), *mail.tree().items()]:
            print(f"{name:12} {pss(pid):6.1f} MB")
        total = mail.pss()
        print(f"{'all':12} {total / MEGABYTE:6.1f} MB")
        assert total < LIMIT


def test_submissions_find_a_pickup_that_left() -> None:
    with MailSystem() as mail:
        mail.wait_port()
        eventually(lambda: not mail.workers("pickup"))
        done = mail.sendmail("-f", "a@test.example", "user@localhost", stdin=b"Subject: x\n\nhello\n")
        assert done.returncode == 0, done.stderr
        mail.wait_mailbox(1)
        # One that took mail stays for max_idle.
        assert mail.workers("pickup")
