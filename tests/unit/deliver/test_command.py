import os
import time
from pathlib import Path

import pytest

from pymaster.deliver import command
from pymaster.deliver.command import Command, Ended
from pymaster.deliver.rights import Rights
from pymaster.model.status import Status

ROOT = os.geteuid() == 0
ME = Rights(20001, 20001, "joe") if ROOT else Rights(os.geteuid(), os.getegid())


def run(line, blocks=(b"hello\n",), seconds=20.0, **kwargs):
    order = Command(command.argv_of(line), "shown", ME, seconds, {b"PATH": command.PATH.encode()}, **kwargs)
    return command.run(order, blocks)


def test_argv_without_a_shell_where_possible():
    assert command.argv_of(b"/usr/bin/procmail -a x") == [b"/usr/bin/procmail", b"-a", b"x"]
    assert command.argv_of(b"cat\t-u") == [b"cat", b"-u"]
    assert command.argv_of(b'procmail -a "$EXTENSION"') == [b"/bin/sh", b"-c", b'procmail -a "$EXTENSION"']
    assert command.argv_of(b"exit 67") == [b"/bin/sh", b"-c", b"exit 67"]
    assert command.argv_of(b"x y", "/bin/smrsh -c") == [b"/bin/smrsh", b"-c", b"x y"]
    for character in b";&|<>()`'\"\\*?[]{}~#\n\0":
        assert command.argv_of(b"/bin/cat " + bytes((character,)))[0] == b"/bin/sh"


def test_input_output_and_status():
    assert run(b"/bin/cat", [b"a", b"", b"b"]) == Ended(0, b"ab")
    assert run(b"exit 67") == Ended(67)
    assert run(b"kill -15 $$").code == -15
    assert run(b"echo out; echo err >&2") == Ended(0, b"out\nerr\n")


def test_message_that_is_not_read_does_not_matter():
    assert run(b"/bin/true", [b"x" * 65536] * 100) == Ended(0)


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1, 5 << 20])
def test_message_arrives_whole(size):
    ended = run(
        b"wc -c",
        [b"x" * min(65536, size)] * (size // 65536) + [b"x" * (size % 65536)] if size >= 65536 else [b"x" * size],
    )
    assert int(ended.output) == size


def test_a_message_that_cannot_be_read_starts_nothing(site):
    def broken():
        yield b"half"
        raise OSError(5, "gone")

    with pytest.raises(OSError):
        run(b"/usr/bin/touch %s/started" % str(site.spool).encode(), broken())
    assert not (site.spool / "started").exists()


def test_rights_session_umask_descriptors():
    ended = run(b"id -u; id -g; id -G; umask; ls /proc/self/fd; ps -o pid=,sid= $$")
    lines = ended.output.decode().split("\n")
    assert lines[0] == str(ME.uid)
    if ROOT:
        assert lines[1:3] == ["20001", "20001"] or lines[1:3] == ["20001", ""]
    assert lines[3] == "0077"
    assert lines[4:8] == ["0", "1", "2", "3"]  # 3 is ls's own
    pid, session = lines[8].split()
    assert pid == session


def test_environment_is_clean(monkeypatch):
    monkeypatch.setenv("LD_PRELOAD_X", "evil")
    assert b"LD_PRELOAD_X" not in run(b"/usr/bin/env").output


def test_time_limit_kills_the_whole_group(site):
    marker = site.spool / "pid"
    line = b"trap '' TERM; (trap '' TERM; echo $$ > %s; sleep 60) & sleep 60" % str(marker).encode()
    begun = time.monotonic()
    ended = run(line, seconds=0.4)
    assert ended.late and time.monotonic() - begun < 5
    time.sleep(0.1)
    group = int(marker.read_text())
    alive = [p for p in Path("/proc").glob("[0-9]*/stat") if _group_of(p) == group]
    assert alive == []


def _group_of(path):
    try:
        fields = path.read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return 0 if fields[0] == "Z" else int(fields[2])


def test_endless_output_is_bounded():
    ended = run(b"head -c 100000000 /dev/zero")
    assert ended.code == 0 and len(ended.output) == command.MAX_OUTPUT


def test_children_left_behind_do_not_hold_us_up():
    begun = time.monotonic()
    assert run(b"sleep 30 & exit 0").code == 0
    assert run(b"(while :; do echo x; sleep 0.001; done) & echo $! ; exit 0").code == 0
    assert time.monotonic() - begun < 5


def test_size_limit_of_files(site):
    ended = run(b"head -c 100000 /dev/zero > %s/big; ulimit -f" % str(site.spool).encode(), limit=10240)
    assert os.stat(site.spool / "big").st_size == 10240
    assert ended.output.endswith(b"20\n") or ended.output.endswith(b"10\n")
    import resource

    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 10240


def test_directory():
    assert run(b"/bin/pwd", directory="/usr") == Ended(0, b"/usr\n")
    made = run(b"/bin/pwd", directory="/no/such")
    assert isinstance(made, Status) and made.word == "deferred"
    assert made.reason == "temporary failure. Command output: local: fatal: chdir /no/such: No such file or directory"


@pytest.mark.skipif(not ROOT, reason="needs root")
def test_directory_that_the_user_may_not_enter(site):
    (site.folder / "home/eve").chmod(0o700)
    assert run(b"/bin/pwd", directory=str(site.folder / "home/eve")).word == "deferred"


def test_a_program_that_is_not_there():
    made = run(b"/no/such/program -x")
    assert made.word == "deferred" and made.dsn == "4.3.0"
    assert made.reason == (
        "temporary failure. Command output: local: fatal: execvp /no/such/program: No such file or directory"
    )
    assert "Permission denied" in run(b"/etc/passwd").reason


@pytest.mark.skipif(not ROOT, reason="needs root")
def test_chroot(site):
    order = Command(
        [b"/bin/busybox", b"sh", b"-c", b"pwd; id -u"], "x", ME, 20.0, {}, directory="/in", chroot=str(site.folder)
    )
    (site.folder / "in").mkdir()
    (site.folder / "bin").mkdir()
    busybox = Path("/bin/busybox")
    if not busybox.exists():
        ended = command.run(order, [b""])
        assert isinstance(ended, Status) or ended.code != 0  # there is nothing to execute in there
        return
    (site.folder / "bin/busybox").write_bytes(busybox.read_bytes())
    (site.folder / "bin/busybox").chmod(0o755)
    assert command.run(order, [b""]) == Ended(0, b"/in\n20001\n")


def test_another_user_without_root(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    order = Command([b"/bin/true"], "x", Rights(1, 1), 5.0)
    assert command.run(order, [b""]).reason == "delivery with uid 1 needs a mail system that was started by root"


def test_status():
    order = Command([b"x"], "x y", ME, 1.0)
    assert command.status(order, Ended(0), "done").reason == "done"
    assert command.status(order, Ended(75), "done").word == "deferred"
    assert command.status(order, Ended(-9, late=True), "done").reason.startswith("Command time limit exceeded")
    assert command.output_text(Ended(0, b"a\nb\n")) == "a b"


def children():
    """The pids of this process's children, ended ones included."""
    found = set()
    for thread in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{thread}/children") as file:
            found |= set(file.read().split())
    return found


def test_no_descriptors_or_children_remain():
    earlier = children()
    run(b"/bin/true")  # starts the guard
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        run(b"/bin/true")
        run(b"/no/such")
        run(b"sleep 9", seconds=0.05)
    assert len(os.listdir("/proc/self/fd")) == before
    command.GUARD.close()
    assert children() <= earlier, "other tests may have left some of theirs"
