"""`.gitignore` rules mean what git says they mean."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tacit.logic.ignores import rules, unwanted

GLOBS = [
    "*.log", "!keep.log", "/build", "build/", "a/b", "a/*", "**/x", "a/**", "a/**/x", "*", "!*/", "a*b*", "[ab].py",
    "[!a].py", "?", "#c", "\\#c", "x\\ ", "foo bar", "**", "/**", "a/**/**/x", "[a-c]x", "*.p[yc]", "\\!x", "!", "/",
    "[", "[]a]",
]  # fmt: skip
PATHS = [
    "x", "a/x", "a/b", "a/b/x", "build/x", "b/build/x", "x.log", "keep.log", "a/keep.log", "a.py", "b.py", "c.py", "#c",
    "x ", "foo bar", "axb", "axbx/y", "c/d/e/f", "bx", "!x", "]", "[", "a/c/d/x",
]  # fmt: skip


def git_ignores(folder: Path, lines: list[str]) -> set[str]:
    (folder / ".gitignore").write_text("\n".join(lines) + "\n")
    asked = "\0".join(PATHS)
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", "-z", "--stdin"],
        cwd=folder,
        input=asked.encode(),
        capture_output=True,
        check=False,
    )
    return {path for path in done.stdout.decode().split("\0") if path}


def ours(lines: list[str]) -> set[str]:
    """As the walk asks: from the top, never within what is ignored."""
    found = rules(lines)
    ignored = set()
    for path in PATHS:
        parts = path.split("/")
        above = ["/".join(parts[:end]) for end in range(1, len(parts))]
        folder = any(other.startswith(f"{path}/") for other in PATHS)
        if any(found.ignored(one, folder=True) for one in above) or found.ignored(path, folder=folder):
            ignored.add(path)
    return ignored


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("git")
    subprocess.run(["git", "init", "-q", str(folder)], check=True, capture_output=True)
    for path in PATHS:  # git must see which are folders
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.parametrize("glob", GLOBS)
def test_one_rule_is_read_as_git_reads_it(repository, glob) -> None:
    assert ours([glob]) == git_ignores(repository, [glob])


@settings(max_examples=40)
@given(st.lists(st.sampled_from(GLOBS), max_size=5))
def test_several_rules_are_read_as_git_reads_them(repository, lines) -> None:
    assert ours(lines) == git_ignores(repository, lines)


def test_the_rules_of_a_folder_stand_before_those_above_it() -> None:
    above = rules(["*.log", "/only-here"])
    here = rules(["!kept.log", "/x"], "sub/", above)
    asked = ["sub/kept.log", "sub/other.log", "sub/x", "sub/deep/x", "sub/only-here"]
    assert [here.ignored(path, folder=False) for path in asked] == [False, True, True, False, False]


def test_a_hostile_rule_takes_linear_time() -> None:
    found = rules(["*a" * 60 + "b", "**/" * 300 + "x"])
    assert not found.ignored("a" * 255, folder=False)
    assert not found.ignored("y/" * 60 + "z", folder=False)


def test_what_is_left_out_for_its_name_says_why() -> None:
    names = [".env", "id_rsa", "server.PEM", "yarn.lock", "app.min.js", "photo.PNG", "main.py", "environment.md", "png"]
    told = ["secret", "secret", "secret", "generated", "generated", "binary", "", "", ""]
    assert [unwanted(name) for name in names] == told
