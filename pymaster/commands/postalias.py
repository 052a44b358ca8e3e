"""postalias - make, change and ask alias databases.

NAME
    postalias - alias database maintenance

SYNOPSIS
    postalias [-Nfinoprsuvw] [-c config_dir] [-d key] [-q key] [type:]file ...

DESCRIPTION
    Makes file.lmdb of each file of aliases(5): `name: value, value`, names folded to lower case. The options are those
    of postmap(1). The result also holds the entries `@`, YP_LAST_MODIFIED and YP_MASTER_NAME.

DIAGNOSTICS
    Exit status 0 when done or found, 1 when nothing was found or something failed.

SEE ALSO
    aliases(5), newaliases(1), postmap(1)
"""

import sys

from pymaster.commands import maptool

TOOL = maptool.Tool(
    name="postalias",
    options="Nfinoprsuvw",
    usage="postalias [-Nfinoprsuvw] [-c config_dir] [-d key] [-q key] [map_type:]file...",
    alias=True,
)


def main(arguments: list[str] | None = None) -> int:
    """The command; returns the exit status."""
    return maptool.main(TOOL, arguments)


if __name__ == "__main__":
    sys.exit(main())
