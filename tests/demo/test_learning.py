"""The demo shows learning, and what it shows is real: curves of recorded episodes, patterns with their episodes, a bad
rule that real outcomes retire."""

import io
import random
import subprocess

import pytest
from rich.console import Console
from tests.demo.test_agent import BRIEF, FORCE, PUSH, REBASE, Remembers, Stage

import tacit
from tacit.demo.actions import action
from tacit.demo.agent import advised, attempt
from tacit.demo.plot import two_curves
from tacit.demo.program import Options, run
from tacit.demo.reading import belief, named
from tacit.demo.report import as_json
from tacit.demo.ruled import RULE, RULED
from tacit.demo.screen import Screen, further_steps
from tacit.demo.stream import LEARNING, UNLEARNING, flow
from tacit.types import Pattern, Rule

FORCING = Rule(rule_type="GENERAL_LEARNING", rule="When a push is rejected, push and replace what is there.")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """One demo with all parts; tar's tasks are the quickest, and git has those of the rule."""
    folder = tmp_path_factory.mktemp("learning")
    options = Options(database=folder / "demo.db", embedder="none", seed=1, tools=("git", "tar"), rounds=2)
    return run(options, Screen(quiet=True))


def pattern(*, condition, action, successes=3.0, failures=0.0):
    return Pattern(
        pattern_type="error_recovery",
        extractor="error_recovery",
        condition=condition,
        action=action,
        successes=successes,
        failures=failures,
    )


def test_an_action_is_read_from_the_words_of_a_pattern_that_is_masked_of_numbers():
    text = "call `python -c …` (convert the data from latin-… to utf-…)"
    assert named(text, "python") == [action("python", "convert the data from latin-1 to utf-8")]
    assert named(text, "git") == []


def test_of_an_action_within_the_words_of_another_only_the_longer_is_read():
    said = "stage the file although it is ignored"
    assert [one.says for one in named(said, "git")] == [said]


def test_what_went_well_more_often_is_believed_more():
    often, seldom = (pattern(condition="", action="", successes=won, failures=lost) for won, lost in ((9, 1), (1, 1)))
    assert belief(often) > belief(seldom) == 0.0


def test_what_a_pattern_names_is_tried_first():
    known = pattern(condition="`git push` fails", action="`git pull` (put own commits on top of the fetched ones)")
    ran = attempt(BRIEF, Stage(REBASE), rng=random.Random(1), adviser=Remembers((known,)))
    assert [one for one, _ in ran.steps] == [PUSH, REBASE, PUSH]


def test_a_rule_is_obeyed_as_soon_as_it_is_shown_whether_it_is_good_or_bad():
    ran = attempt(BRIEF, Stage(REBASE), rng=random.Random(1), adviser=Remembers((FORCING,)))
    assert [one for one, _ in ran.steps[:2]] == [FORCE, PUSH]


def test_what_a_rule_with_a_condition_says_is_weighed_not_obeyed():
    earned = Rule(rule_type="BEHAVIORAL_ADJUSTMENT", rule=FORCING.rule, condition="a push is rejected", confidence=0.9)
    advice = advised([earned], PUSH)
    assert not advice.orders
    assert advice.weights[FORCE] > 0


def test_the_stream_is_the_same_for_a_seed_and_every_wish_comes_back_in_every_round():
    first, again, other = (flow(seed, ("tar",), rounds=2) for seed in (1, 1, 2))
    assert [one.brief for one in first] == [one.brief for one in again] != [one.brief for one in other]
    half = len(first) // 2
    assert {one.family.name for one in first[:half]} == {one.family.name for one in first[half:]}
    assert {one.family.tool for one in flow(1, ("git", "tar", "sql"))} == {"tar"}


def test_with_what_it_learns_the_agent_does_more_in_fewer_commands(demo):
    curve = demo.school.curve
    assert curve.none.tasks == curve.memory.tasks == 32
    assert curve.memory.done > curve.none.done
    assert curve.memory.mean_steps < curve.none.mean_steps


def test_the_curve_is_counted_from_the_episodes_in_the_database(demo):
    for namespace, points in ((UNLEARNING, demo.school.curve.off), (LEARNING, demo.school.curve.on)):
        with tacit.open(demo.database, namespace=namespace, embedder="none") as memory:
            assert memory.timeline(buckets=len(points)) == list(points)
    assert [point.with_memory for point in demo.school.curve.off] == [0.0] * len(demo.school.curve.off)
    assert [point.with_memory for point in demo.school.curve.on] == [1.0] * len(demo.school.curve.on)


def test_the_most_valuable_patterns_come_with_the_episodes_that_they_were_seen_in(demo):
    valued = demo.school.patterns
    assert 1 <= len(valued) <= 3
    for one in valued:
        assert one.pattern.lift > 0
        assert one.tasks
        assert set(one.item.derived_from) == {source.id for source in one.account.sources}


def test_the_bad_rule_is_retired_by_its_effect_and_the_agent_recovers(demo):
    story = demo.school.story
    assert story.retired_at is not None
    assert (story.effect.verdict, story.effect.retired) == ("hurts", True)
    assert story.effect.high < 0
    assert [line.split(":")[0] for line in story.history] == ["add by person", "retire by effect"]
    (with_it, shown), (without, withheld), (after, tasks) = (
        story.count("shown"),
        story.count("withheld"),
        story.count(after=True),
    )
    assert with_it / shown < without / withheld
    assert after / tasks > with_it / shown
    assert (story.effect.shown, story.effect.withheld) == (shown, withheld)


def test_what_became_of_the_rule_can_be_read_from_the_database(demo):
    with tacit.open(demo.database, namespace=RULED, embedder="none") as memory:
        (rule,) = [one for one in memory.rules(states=["retired"]) if one.text == RULE]
        assert memory.why(rule.id).effect == demo.school.story.effect


def test_what_is_shown_of_the_learning_fits_into_80_columns_and_is_what_was_counted(demo):
    console = Console(width=80, record=True, file=io.StringIO())
    Screen(console=console).report(demo)
    text = console.export_text()
    story, curve = demo.school.story, demo.school.curve
    assert f"retired it after task {story.retired_at}" in text
    assert f"{curve.memory.done} done, {curve.memory.mean_steps:.1f} commands" in text
    assert "q " in text
    shown = text[text.index("It learns") : text.index("\nNext")]
    assert all(len(line.rstrip()) <= 80 for line in shown.splitlines())
    assert shown.count("✓") >= story.count(after=True)[0]


def test_json_has_the_curve_the_patterns_and_the_rule(demo):
    said = as_json(demo)
    assert said["curve"]["memory"]["points"][0]["first"] == 1
    assert len(said["patterns"]) == len(demo.school.patterns)
    assert said["rule"]["retired_at"] == demo.school.story.retired_at


def test_the_commands_that_show_the_learning_in_full_work_when_they_are_pasted(demo, tmp_path, monkeypatch):
    monkeypatch.setenv("TACIT_EMBEDDER", "none")
    monkeypatch.chdir(tmp_path)
    for _, command in further_steps(demo.database, demo.school):
        ran = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=120)
        assert ran.returncode == 0, ran.stderr
        assert ran.stdout.strip()


def test_two_curves_meet_in_a_mark_of_their_own():
    lines = two_curves([0.0, 1.0], [1.0, 1.0], low=0.0, high=1.0, form="{:.0%}").plain.splitlines()
    assert lines[0].startswith(" 100% ┤ ●  ◉")
    assert lines[6].startswith("   0% ┤ ○")
