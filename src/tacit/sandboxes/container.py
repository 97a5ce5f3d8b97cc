"""A container of Docker or podman as a sandbox: the engine makes the tree and counts, our launcher within does the
rest.

Floor 3. Below: rung. Above: the ladder. Nothing is downloaded: the container's image is empty, and the system's own
folders are mounted into it, so that a program finds the same tools on every rung.
"""

import os
import secrets
import select
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tacit.sandboxes.bwrap import KEPT
from tacit.sandboxes.grants import walk
from tacit.sandboxes.inner.plan import Plan
from tacit.sandboxes.inner.tree import TRUST_OWNERS
from tacit.sandboxes.process import check_machine
from tacit.sandboxes.rung import Rung
from tacit.sandboxes.supervised import Launcher, end, launching, refused, spawn

__all__ = ["ContainerSandbox", "find_engine"]

_IMAGE = "tacit-empty:1"
_KEEP = ("HOME", "PATH", "DOCKER_HOST", "XDG_RUNTIME_DIR", "CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF")
"""What the engine's own client is told of our environment."""
_PATIENCE = 30.0
"""Seconds for an engine to answer; a container starts in 0.4."""
_MEETING = "/run/tacit"
_EMPTY_ARCHIVE = bytes(10_240)
"""What tar calls an archive of nothing."""


class ContainerSandbox(Rung):
    """Needs an engine that answers: a client without one is common."""

    name = "container"
    fence = "container"

    def __init__(self) -> None:
        """Raises `SandboxError` where no engine answers."""
        check_machine()
        self.engine = find_engine()
        self.podman = self.engine.endswith("podman")
        if _asked(self.engine, "image", "inspect", _IMAGE):
            problem = _asked(self.engine, "import", "-", _IMAGE, input=_EMPTY_ARCHIVE)
            if problem:
                raise refused(f"{self.engine} takes no image: {problem}")

    @contextmanager
    def start(self, plan: Plan) -> Iterator[Launcher]:
        """See `Rung`."""
        with tempfile.TemporaryDirectory(prefix="tacit-") as folder, socket.socket(socket.AF_UNIX) as door:
            Path(folder, "gitconfig").write_text(TRUST_OWNERS)
            door.bind(f"{folder}/control")
            door.listen(1)
            name = f"tacit-{secrets.token_hex(8)}"
            process = spawn([*self._command(plan, name, folder), *launching(f"{_MEETING}/control")], keep=_KEEP)
            with process:
                try:
                    with _accepted(door, process) as control:
                        yield Launcher(process, control)
                finally:
                    if not end(process):
                        _asked(self.engine, "rm", "--force", name)

    def _command(self, plan: Plan, name: str, folder: str) -> list[str]:
        shared = min(plan.file_mb, plan.memory_mb)
        memory = (
            f"{plan.memory_mb + plan.memory_mb // 4 + 64}m"  # the launcher's own, and what is passed before we look
        )
        given = [self.engine, "run", "--rm", "--interactive", "--name", name, "--pull", "never", "--workdir", "/"]
        given += ["--network", "none", "--read-only", "--log-driver", "none", "--cap-drop", "ALL"]
        given += ["--security-opt", "no-new-privileges", "--security-opt", "label=disable"]
        given += ["--pids-limit", str(plan.processes + 1), "--memory", memory, "--memory-swap", memory]
        given += ["--shm-size", f"{max(plan.memory_mb // 4, 1)}m"]
        given += ["--tmpfs", f"/tmp:rw,exec,nosuid,nodev,mode=1777,size={shared}m"]  # noqa: S108
        if plan.uid >= 0:
            given += [word for right in KEPT for word in ("--cap-add", right)]
        else:
            given += ["--user", f"{os.getuid()}:{os.getgid()}", *(["--userns", "keep-id"] if self.podman else [])]
        mounts = {**_mounts(plan), "/etc/gitconfig": (f"{folder}/gitconfig", False), _MEETING: (folder, True)}
        for target, (source, writable) in sorted(mounts.items()):
            given += ["--mount", _bind(source, target, writable=writable)]
        return [*given, _IMAGE]


def _mounts(plan: Plan) -> dict[str, tuple[str, bool]]:
    """Place in the container -> (what is mounted there, whether to write). A link on the way to a folder is a second
    place of that folder: an image that is read-only cannot be given links."""
    mounts = {path: (path, False) for path in plan.reads} | {path: (path, True) for path in plan.writes}
    for path in plan.links[::2]:
        real = str(walk(Path(path))[0])
        if not any(Path(path).is_relative_to(place) for place in mounts) and os.path.exists(real):  # noqa: PTH110
            mounts[path] = (real, any(Path(real).is_relative_to(place) for place in plan.writes))
    return mounts


def _bind(source: str, target: str, *, writable: bool) -> str:
    """As a line of comma-separated values, which is what the engines read."""
    fields = ["type=bind", f"source={source}", f"target={target}", *([] if writable else ["readonly"])]
    return ",".join('"' + field.replace('"', '""') + '"' for field in fields)


@contextmanager
def _accepted(door: socket.socket, process: "subprocess.Popen[bytes]") -> Iterator[socket.socket]:
    """The launcher's call. Raises `SandboxError` where none comes."""
    deadline = time.monotonic() + _PATIENCE
    while not select.select([door], [], [], 0.05)[0]:
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            words = process.stderr.read() if process.stderr else b""
            raise refused(f"no container was started: {words.decode('utf-8', 'replace').strip()}")
    control = door.accept()[0]
    with control:
        yield control


def find_engine() -> str:
    """Docker where its socket answers a ping, podman, which needs none. Raises `SandboxError`."""
    docker, podman = shutil.which("docker"), shutil.which("podman")
    if docker and any(_answers(path) for path in _sockets()):
        return docker
    if podman and not _asked(podman, "info"):
        return podman
    raise refused("there is a docker client, but no engine answers it" if docker else "neither docker nor podman works")


def _sockets() -> list[str]:
    named = os.environ.get("DOCKER_HOST", "")
    if named:
        return [named.removeprefix("unix://")] if named.startswith("unix://") else []  # elsewhere are other files
    return ["/var/run/docker.sock"]


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(_PATIENCE)
        try:
            link.connect(path)
            link.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            return link.recv(64).split()[1:2] == [b"200"]
        except OSError:
            return False


def _asked(*command: str, input: bytes = b"") -> str:
    """-> what went wrong, or ""."""
    try:
        done = subprocess.run(command, input=input, capture_output=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return (done.stderr.decode("utf-8", "replace").strip() or f"exit {done.returncode}") if done.returncode else ""
