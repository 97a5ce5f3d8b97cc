"""The check of the floors can fail: an import upwards, a verb that knows a verb, an impure thought are each found."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"
PLANTED = {
    "an import upwards": ("logic/planted.py", "import tacit.memory\n", "Imports only go down the floors BROKEN"),
    "a verb that knows a verb": ("operations/planted.py", "import tacit.operations.record\n", "know each other BROKEN"),
    "a verb that fetches its store": ("operations/planted.py", "import tacit.stores\n", "handed their stores"),
    "a thought that waits": ("logic/planted.py", "import time\n", "Logic waits for nothing"),
    "a module without a floor": ("planted.py", '"""Nowhere."""\n', "BROKEN"),
}  # fmt: skip


@pytest.mark.parametrize("planted", PLANTED)
def test_a_broken_floor_is_found(planted: str, tmp_path: Path) -> None:
    name, text, said = PLANTED[planted]
    shutil.copytree(ROOT / "src" / "tacit", tmp_path / "tacit", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "tacit" / name).write_text(text, "utf-8")
    ran = subprocess.run([sys.executable, "-c", RUN], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert said in " ".join(ran.stdout.split())
