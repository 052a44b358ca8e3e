"""postmap - make, change and ask lookup tables.

NAME
    postmap - lookup table management

SYNOPSIS
    postmap [-bfFhimnNoprsuUvw] [-c config_dir] [-d key] [-q key] [type:]file ...

DESCRIPTION
    Without -q, -d or -s, makes file.lmdb of each file: one `key value` record a line; blank lines and lines that begin
    with # are ignored, a line that begins with blanks continues the one before. The old table stays whole until the new
    one takes its place. hash: and btree: tables are LMDB files here.

    -q key    ask; `-q -` asks for every line of standard input     -s    list the (first) table
    -d key    remove; `-d -` likewise                                -i    add records from standard input
    -r        replace existing entries     -w    ignore later ones silently (the default warns)
    -f        do not fold keys to lower case                        -n -N  without or with a final NUL byte
    -o        keep root's rights for a source that is not root's    -p     mode 0644 instead of the source's
    -h -b -m  with `-q -`: standard input is a message; its headers, its body lines, its MIME parts' headers
    -F        values are names of files, stored in base64           -u -U  never or always check for UTF-8
    -c dir    configuration directory                               -v     say more

DIAGNOSTICS
    Exit status 0 when done or found, 1 when nothing was found or something failed.

SEE ALSO
    postalias(1), postconf(5), DATABASE_README
"""

import sys

from pymaster.commands import maptool

TOOL = maptool.Tool(
    name="postmap",
    options="bfFhimnNoprsuUvw",
    usage="postmap [-bfFhimnNoprsuUvw] [-c config_dir] [-d key] [-q key] [map_type:]file...",
    alias=False,
)


def main(arguments: list[str] | None = None) -> int:
    """The command; returns the exit status."""
    return maptool.main(TOOL, arguments)


if __name__ == "__main__":
    sys.exit(main())
