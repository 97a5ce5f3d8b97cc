"""Programs that try to see or change files that they were not granted.

Floor 6. Below: room. Above: the contract.
"""

import sys
from pathlib import Path

from tacit.testing.sandbox_contract.room import SECRET, Check, Room, attempt

__all__ = ["CHECKS"]


def _link_does_not_help(room: Room) -> str:
    (room.room / "way").symlink_to(room.secret)
    ran = room.python("print(open('way').read())")
    return "the file was read through a link" if SECRET.encode() in ran.output else ""


def _searches(room: Room) -> str:
    """A search of everything that can be listed, for the text of the secret in its own folder."""
    code = f"""
for folder, _, names in os.walk(os.path.dirname(outside)):
    for name in names:
        try:
            if {SECRET[:8]!r} in open(os.path.join(folder, name), errors="ignore").read():
                print("found", folder, name)
        except OSError:
            pass
"""
    ran = room.python(code)
    return ran.output.decode() + ran.errors.decode()[-300:] if ran.output or ran.exit_code else ""


def _no_home(room: Room) -> str:
    """What was granted may lie in it, as Python itself does at times."""
    home = Path.home().resolve()
    granted = [Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)]
    expected = {path.relative_to(home).parts[0] for path in granted if path.is_relative_to(home)}
    ran = room.python("try:\n    print(*os.listdir(os.path.realpath(home)), sep='\\n')\nexcept OSError:\n    pass")
    seen = set(ran.output.decode().split("\n")) - expected - {""}
    return f"seen: {sorted(seen)}" if seen else ""


def _leaves_no_set_id(room: Room) -> str:
    room.python(
        "import shutil\n"
        "shutil.copyfile('/bin/sh', 'shell')\n"
        "for how in (lambda: os.chmod('shell', 0o6755), lambda: os.fchmod(os.open('shell', os.O_RDONLY), 0o4755),\n"
        "            lambda: os.open('other', os.O_CREAT | os.O_WRONLY, 0o4755)):\n"
        "    try:\n"
        "        how()\n"
        "    except OSError:\n"
        "        pass\n"
    )
    left = [path.name for path in room.room.iterdir() if path.stat().st_mode & 0o6000]
    return f"left behind: {left}" if left else ""


CHECKS: tuple[Check, ...] = (
    attempt("a file outside is not read", "files", "secrets stay where they are", "open(secret).read()"),
    attempt("a folder outside is not listed", "files", "not even names are seen", "os.listdir(outside)"),
    attempt("a file outside is not written", "files", "nothing is changed", "open(secret, 'a').write('x')"),
    attempt(
        "a file outside is not cut",
        "files",
        "a file can be emptied by opening it to read",
        "os.open(secret, os.O_RDONLY | os.O_TRUNC)",
    ),
    attempt("a file outside is not cut by its name", "files", "another call does the same", "os.truncate(secret, 0)"),
    attempt("a file outside is not removed", "files", "nothing is lost", "os.remove(secret)"),
    attempt("a file outside is not moved in", "files", "a move could take it along", "os.rename(secret, 'mine')"),
    attempt("a file outside is not linked in", "files", "a second name could be opened", "os.link(secret, 'mine')"),
    attempt("nothing is made outside", "files", "no trap is laid", "open(outside + '/new', 'w').close()"),
    attempt("no folder is made outside", "files", "no trap is laid", "os.mkdir(outside + '/new')"),
    attempt(
        "no mode is changed outside",
        "files",
        "rules about opening files know nothing of modes",
        "os.chmod(secret, 0o777)",
    ),
    attempt(
        "no time is changed outside",
        "files",
        "rules about opening files know nothing of times",
        "os.utime(secret, (1, 1))",
    ),
    attempt("no attribute is set outside", "files", "nor of attributes", "os.setxattr(secret, 'user.mark', b'x')"),
    attempt("a folder to read is not written", "files", "read means read", "open(shown + '/new', 'w').close()"),
    attempt("a file to read is not removed", "files", "read means read", "os.remove(shown + '/note.txt')"),
    attempt("a file to read keeps its mode", "files", "read means read", "os.chmod(shown + '/note.txt', 0o777)"),
    attempt(
        "an open file to read keeps its mode",
        "files",
        "modes change through open files as well",
        "os.fchmod(os.open(shown + '/note.txt', os.O_RDONLY), 0o777)",
    ),
    Check(name="the home folder is not seen", guarantee="files", proves="keys and histories are there", trial=_no_home),
    attempt("the passwords of the system are not read", "files", "not even as root", "open('/etc/shadow').read()"),
    attempt(
        "the folder of another process is no way out",
        "files",
        "/proc leads anywhere",
        "os.listdir('/proc/1/cwd')",
    ),
    attempt(
        "dots are no way out", "files", "paths are what they lead to", "open(room + '/../outside/secret.txt').read()"
    ),
    attempt(
        "the system's programs are not changed",
        "files",
        "what others run stays as it is",
        "open('/usr/bin/tacit-new', 'w').close()",
    ),
    attempt(
        "the settings of the kernel are not changed",
        "files",
        "root's files are there",
        "open('/proc/sys/kernel/hostname', 'w').write('x')",
    ),
    attempt(
        "the disk itself is not opened",
        "files",
        "below all files",
        "os.mknod('disk', 0o060600, os.makedev(8, 0)); open('disk', 'rb')",
    ),
    attempt(
        "the memory of the machine is not opened",
        "files",
        "beside all files",
        "open('/dev/mem', 'rb')",
    ),
    attempt(
        "the memory of the kernel is not read",
        "files",
        "root may read it as a file",
        "if not open('/proc/kcore', 'rb').read(1):\n    raise OSError('it is empty here')",
    ),
    attempt(
        "nothing is mounted",
        "files",
        "a mount would change what paths mean",
        "checked(libc.mount(b'none', room.encode(), b'tmpfs', 0, None))",
    ),
    attempt("the root is not changed", "files", "chroot is a known way out", "os.chroot(room)"),
    attempt(
        "no file is opened by its number",
        "files",
        "a handle asks for no path",
        "call(304, 265, -100, ctypes.create_string_buffer(32), 0)",
    ),
    Check(
        name="a link to a file outside leads nowhere",
        guarantee="files",
        proves="a link in a folder to write means nothing by itself",
        trial=_link_does_not_help,
    ),
    Check(
        name="a search finds nothing outside",
        guarantee="files",
        proves="there is no second way to the same file",
        trial=_searches,
    ),
    Check(
        name="nothing is left that runs as its owner",
        guarantee="rights",
        proves="what it leaves behind gives nobody another's rights",
        trial=_leaves_no_set_id,
    ),
)
