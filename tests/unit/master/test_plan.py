from pathlib import Path

import pytest

from pymaster.config.mastercf import parse
from pymaster.master import plan
from pymaster.model.control import ProgramReport
from pymaster.util.errors import ConfigError


def configuration(folder: Path, master: str, main: str = "") -> str:
    (folder / "main.cf").write_text(f"daemon_directory = {folder}\ncompatibility_level = 3.6\n{main}")
    (folder / "master.cf").write_text(master)
    return str(folder)


def test_library_calls_are_no_services_and_unknown_programs_have_no_path(tmp_path: Path) -> None:
    text = "25 inet n - - - - toy\ncleanup unix n - n - 0 cleanup\nx unix - - n - - nosuch\n"
    (tmp_path / "toy.py").write_text("class Toy(Single): ...\n")
    made = plan.load(configuration(tmp_path, text))
    assert made.library == ["cleanup"]
    assert made.services["25:inet"].path == str(tmp_path / "toy.py")
    assert made.services["25:inet"].green is False
    assert made.services["25:inet"].line.chroot is False  # compatibility_level 1 and above
    assert made.services["x:unix"].path is None
    assert made.paths(False) == [str(tmp_path / "toy.py")]


def test_errors_name_file_and_line(tmp_path: Path) -> None:
    directory = configuration(tmp_path, "ok unix - - n - - x\nbad inet\n")
    with pytest.raises(ConfigError, match=r"master.cf, line 2"):
        plan.load(directory)
    directory = configuration(tmp_path, "", "default_process_limit = many\n")
    with pytest.raises(ConfigError, match=r"main.cf, line 3"):
        plan.load(directory)


def test_master_service_disable() -> None:
    line = parse("smtp inet n - n - - smtpd")[0]
    assert plan.is_disabled(line, ["inet"])
    assert plan.is_disabled(line, ["smtp/inet"])
    assert not plan.is_disabled(line, ["!smtp/inet", "inet"])
    assert not plan.is_disabled(line, ["unix", "other/inet"])


@pytest.mark.parametrize(
    ("maxproc", "processes", "concurrency", "expected"),
    [
        (1, 0, 0, (1, 0)),  # exactly one process
        (100, 0, 0, (4, 25)),  # a hundred clients over the cores
        (0, 0, 0, (4, 0)),
        (2, 0, 0, (2, 1)),
        (100, 2, 0, (2, 50)),
        (100, 0, 1, (100, 1)),  # one client per process
        (100, 5, 10, (5, 10)),
        (0, 0, 1, (0, 1)),
    ],
)
def test_share(maxproc: int, processes: int, concurrency: int, expected: tuple[int, int]) -> None:
    assert plan.share(maxproc, processes, concurrency, 4) == expected


def test_spec_of_each_shape(tmp_path: Path) -> None:
    text = "smtp inet n - n - - toy -o worker_processes=3\nlocal unix - n n 60? 7 toy\n"
    (tmp_path / "toy.py").write_text("class Toy(Multi): ...\n")
    made = plan.load(configuration(tmp_path, text))
    multi = plan.spec(made.services["smtp:inet"], ProgramReport("Multi", -1), 4)
    assert (multi.max_procs, multi.clients, multi.min_procs, multi.label) == (3, 34, 4, '"smtp" (smtp)')
    single = plan.spec(made.services["local:unix"], ProgramReport("Single"), 4)
    assert (single.max_procs, single.clients, single.wakeup, single.wakeup_lazy) == (7, 1, 60.0, True)


@pytest.mark.parametrize(("main", "override"), [("smtpd_timeout = soon\n", ""), ("", " -o smtpd_timeout=soon")])
def test_a_bad_value_of_any_service_is_told_here(tmp_path: Path, main: str, override: str) -> None:
    (tmp_path / "toy.py").write_text("class Toy(Multi): ...\n")
    directory = configuration(tmp_path, f"smtp inet n - n - - toy{override}\n")
    with (tmp_path / "main.cf").open("a") as file:
        file.write(main)
    with pytest.raises(ConfigError, match="parameter smtpd_timeout: bad time value"):
        plan.load(directory)
