"""The replies that the benchmark of workspaces serves as a model's are patches that may be tried."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from bench.improve_workspaces import NAMES, WORKSPACES

from tacit.logic.refactoring.advice import read
from tacit.logic.refactoring.checking import checked
from tacit.logic.refactoring.patch import Patch


@pytest.mark.parametrize("name", NAMES)
def test_what_was_written_by_hand_fits_its_workspace_and_leaves_its_tests_green(name: str, tmp_path: Path):
    texts = {one.name: one.read_text() for one in (WORKSPACES / name).glob("*.py")}
    for reply in json.loads((WORKSPACES / "by_hand.json").read_text())[name]:
        found = read(json.dumps(reply))
        assert not isinstance(found, str), found
        for advised in found:
            patch = checked(advised, texts, shown=frozenset(texts), protected=(), tried=(), origin="by hand")
            assert isinstance(patch, Patch), patch
            texts |= patch.files
    for path, text in texts.items():
        (tmp_path / path).write_text(text)
    command = [sys.executable, "-B", "-m", "unittest", "-q"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
