"""What every source file keeps: `__all__` is true, public functions are documented, nothing names a machine."""

import ast
import importlib
import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "src" / "tacit").rglob("*.py"))
MODULES = [file for file in FILES if file.name != "__main__.py"]
ELSEWHERE = [
    "pypi" + r"\.org", "python" + r"hosted\.org", "registry" + r"\.npmjs", "deb" + r"\.debian\.org", "/work" + r"/\w",
    "/tmp" + "/scratch", "/root" + "/", "/opt" + "/wheels", "/opt" + "/pypi", "/home" + r"/[a-z]+/",
]  # fmt: skip
"""Registry hosts and paths of one machine; written in halves so that this file does not name them."""


def dotted(file: Path) -> str:
    parts = file.relative_to(ROOT / "src").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"scripts_{name}", ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("file", MODULES, ids=dotted)
def test_what_a_module_exports_exists(file: Path) -> None:
    module = importlib.import_module(dotted(file))
    exported = getattr(module, "__all__", [])
    assert len(set(exported)) == len(exported)
    assert [name for name in exported if not hasattr(module, name)] == []


@pytest.mark.parametrize("file", [f for f in MODULES if f.name != "__init__.py"], ids=dotted)
def test_a_module_says_what_it_is_and_what_it_exports(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    assert ast.get_docstring(tree)
    assert [node for node in tree.body if ast.unparse(node).startswith(("__all__ =", "__all__:"))]


def test_every_public_function_is_documented_and_typed() -> None:
    public = script("health").public(FILES)
    assert [f.where for f in public if ast.get_docstring(f.node) is None] == []
    assert [f.where for f in public if not f.typed] == []


def test_no_tracked_file_names_a_registry_or_a_machine() -> None:
    pattern = re.compile("|".join(ELSEWHERE))
    found = []
    for file in tracked():
        try:
            text = file.read_text("utf-8")
        except UnicodeDecodeError:  # pictures and databases
            continue
        found += [f"{file.relative_to(ROOT)}: {match.group()}" for match in pattern.finditer(text)]
    assert found == []


def test_importing_tacit_is_light_and_does_nothing(tmp_path: Path) -> None:
    floors = script("floors")
    loaded = floors.imported_by_tacit()
    assert "tacit" in loaded
    assert floors.HEAVY & set(loaded) == set()
    assert len(loaded) <= floors.MODULES_MAX
    probe = "import logging, threading, tacit; print(threading.active_count(), logging.getLogger().handlers)"
    said = subprocess.run([sys.executable, "-c", probe], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stdout == "1 []\n"
    assert list(tmp_path.iterdir()) == []
