"""What README.md and the other pages show is true: examples run, links lead somewhere, targets exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
README = ROOT / "README.md"
FENCED = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = FENCED.findall(README.read_text("utf-8")) if README.exists() else []


def relative(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def test_the_readme_shows_an_example_of_about_ten_lines() -> None:
    assert EXAMPLES
    assert min(len(example.splitlines()) for example in EXAMPLES) <= 12


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"example{i}" for i in range(1, len(EXAMPLES) + 1)])
def test_every_example_of_the_readme_runs_in_an_empty_folder(example: str, tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", example]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text("utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_make_target_that_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"(?:`|^|\$ )make ([a-z][a-z-]*)", page.read_text("utf-8"), re.MULTILINE))
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert named - targets == set()
