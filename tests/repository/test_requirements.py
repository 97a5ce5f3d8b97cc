"""The pins are whole: exact versions, hashes, no addresses, and all that pyproject.toml asks for."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted([*(ROOT / "requirements").glob("*.txt"), *(ROOT / "requirements").glob("*.lock")])
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS = [wanted for extra in PROJECT["project"]["optional-dependencies"].values() for wanted in extra]
ASKED = {
    "core.txt": [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["build"]],
    "dev.txt": [*PROJECT["project"]["dependencies"], *EXTRAS, *PROJECT["dependency-groups"]["dev"]],
    "bench.txt": [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["bench"]],
    "pins.txt": PROJECT["dependency-groups"]["pins"],
}


def entries(lock: Path) -> list[str]:
    """Logical lines: continued ones joined, comments dropped."""
    joined = re.sub(r"\\\n\s*", " ", lock.read_text("utf-8"))
    return [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def pins(lock: Path) -> dict[str, list[Requirement]]:
    found: dict[str, list[Requirement]] = {}
    for entry in entries(lock):
        pinned = Requirement(entry.split(" --hash")[0])
        found.setdefault(canonicalize_name(pinned.name), []).append(pinned)
    return found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_requirement_is_one_version_with_hashes(lock: Path) -> None:
    assert entries(lock)
    for entry in entries(lock):
        pinned = Requirement(entry.split(" --hash")[0])
        assert [specifier.operator for specifier in pinned.specifier] == ["=="], entry
        assert re.search(r" --hash=sha256:[0-9a-f]{64}", entry), entry


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_no_requirement_names_an_address_or_a_path(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*(-i|-f|--(extra-)?index-url|--find-links|-e)\b|\.whl\b", text, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(ASKED))
def test_what_the_project_asks_for_is_pinned_within_its_bounds(name: str) -> None:
    pinned = pins(ROOT / "requirements" / name)
    for wanted in map(Requirement, ASKED[name]):
        versions = pinned.get(canonicalize_name(wanted.name), [])
        assert versions, f"{wanted} is not pinned: make pins"
        for version in versions:
            assert all(wanted.specifier.contains(specifier.version) for specifier in version.specifier), version


def test_tests_run_on_the_versions_that_users_get() -> None:
    core, dev = pins(ROOT / "requirements" / "core.txt"), pins(ROOT / "requirements" / "dev.txt")
    versions = {name: {str(pinned.specifier) for pinned in core[name]} for name in core}
    assert versions == {name: {str(pinned.specifier) for pinned in dev.get(name, [])} for name in core}
