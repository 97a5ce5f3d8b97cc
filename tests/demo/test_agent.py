"""The agent's one difference is what it is advised: nobody, an empty memory and a useful one."""

import random
from dataclasses import dataclass, field

from tacit.demo.actions import action
from tacit.demo.agent import advised, attempt, cure, told
from tacit.demo.family import Brief
from tacit.demo.shell import Ran
from tacit.types import Episode, Failure, Step, Success

PUSH = action("git", "push the branch")
REBASE = action("git", "put own commits on top of the fetched ones")
FORCE = action("git", "push and replace what is there")
BRIEF = Brief(description="Share main with the team", asked=PUSH, slots={"branch": "main"})


@dataclass
class Stage:
    """Hands for which one command, and then the push, does the task."""

    needs: object
    ran: list = field(default_factory=list)

    def run(self, chosen):
        self.ran.append(chosen)
        ok = chosen != PUSH or self.done()
        return Ran(command=chosen.command, code=0 if ok else 1, output="" if ok else "rejected", milliseconds=1.0)

    def done(self):
        return self.needs in self.ran[:-1] and self.ran[-1] == PUSH


@dataclass
class Remembers:
    """An adviser with the same episodes for everything."""

    episodes: tuple = ()

    def before(self, task):
        return self.episodes

    def after(self, task, error):
        return self.episodes


def episode(*actions, ok=True):
    steps = tuple(Step(tool=one.tool, action=one.says, result="success") for one in actions)
    return Episode(task="Push it", steps=steps, outcome=Success() if ok else Failure(reason="not done"))


def run(adviser, needs=REBASE):
    return attempt(BRIEF, Stage(needs), rng=random.Random(1), adviser=adviser)


def test_an_empty_memory_changes_nothing():
    without, empty = run(None), run(Remembers())
    assert [one for one, _ in without.steps] == [one for one, _ in empty.steps]


def test_what_helped_before_is_tried_first():
    ran = run(Remembers((episode(PUSH, FORCE, PUSH, REBASE, PUSH),)))
    assert [one for one, _ in ran.steps] == [PUSH, REBASE, PUSH]
    assert ran.done


def test_where_all_that_is_recalled_agrees_the_agent_begins_with_what_helped():
    known = episode(PUSH, REBASE, PUSH)
    ran = run(Remembers((known, known)))
    assert [one for one, _ in ran.steps] == [REBASE, PUSH]


def test_where_what_is_recalled_disagrees_the_agent_begins_with_what_is_asked():
    ran = run(Remembers((episode(PUSH, REBASE, PUSH), episode(PUSH, FORCE, PUSH))))
    assert [one for one, _ in ran.steps] == [PUSH, REBASE, PUSH]


def test_what_was_tried_in_vain_comes_last():
    weights = advised([episode(PUSH, FORCE, ok=False)], PUSH).weights
    assert weights == {FORCE: -0.5}


def test_advice_that_does_not_help_costs_steps_and_is_not_hidden():
    misled = run(Remembers((episode(PUSH, FORCE, PUSH),)), needs=REBASE)
    assert [one for one, _ in misled.steps[:3]] == [PUSH, FORCE, PUSH]


def test_the_budget_of_commands_is_kept():
    ran = attempt(BRIEF, Stage(None), rng=random.Random(1), adviser=None, budget=5)
    assert (len(ran.steps), ran.done) == (5, False)


def test_steps_that_the_repertoire_does_not_know_are_passed_over():
    strange = Episode(task="x", steps=(Step(tool="bash", arguments="rm -rf /"),), outcome=Success())
    assert cure(strange) is None
    assert advised([strange], PUSH).weights == {}


def test_of_a_traceback_the_last_line_tells():
    assert told("Traceback (most recent call last):\n  File\nKeyError: 'MODE'") == "KeyError: 'MODE'"
    assert told("error: a\n\nhint: b") == "error: a\nhint: b"
