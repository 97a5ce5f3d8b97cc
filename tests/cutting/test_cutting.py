"""Whatever is advertised is on the live path: cut out, it is missed by a test through the front door."""

from importlib import import_module
from pathlib import Path

import pytest
from tests.cutting.components import COMPONENTS
from tests.cutting.harness import SCENARIOS, cut_out

for scenes in (
    "advising", "chatting", "extracting", "guarding", "improving", "judging", "knowing", "living", "measuring",
    "programs", "ranked", "ruled", "telling", "watching", "weighing",
):  # fmt: skip
    import_module(f"tests.cutting.{scenes}")  # they enter their scenarios when imported


def test_every_component_has_a_scenario():
    assert set(SCENARIOS) == set(COMPONENTS)


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_component_is_missed_when_it_is_cut_out(component: str, tmp_path: Path):
    for folder in ("whole", "cut"):
        (tmp_path / folder).mkdir()
    SCENARIOS[component](tmp_path / "whole")
    with cut_out(COMPONENTS[component]), pytest.raises(AssertionError):
        SCENARIOS[component](tmp_path / "cut")
