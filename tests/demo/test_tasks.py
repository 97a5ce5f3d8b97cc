"""The tasks of the demo are real: undone before, not done by what is asked outright, done by a known good way."""

import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tacit.demo.actions import REPERTOIRE, action, fill
from tacit.demo.shell import PROGRAMS, TIMED_OUT, Shell
from tacit.demo.tasks import FAMILIES, SLOTS, World, deal, make_task

GENEROUS_TAR = frozenset({"wrong compression"})
"""bsdtar, the tar of macOS, sees through a wrong flag: there the task is done by what is asked."""


@pytest.fixture(scope="module")
def shell():
    with Shell() as made:
        yield made


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_task_is_undone_at_first_and_done_after_a_known_good_way(family, shell):
    if not shell.has(family.tool):
        pytest.skip(f"{family.tool} is not on this machine")
    task = make_task(family, 0, 1, random.Random(family.name))
    asked = World(shell, task, shell.root / "asked" / family.name)
    assert not asked.done()
    ran = asked.run(task.brief.asked)
    assert not ran.timed_out
    if sys.platform != "darwin" or family.name not in GENEROUS_TAR:
        assert not asked.done(), ran.output
    world = World(shell, task, shell.root / "solved" / family.name)
    for says in family.solution:
        ran = world.run(action(family.tool, says))
    assert world.done(), ran.output


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_what_is_told_to_the_agent_fills_every_slot_and_does_not_name_the_family(family):
    for wording in range(len(family.wordings)):
        task = make_task(family, wording, 1, random.Random(wording))
        assert "{" not in task.brief.description
        assert family.name not in task.brief.description
        assert not hasattr(task.brief, "family")


def test_every_command_of_a_tool_can_be_filled_for_every_task_of_the_tool():
    for known in REPERTOIRE.values():
        command = fill(known.command, SLOTS[known.tool](random.Random(1)))
        assert command == fill(command, dict.fromkeys(SLOTS[known.tool](random.Random(1)), "left"))


def test_the_tasks_to_learn_from_and_the_new_ones_share_no_words_but_all_families():
    dealt = deal(3, tuple(PROGRAMS))
    wordings = Counter(task.family.name for task in dealt.lived)
    assert wordings == Counter({family.name: 2 for family in FAMILIES})
    assert {task.family.name for task in dealt.new} == set(wordings)
    assert not {task.brief.description for task in dealt.lived} & {task.brief.description for task in dealt.new}


def test_the_same_seed_deals_the_same_tasks_and_another_seed_others():
    told = [[task.brief.description for task in deal(seed, ("git",)).new] for seed in (1, 1, 2)]
    assert told[0] == told[1] != told[2]


def test_a_command_sees_no_settings_of_the_person_who_runs_the_demo(monkeypatch, tmp_path):
    monkeypatch.setenv("GIT_AUTHOR_NAME", "somebody")
    monkeypatch.setenv("SECRET", "value")
    with Shell() as shell:
        assert "SECRET" not in shell.run("env", shell.root).output
        assert "somebody" not in shell.run("env", shell.root).output
        assert shell.run("cd ~ && pwd", shell.root).output == "./home"
        root = shell.root
    assert not root.exists()


def test_a_command_that_hangs_is_ended_with_its_children(tmp_path):
    with Shell() as shell:
        ran = shell.run("sleep 600 & wait", shell.root, timeout=0.2)
        assert ran.code == TIMED_OUT
        listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=False).stdout
        assert "sleep 600" not in listed.splitlines()


def test_a_program_that_is_missing_is_noticed(monkeypatch):
    monkeypatch.setenv("PATH", str(Path("/nowhere")))
    with Shell() as shell:
        assert not shell.has("git")
        assert shell.has("sql") == shell.has("python")
