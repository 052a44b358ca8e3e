"""postmap and postalias beside Debian's: the same sources, the same answers, warnings and exit codes, each other's files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MAP = r"""# comment
A  one
  cont
a two
"b c"  x y
"q\"u\\o" z
nokey
"unterminated x
key:  value
t	tab	in
"a" quoted
a"b" half"quoted" v
big VALUE With Case
user+ext@Example.COM other@example.net
"""
ALIASES = r"""# comment
Root:  bob, "|prog a b",
   Carl
"Quoted, Name": x
bob : y
two words: z
a@b.c: at
: empty
novalue:
nocolon
"esc\"d": v
a.b: v
bad(comment): v
<ang@x>: v
list: :include:/a/b c, /file/name, \escaped, a\ b
odd: a <b> c<d>,e@ f, (c) foo(bar)baz, "q" "r"
lit: [1.2.3] a[b]c x;y
bob: again
t: |/bin/x, | /y
"""
PATTERNS = r"""
/^a(.*)$/  x$1
/^b(.*)$/i  X${1}y$(1)z$$
!/c/ nocc $1
if /c1/
/c12/ first
if !/c13/
/c1(.)/ [$1]
endif
if /./
/nest([0-9])/ n$1
endif
/./ inside
endif
endif
/noend
/x/q val
/ref/  $2
foo bar
/long [[:alpha:]]+x/ ok
  continuation text
a(b)a alnum
/amp2/  $x
!!/double/ neg
! /zz/ sp
|^pipe(d)?$| [$1]
"""
# Where the two engines differ in messages, not in results.
POSIX = r"""
/\<foo\>/ word
/p\(q/ esc
/[[:digit:]]{3}/ dig
/^$/ empty
/[a\]z]x/ bracket
/k{2,3}l/ interval
/(ab|cd)+ef/ <$1>
/u**v/ stars
/[^[:space:]]\.[.]w/ dots
/m)n/ paren
/[]q-]{2}y/ list
/h$/m multi
/^(j|jj)$/ [$1]
"""
CIDR = """10.0.0.0/8  ten
10.0.0.1/8  bad
192.168.1.1 single
!172.16.0.0/12 not172
if 172.16.1.0/24
172.16.1.5 five
endif
010.0.0.1 octal
1.2.3 bad
1.2.3.4/33 bad
[::1] lo
2001:db8::/32 doc
::/0 six
0.0.0.0/0
foo bar
endif
if foo
if 1.2.3.4 text
172.16.0.0/12 yes
"""
POSTFIX_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def program(name: str) -> str:
    """Debian's program; without it these tests say so, and fail in CI."""
    found = shutil.which(name, path=POSTFIX_PATH)
    if found:
        types = subprocess.run(["postconf", "-m"], capture_output=True, text=True, env={"PATH": POSTFIX_PATH})
        if {"lmdb", "pcre"} <= set(types.stdout.split()):
            return found
    message = f"{name} with lmdb and pcre is not installed (see tests/interop/packages.txt)"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


class Pair:
    """Both programs in a folder of their own each, with the same files."""

    def __init__(self, base: Path) -> None:
        self.folders = {"debian": base / "debian", "ours": base / "ours"}
        for folder in self.folders.values():
            (folder / "c").mkdir(parents=True)
            (folder / "c" / "main.cf").write_text("compatibility_level=3.6\nmyhostname=mx.test.example\n")

    def write(self, name: str, text: str) -> None:
        for folder in self.folders.values():
            (folder / name).write_text(text)

    def one(self, who: str, tool: str, *arguments: str, stdin: bytes = b"") -> tuple[bytes, list[str], int]:
        command = [program(tool)] if who == "debian" else [sys.executable, "-m", f"pymaster.commands.{tool}"]
        done = subprocess.run(
            [*command, "-c", "c", *arguments],
            cwd=self.folders[who],
            input=stdin,
            capture_output=True,
            timeout=30,
            env={"PATH": POSTFIX_PATH, "PYTHONPATH": str(ROOT)},
        )
        return done.stdout, done.stderr.decode("utf-8", "replace").split("\n")[:-1], done.returncode

    def same(self, tool: str, *arguments: str, stdin: bytes = b"", messages: bool = True) -> bytes:
        """Run both and compare; what they printed."""
        theirs, ours = (self.one(who, tool, *arguments, stdin=stdin) for who in ("debian", "ours"))
        assert ours[0] == theirs[0], arguments
        if messages:
            assert ours[1] == theirs[1], arguments
        assert ours[2] == theirs[2], arguments
        return ours[0]


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    program("postmap")
    return Pair(tmp_path)


def test_map_source(pair: Pair) -> None:
    pair.write("m", MAP)
    pair.same("postmap", "lmdb:./m")
    listed = pair.same("postmap", "-s", "lmdb:./m")
    assert b"a\tone  cont\n" in listed
    for key in ("A", "nope", '"b c"', "USER+ext@example.com", "k" * 600):
        pair.same("postmap", "-q", key, "lmdb:./m")
    pair.same("postmap", "-q", "-", "lmdb:./m", stdin=b"A\nb c\nzz\nbig\n")
    pair.same("postmap", "-q", "-", "lmdb:./m", stdin=b"zz\n")
    pair.same("postmap", "-q", "t", "texthash:./m")


def test_each_reads_the_others_file(pair: Pair) -> None:
    pair.write("m", MAP)
    for options in ([], ["-n"], ["-N"], ["-f"]):
        for who, other in (("debian", "ours"), ("ours", "debian")):
            assert pair.one(who, "postmap", "-r", *options, "lmdb:./m")[2] == 0
            shutil.copy(pair.folders[who] / "m.lmdb", pair.folders[other] / "m.lmdb")
            pair.same("postmap", "-s", "lmdb:./m")
            pair.same("postmap", "-q", "t", "lmdb:./m")


def test_changes_to_the_others_file(pair: Pair) -> None:
    pair.write("m", "a 1\nb 2\n")
    for who, other in (("debian", "ours"), ("ours", "debian")):
        assert pair.one(who, "postmap", "lmdb:./m")[2] == 0
        shutil.copy(pair.folders[who] / "m.lmdb", pair.folders[other] / "m.lmdb")
        pair.same("postmap", "-i", "lmdb:./m", stdin=b"a 3\nn 4\n")
        pair.same("postmap", "-ir", "lmdb:./m", stdin=b"a 3\nn 5\n")
        pair.same("postmap", "-iw", "lmdb:./m", stdin=b"a 9\nq 6\n")
        pair.same("postmap", "-d", "b", "lmdb:./m")
        pair.same("postmap", "-d", "b", "lmdb:./m")
        pair.same("postmap", "-d", "-", "lmdb:./m", stdin=b"x\nQ\n")
        assert pair.same("postmap", "-s", "lmdb:./m") == b"a\t3\nn\t5\n"


def test_alias_source(pair: Pair) -> None:
    pair.write("al", ALIASES)
    pair.same("postalias", "lmdb:./al")
    listed = [pair.one(who, "postalias", "-s", "lmdb:./al")[0].split(b"\n") for who in ("debian", "ours")]
    stamped = [[line for line in lines if not line.startswith(b"YP_LAST")] for lines in listed]
    assert stamped[0] == stamped[1]
    assert b"YP_MASTER_NAME:\tmx.test.example" in stamped[1]
    for key in ("ROOT", "quoted, name", "none"):
        pair.same("postalias", "-q", key, "lmdb:./al")
    pair.same("postalias", "-q", "-", "lmdb:./al", stdin=b"root\nx\n")
    pair.same("postmap", "lmdb:./al")
    pair.write("m", MAP)
    pair.same("postalias", "lmdb:./m")


@pytest.mark.parametrize("kind", ["regexp", "pcre"])
def test_patterns(pair: Pair, kind: str) -> None:
    pair.write("re", PATTERNS)
    keys = b"abc\nABC\nbcd\nBcd\nc12\nc13\nc14\nc1\nc\nclong abx\ncref\nczz\ncnest4\nc1nest4\npipe\npiped\ncpipe\n"
    theirs, ours = (pair.one(who, "postmap", "-q", "-", f"{kind}:./re", stdin=keys) for who in ("debian", "ours"))
    assert ours[0] == theirs[0]
    # Postfix's pcre says "ignoring this rule" once where regexp says "skipping this rule".
    assert ours[1] == [line.replace("ignoring this rule", "skipping this rule") for line in theirs[1]]


def test_posix_patterns(pair: Pair) -> None:
    pair.write("re", POSIX)
    keys = b"x foo y\nxfoo\np(q\n123\n12\n]x\n\\x\nkkl\nkl\nababcdef\nuuv\nv\na..w\nm)n\n]qy\n-]y\nh\njj\n"
    pair.same("postmap", "-q", "-", "regexp:./re", stdin=keys)


def test_cidr(pair: Pair) -> None:
    pair.write("ci", CIDR)
    keys = (
        b"10.1.1.1\n192.168.1.1\n8.0.0.1\n172.16.1.5\n172.16.1.6\n::1\n2001:db8::1\n::2\nfoo\n[::1]\n::ffff:10.1.1.1\n"
    )
    pair.same("postmap", "-q", "-", "cidr:./ci", stdin=keys)


@pytest.mark.parametrize(
    "table",
    [
        "static:x",
        "static:{ x y }",
        "static:{x",
        "static:{x} y",
        "static:",
        ":x",
        "inline:{a=b, {c = d e} , A2=3}",
        "inline:{a=b, a=c}",
        "inline:{}",
        "inline:{a}",
        "inline:a=b",
        "unionmap:{static:x,inline:{a=b}}",
        "unionmap:{inline:{a=b},inline:{c=d}}",
        "unionmap:{static:x,inline:{a=b}, fail:z}",
        "unionmap:{}",
        "unionmap:static:x",
        "unionmap:{x}",
        "pipemap:{inline:{a=b},inline:{b=c}}",
        "pipemap:{inline:{a=b},inline:{c=c}}",
        "pipemap:{inline:{a=B},inline:{b=c}}",
        "randmap:{x}",
        "randmap:{x",
        "randmap:{}",
        "fail:zz",
        "environ:x",
        "internal:x",
        "regexp:{{/a/ x}, {/b/ y}}",
        "pcre:{ {/a/ x} junk}",
        "pcre:{/a/ x}",
        "unix:passwd.byname",
        "unix:group.byname",
        "unix:foo",
        "nosuch:x",
        "cidr:./none",
        "regexp:./none",
        "texthash:./none",
        "lmdb:./none",
    ],
)
def test_other_types(pair: Pair, table: str) -> None:
    pair.same("postmap", "-q", "a", table)
    pair.same("postmap", "-q", "-", table, stdin=b"A2\nroot\nROOT\n")


def test_messages_as_keys(pair: Pair) -> None:
    mime = (
        b"SUBJECT: x\n folded\nContent-Type: multipart/mixed; boundary=b\n\npre\n--b\nContent-Type: text/plain\n\nbody\n"
        b"--b\nContent-Type: message/rfc822\n\nSubject: inner\n\ninbody\n--b--\npost\n"
    )
    for message in (mime, b"X: y\n  z\nnot header\nA: b\n", b"From x y z\nX: y\n\nq", b"X: y", b"", b"\nbody\n"):
        for flags in ("-h", "-b", "-hb", "-hm", "-bm", "-hbm"):
            pair.same("postmap", flags, "-q", "-", "static:x", stdin=message)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["-z"],
        ["-q"],
        ["-q", "a", "-d", "b", "lmdb:./m"],
        ["-s", "-q", "a", "lmdb:./m"],
        ["-b", "lmdb:./m"],
        ["-h", "-q", "x", "static:y"],
        ["lmdb:./nofile"],
        ["texthash:./m"],
        ["static:x"],
        ["cidr:./m"],
        ["-d", "a", "static:x"],
        ["-d", "a", "texthash:./m"],
        ["-d", "a", "lmdb:./nonexist"],
        ["-s", "static:x"],
        ["-s", "unix:passwd.byname"],
        ["-q", "e", "regexp:./empty"],
        ["-c", "nodir", "lmdb:./m"],
        ["lmdb:./nodir/x"],
    ],
)
def test_command_lines(pair: Pair, arguments: list[str]) -> None:
    pair.write("m", "a b\n")
    pair.write("empty", "/e/\n")
    pair.same("postmap", *arguments)


def test_files_as_values(pair: Pair) -> None:
    pair.write("one", "first\n")
    pair.write("two", "second\n")
    pair.write("m", "k ./one, ./two\nbad ./none\n")
    pair.same("postmap", "-F", "lmdb:./m")
    pair.same("postmap", "-s", "lmdb:./m")
    pair.same("postmap", "-Fs", "lmdb:./m")
    assert pair.same("postmap", "-Fq", "k", "lmdb:./m") == b"first\n\nsecond\n\n"


def test_text_that_is_not_utf8(pair: Pair) -> None:
    for folder in pair.folders.values():
        (folder / "m").write_bytes(b"k \xff\n\xc3\x89x v\n lead\nz v\n")
    pair.same("postmap", "lmdb:./m")
    pair.same("postmap", "-s", "lmdb:./m")
    pair.same("postmap", "-q", "\u00c9x", "lmdb:./m")
    pair.same("postmap", "-q", "-", "static:x", stdin=b"\xff\n")


def test_mode_and_owner(pair: Pair) -> None:
    pair.write("m", "a b\n")
    for folder in pair.folders.values():
        (folder / "m").chmod(0o640)
    for options, mode in (([], 0o640), (["-p"], 0o644)):
        for who, folder in pair.folders.items():
            (folder / "m.lmdb").unlink(missing_ok=True)
            assert pair.one(who, "postmap", *options, "lmdb:./m")[2] == 0
            assert (folder / "m.lmdb").stat().st_mode & 0o777 == mode, who
