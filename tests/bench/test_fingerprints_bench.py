"""bench.fingerprints counts what it says it counts, beside its baselines, and says where there is no data."""

import json
from pathlib import Path

import pytest
from bench.common import ABSENT
from bench.fingerprints import grouping_accuracy, main

LINES = [
    ("disk sda1 is full", "disk <*> is full"),
    ("disk sda7 is full", "disk <*> is full"),
    ('user "eve" logged in', "user <*> logged in"),
    ('user "bob" logged in', "user <*> logged in"),
]


def test_a_group_counts_only_if_it_is_exactly_its_template() -> None:
    templates = ["a", "a", "b", "b", "c"]
    assert grouping_accuracy(["1", "1", "2", "2", "3"], templates) == 1
    assert grouping_accuracy(["1", "1", "2", "3", "4"], templates) == 3 / 5
    assert grouping_accuracy(["1", "1", "2", "2", "2"], templates) == 2 / 5


def test_one_object_with_every_system_and_the_mean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "logs").mkdir()
    rows = "\n".join(f'"{content.replace(chr(34), chr(34) * 2)}",{template}' for content, template in LINES)
    (tmp_path / "logs" / "Here.csv").write_text(f"Content,EventTemplate\n{rows}\n", encoding="utf-8")
    assert main(["--data", str(tmp_path), "--json", "--quick"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["grouping_accuracy"] == {"Here": {"tacit": 1.0, "digits masked": 0.5, "simple regex": 0.5}}
    assert told["mean"] == told["grouping_accuracy"]["Here"]
    assert (told["systems"], told["quick"]) == (1, True)
    assert told["microseconds_200_characters"] > 0


def test_without_data_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path), "--json"]) == ABSENT
    assert "TACIT_DATA" in capsys.readouterr().err
