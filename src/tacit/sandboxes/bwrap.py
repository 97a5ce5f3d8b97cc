"""bwrap (bubblewrap) as a sandbox: it makes the namespaces and the tree, our launcher within does the rest.

Floor 3. Below: rung. Above: the ladder. Where a system lets only chosen programs make namespaces, bwrap is one of them.
"""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tacit.sandboxes.inner.plan import Plan
from tacit.sandboxes.inner.tree import TRUST_OWNERS
from tacit.sandboxes.process import check_machine
from tacit.sandboxes.rung import Rung
from tacit.sandboxes.supervised import Launcher, refused, started

__all__ = ["KEPT", "BwrapSandbox"]

KEPT = ("SETUID", "SETGID", "SETPCAP", "DAC_OVERRIDE", "FOWNER", "KILL")
"""Rights that the launcher needs as root: to become another user, and to end what that user runs."""
_MEGABYTE = 1 << 20


class BwrapSandbox(Rung):
    """Needs the program `bwrap` on the path."""

    name = "bwrap"
    fence = "bwrap"

    def __init__(self) -> None:
        """Raises `SandboxError` where there is no bwrap."""
        check_machine()
        program = shutil.which("bwrap")
        if program is None:
            raise refused("bwrap is not installed")
        self.program = program

    @contextmanager
    def start(self, plan: Plan) -> Iterator[Launcher]:
        """See `Rung`."""
        with tempfile.TemporaryDirectory(prefix="tacit-") as folder:
            git = Path(folder, "gitconfig")
            git.write_text(TRUST_OWNERS)
            with started([self.program, *_arguments(plan, git), "--"]) as launcher:
                yield launcher


def _arguments(plan: Plan, git: Path) -> list[str]:
    """The tree as bwrap's arguments: they are done in their order."""
    shared = min(plan.file_mb, plan.memory_mb) * _MEGABYTE
    given = ["--die-with-parent", "--as-pid-1", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    if plan.uid >= 0:
        given += [word for right in KEPT for word in ("--cap-add", f"CAP_{right}")]
    else:
        given += ["--unshare-user"]
    given += ["--proc", "/proc", "--dev", "/dev"]
    for folder, size in (("/tmp", shared), ("/dev/shm", max(plan.memory_mb // 4, 1) * _MEGABYTE)):  # noqa: S108
        given += ["--perms", "1777", "--size", str(size), "--tmpfs", folder]
    binds = {path: ("--ro-bind", path, path) for path in plan.reads} | {p: ("--bind", p, p) for p in plan.writes}
    binds["/etc/gitconfig"] = ("--ro-bind", str(git), "/etc/gitconfig")
    links = dict(zip(plan.links[::2], plan.links[1::2], strict=True))
    for parent in _parents([*binds, *links]):
        given += ["--perms", "0755", "--dir", parent]
    for path in sorted(binds):
        given += binds[path]
    for path, target in links.items():
        if not any(Path(path).is_relative_to(bound) for bound in binds):
            given += ["--symlink", target, path]
    return [*given, "--remount-ro", "/dev", "--remount-ro", "/"]


def _parents(paths: Iterable[str]) -> list[str]:
    """The folders on the way to these, from the outside in: bwrap would make them for their owner only."""
    ways = {str(parent) for path in paths for parent in Path(path).parents}
    return sorted(ways - {"/", "/tmp", "/dev"})  # noqa: S108
