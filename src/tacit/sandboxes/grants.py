"""Which files a program sees: those of the system, those of this Python, and what it is granted.

Floor 3. Below: the file system. Above: the rungs. Paths are walked link by link, because what is mounted is a real
folder and what programs say is whatever led there.
"""

import os
import site
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from tacit.errors import InvalidInput

__all__ = ["python_folders", "system_paths", "walk", "walked"]

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store")
_SETTINGS = (
    "alternatives", "ca-certificates", "ca-certificates.conf", "crypto-policies", "debian_version", "fonts", "group",
    "host.conf", "hosts", "java", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "locale.alias", "localtime", "magic",
    "mime.types", "nsswitch.conf", "os-release", "passwd", "perl", "pki/tls/certs", "protocols", "python3",
    "python3.11", "python3.12", "python3.13", "python3.14", "services", "shells", "ssl/certs", "ssl/openssl.cnf",
    "terminfo", "timezone",
)  # fmt: skip
"""Of /etc: what programs need to run and nothing that is anybody's secret."""
_MACHINE = ("/sys/devices/system/cpu", "/sys/devices/system/node", "/sys/kernel/mm/transparent_hugepage")
_DEEPEST = 40
"""Links on one path: the kernel's own bound."""


def system_paths() -> list[Path]:
    """Programs, libraries and harmless settings of this machine."""
    settings = (f"/etc/{name}" for name in _SETTINGS)
    return [Path(path) for path in (*_SYSTEM, *settings, *_MACHINE) if os.path.exists(path)]  # noqa: PTH110


def python_folders() -> list[Path]:
    """Those of the interpreter that runs us, of the one under its virtual environment, and of their packages. Of a
    prefix that holds a home, or everything, only the folders that Python fills."""
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    packages = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    found = [Path(path) for path in sorted(packages | set(site.getsitepackages())) if path]
    for prefix in sorted(prefixes):
        whole = not _holds_a_home(Path(prefix))
        found += [Path(prefix)] if whole else [Path(prefix, name) for name in ("bin", "lib", "include")]
    return [path for path in found if path.exists()]


def _holds_a_home(folder: Path) -> bool:
    home = Path.home().resolve()
    return home.is_relative_to(folder.resolve()) or folder == Path("/")


def walk(path: Path) -> tuple[Path, list[tuple[str, str]]]:
    """-> (the real path, the symbolic links that were met: (real place of the link, what it says))."""
    links: list[tuple[str, str]] = []
    parts = list(reversed((Path.cwd() / path).parts[1:]))
    place = Path("/")
    while parts:
        part = parts.pop()
        if part == "..":
            place = place.parent
            continue
        step = place / part
        if not step.is_symlink():
            place = step
            continue
        target = Path(os.readlink(step))  # noqa: PTH115
        links.append((str(step), str(target)))
        if len(links) > _DEEPEST:
            raise InvalidInput(f"{path} cannot be reached", cause="links lead in a circle", remedy="name a real path")
        if target.is_absolute():
            place = Path("/")
        parts += reversed([part for part in target.parts if part != "/"])
    return place, links


def walked(paths: Iterable[Path]) -> tuple[list[Path], list[tuple[str, str]]]:
    """`walk` for many: (real paths, each once, none within another, and all links)."""
    found: set[Path] = set()
    links: dict[str, str] = {}
    for path in paths:
        real, met = walk(path)
        found.add(real)
        links.update(met)
    outermost = [path for path in sorted(found) if not any(parent in found for parent in path.parents)]
    return outermost, sorted(links.items())
