"""Names the Debian packages that would let more interoperability tests run; the last line of `make test`.

With CI=true a missing program is a failure.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SBIN = "/usr/sbin:/sbin:/usr/lib/postfix/sbin"


def packages() -> list[tuple[str, str]]:
    """(package, program) pairs of packages.txt."""
    lines = (Path(__file__).parent / "packages.txt").read_text().split("\n")
    return [(line.split()[0], line.split()[1]) for line in lines if line.strip() and not line.startswith("#")]


def installed(package: str, program: str) -> bool:
    """Whether the package is there; where dpkg cannot tell, whether its program is."""
    if shutil.which("dpkg-query"):
        asked = subprocess.run(["dpkg-query", "-W", "-f=${Status}", package], capture_output=True, text=True)
        return "install ok installed" in asked.stdout
    return shutil.which(program, path=os.environ.get("PATH", "") + ":" + SBIN) is not None


def main() -> int:
    """Print the line; 1 in CI when something is missing."""
    lacking = [package for package, program in packages() if not installed(package, program)]
    if lacking:
        print("For the interoperability tests left out, install: apt-get install " + " ".join(lacking))
        return 1 if os.environ.get("CI") == "true" else 0
    print("Every program that the interoperability tests talk to is installed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
