"""What is granted is found along every link, and nobody's home is granted with a Python in it."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.errors import InvalidInput
from tacit.sandboxes.grants import python_folders, system_paths, walk, walked
from tacit.sandboxes.inner.plan import Plan, read, write

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


def test_a_path_without_links_is_itself(tmp_path: Path) -> None:
    assert walk(tmp_path / "a" / "b") == (tmp_path / "a" / "b", [])


def test_every_link_on_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "real" / "inner").mkdir(parents=True)
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to("real/../real")
    found, links = walk(tmp_path / "one" / "inner")
    assert found == tmp_path / "real" / "inner"
    assert links == [(str(tmp_path / "one"), str(tmp_path / "two")), (str(tmp_path / "two"), "real/../real")]


def test_a_circle_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    with pytest.raises(InvalidInput, match="circle"):
        walk(tmp_path / "one")


def test_of_folders_within_each_other_the_outer_is_kept(tmp_path: Path) -> None:
    assert walked([tmp_path / "a" / "b", tmp_path / "a", tmp_path / "c"])[0] == [tmp_path / "a", tmp_path / "c"]


def test_a_python_that_fills_a_home_grants_its_own_folders_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("bin", "lib", ".ssh"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    found = python_folders()
    assert tmp_path / "lib" in found
    assert not any((tmp_path / ".ssh").is_relative_to(path) for path in found)


def test_secrets_of_the_system_are_not_granted() -> None:
    granted = [*system_paths(), *python_folders()]
    for secret in ("/etc/shadow", "/etc/ssl/private", "/var", "/run", "/home", "/proc", "/dev"):
        assert not any(Path(secret).is_relative_to(path) for path in granted)


@given(st.lists(TEXT), st.lists(TEXT), TEXT, st.floats(allow_nan=False), st.integers(-1, 10**6))
def test_a_plan_comes_as_it_was_sent(
    command: list[str], links: list[str], folder: str, seconds: float, uid: int
) -> None:
    plan = Plan(
        command=command, environment=["A="], folder=folder, reads=[], writes=command, links=links, fence="none",
        seconds=seconds, cpu_seconds=1.5, memory_mb=1, processes=2, file_mb=3, uid=uid,
    )  # fmt: skip
    sent = write(plan)
    assert int(sent[:8], 16) == len(sent) - 8
    assert read(sent[8:]).__dict__ == plan.__dict__


def test_a_plan_is_whole() -> None:
    with pytest.raises(TypeError, match="the fields of a plan"):
        Plan(command=["true"])
