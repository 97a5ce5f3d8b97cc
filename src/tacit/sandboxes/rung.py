"""What all rungs have in common: a request becomes a plan, the plan a run.

Floor 3. Below: grants, supervised. Above: process, bwrap, container: each says how the launcher is started and inside
of what.
"""

import os
import secrets
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tacit.errors import InvalidInput
from tacit.improvement import Limits, Ran
from tacit.sandboxes import grants
from tacit.sandboxes.assurances import Fence, assurances
from tacit.sandboxes.inner.plan import Plan
from tacit.sandboxes.supervised import Launcher, converse, refused

__all__ = ["Rung"]

_LIMITS = Limits()
_NOTHING: Mapping[str, str] = {}
_FIRST_USER, _USERS = 61_184, 4_336
"""Numbers that systemd, too, lends to users for a while, and nobody else has."""
_MAY_CHANGE_USER, _MAY_MAKE_NAMESPACES = 7, 21
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_OWN_TEMPORARY = Path("/tmp")  # noqa: S108  of the sandbox's tree, not of ours
_LAUNCHER = Path(__file__).resolve().parents[1]


class Rung:
    """Implements `ports.Sandbox`, given `start`."""

    name: str
    fence: Fence

    def start(self, plan: Plan) -> AbstractContextManager[Launcher]:
        """The launcher, running, at the other end of a socket. Raises `SandboxError`."""
        raise NotImplementedError

    def run(
        self,
        command: Sequence[str],
        *,
        limits: Limits = _LIMITS,
        reads: Sequence[Path] = (),
        writes: Sequence[Path] = (),
        folder: Path | None = None,
        input: bytes = b"",
        environment: Mapping[str, str] = _NOTHING,
    ) -> Ran:
        """As the port says. An exit code of 127 or 126: there is no such program, or it cannot be run.

        Raises `SandboxError`; `InvalidInput` for an empty command, a path that does not exist, or limits that are none.
        """
        _check(command, limits, [*reads, *writes, *([folder] if folder else [])], environment)
        user = _spare_user(self.fence)
        self._refuse_root(user)
        with self._temporary(user) as temporary:
            home = folder or (writes[0] if writes else temporary)
            readable, read_links = grants.walked([*self._readable(), *reads])
            writable, write_links = grants.walked([*writes, *([temporary] if temporary != _OWN_TEMPORARY else [])])
            self._refuse_what_cannot_be_fenced(readable, writable)
            if home != _OWN_TEMPORARY:
                _check_folder(grants.walk(home)[0], [*readable, *writable])
            defaults = {
                "PATH": f"{Path(sys.executable).parent}:{_SYSTEM_PATH}",
                "LANG": "C.UTF-8",
                "HOME": str(home),
                "TMPDIR": str(temporary),
            }
            plan = Plan(
                command=list(command),
                environment=[f"{name}={value}" for name, value in {**defaults, **environment}.items()],
                folder=str(Path.cwd() / home),
                reads=[str(path) for path in readable if path not in writable],
                writes=[str(path) for path in writable],
                links=[word for link in (*read_links, *write_links) for word in link],
                fence=self.fence,
                seconds=limits.seconds,
                cpu_seconds=limits.cpu_seconds,
                memory_mb=limits.memory_mb,
                processes=limits.processes,
                file_mb=limits.file_mb,
                uid=user,
            )
            with self.start(plan) as launcher:
                return converse(launcher, plan, limits, input)

    def enforces(self) -> dict[str, str]:
        """Each guarantee -> by what, on this machine."""
        return assurances(self.fence, other_user=_spare_user(self.fence) >= 0)

    def _readable(self) -> list[Path]:
        within = [_LAUNCHER] if self.fence in {"bwrap", "container"} else []
        return [*grants.system_paths(), *grants.python_folders(), Path(sys.executable), *within]

    @contextmanager
    def _temporary(self, user: int) -> Iterator[Path]:
        """A folder for temporary files that nobody else has: in its own tree, or, without one, made for this run."""
        if self.fence != "none":
            yield _OWN_TEMPORARY
            return
        with tempfile.TemporaryDirectory(prefix="tacit-", ignore_cleanup_errors=True) as folder:
            if user >= 0:
                os.chown(folder, user, -1)
            yield Path(folder).resolve()

    def _refuse_root(self, user: int) -> None:
        """No limit on processes binds root, and a fork bomb outruns whoever watches it: one made 10,000 processes."""
        if os.geteuid() == 0 and user < 0 and self.fence != "container" and _is_root_outside():
            raise refused("we are root, whose processes no limit counts, and may not become another user here")

    def _refuse_what_cannot_be_fenced(self, readable: Sequence[Path], writable: Sequence[Path]) -> None:
        """Landlock's rules add up: what lies in a folder to write can be written."""
        if self.fence == "none" and any(read.is_relative_to(write) for read in readable for write in writable):
            raise refused("without namespaces, what is to be read lies in a folder to write")


def _is_root_outside() -> bool:
    """As far as can be seen: the root of a container of an ordinary user is that user outside."""
    ranges = [line.split() for line in Path("/proc/self/uid_map").read_text().splitlines()]
    return any(inside == outside == "0" for inside, outside, _ in ranges)


def _check(command: Sequence[str], limits: Limits, paths: Sequence[Path], environment: Mapping[str, str]) -> None:
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise InvalidInput(
            "the sandbox has nothing to show", cause=f"no such path: {missing}", remedy="name what exists"
        )
    if not command or any("\0" in word for word in command):
        raise InvalidInput(
            "there is no program to run", cause=f"the command is {list(command)}", remedy="name a program"
        )
    if any("=" in name or "\0" in name + value for name, value in environment.items()):
        raise InvalidInput("the environment cannot be given", cause="a name has =, or a text NUL", remedy="rename it")
    bounds = (limits.seconds, limits.cpu_seconds, limits.memory_mb, limits.processes, limits.file_mb, limits.output_kb)
    if any(bound <= 0 for bound in bounds):
        raise InvalidInput("a limit must be more than nothing", cause=f"the limits are {limits}", remedy="raise it")


def _check_folder(folder: Path, granted: Sequence[Path]) -> None:
    if not any(folder.is_relative_to(path) for path in granted):
        raise InvalidInput(
            f"nothing starts in {folder}", cause="it was not granted", remedy="name it in reads or writes"
        )


def _spare_user(fence: Fence) -> int:
    """As root, where we may become others: a user that nobody is, another one for each run. Else -1. Where namespaces
    come with a user namespace only, nobody else is in it to become."""
    if os.geteuid() != 0:
        return -1
    status = Path("/proc/self/status").read_text()
    capabilities = int(status.partition("CapEff:")[2].split()[0], 16)
    needed = 1 << _MAY_CHANGE_USER | (1 << _MAY_MAKE_NAMESPACES if fence == "namespaces" else 0)
    user = _FIRST_USER + secrets.randbelow(_USERS)
    ranges = [tuple(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    mapped = any(first <= user < first + length for first, _, length in ranges)
    return user if mapped and capabilities & needed == needed else -1
