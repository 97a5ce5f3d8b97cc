"""The loop itself, from bad policies: through the front door, in the sandbox, on conversations that it may learn from.

Part of `bench.improve`. Each start is a file with LoCoMo (development) conversations 1 to 3, all in one namespace, with
its questions as cases; the owner wants more quality and more speed than there is, so that both stay bottlenecks.
"""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

import tacit
from bench import sets
from bench.common import interval
from bench.improve_search import STARTS, Course
from tacit.improvement import IMPROVEMENTS, POLICIES, TRIALS, Alteration, Improvement, Judgement, PolicyRow, Trial
from tacit.logic.improving.judge import Primary, judge, terms
from tacit.logic.improving.shelf import every_row
from tacit.memory import Memory
from tacit.operations import cases as casebook
from tacit.operations.try_improvement import Laboratory, Look, Sides, look
from tacit.policy import Policy
from tacit.sandboxes import open_sandbox

__all__ = ["held_out", "improved", "nulls", "prepared"]

LIVED_IN = (0, 1, 2)
LIVE = 40
WANTED = {"recall_quality": 0.99, "query_time_ms": 0.5}
"""Targets that are never reached: the loop goes on."""


def prepared(data: Path, path: Path, *, cases: int, seed: int = 0) -> Path:
    """A file with the conversations and `cases` of their questions."""
    with tacit.open(path, worker=False, reranker="none") as memory:
        asked = []
        for conversation in [sets.locomo(data)[place] for place in LIVED_IN]:
            items = memory.record_messages(
                (
                    one.text,
                    "",
                    {
                        "author": one.author,
                        "key": f"{conversation.name}/{one.id}",
                        "at": one.at,
                        "session": f"{conversation.name}/{one.session}",
                        "domain": conversation.name,
                    },
                )
                for one in conversation.said
            )
            ids = {one.id: item.id for one, item in zip(conversation.said, items, strict=True)}
            asked += [
                (one.text, [ids[gold] for gold in one.gold], conversation.name)
                for one in conversation.questions
                if one.answerable
            ]
        for _ in memory.work():
            pass
        drawn = np.random.default_rng(seed).permutation(len(asked))[:cases]
        for place in drawn.tolist():
            question, right, name = asked[place]
            memory.add_case(question, right, domains=[name])
        for metric, value in WANTED.items():
            memory.set_target(metric, value)
    return path


def improved(task: tuple[str, str, int]) -> Course:
    """Live through the loop from one start: (prepared file, start, trials)."""
    template, start, trials = task
    course = Course(start=start, method="loop")
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "start.db"
        shutil.copy(template, path)
        with tacit.open(path, worker=False, reranker="none") as memory:
            memory.set_policy(STARTS[start])
            for case in memory.cases()[:LIVE]:  # what takes long shows in live recalls
                memory.recall(case.query, k=case.k, domains=case.filter.domains)
            for _ in memory.improve(trials=trials, share=1.0, shipped_known=False):
                pass
            _told(memory, course)
    return course


def nulls(template: Path, *, looks: int, cases: int, workers: int = 2, seed: int = 0) -> dict[str, Any]:
    """A against A: the same policy on both sides, measured in the sandbox, judged in view of all looks before."""
    policy = Policy()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "null.db"
        shutil.copy(template, path)
        with tacit.open(path, worker=False, reranker="none") as memory:
            everything = casebook.cases(memory._scope)
            rng = np.random.default_rng(seed)
            drawn = [rng.permutation(len(everything))[:cases].tolist() for _ in range(looks)]
            with Laboratory.opened(
                memory._scope, memory._in_file("a trial"), open_sandbox("auto"), everything, embedder=memory.embedder
            ) as laboratory:

                def one(number: int) -> Look:
                    primary: Primary = "quality" if number % 2 else "milliseconds"
                    chosen = [everything[place] for place in drawn[number]]
                    return look(laboratory, Sides(old=policy, new=policy), chosen, primary)

                with ThreadPoolExecutor(workers) as pool:
                    seen = list(pool.map(one, range(looks)))
    history: list[Judgement] = []
    for number, each in enumerate(seen):
        assert each.measured is not None, each.error
        told = judge(
            each.measured.old, each.measured.new, terms=terms(each.primary), history=history, simpler=False, seed=number
        )
        history.append(told)
    under = sum(one.p_value <= 0.05 for one in history)
    return {
        "aa_accepted": round(sum(one.accepted for one in history) / looks, 4),
        "aa": {"looks": looks, "cases": cases, "p_under_05": round(under / looks, 4)},
    }


def _told(memory: Memory, course: Course) -> None:
    scope = memory._scope
    known = {one.id: one for one in every_row(scope, IMPROVEMENTS, Improvement)}
    rows = {one.id: one for one in every_row(scope, POLICIES, PolicyRow)}
    ratio = 1.0
    for trial in every_row(scope, TRIALS, Trial):
        if not trial.success:
            continue
        one = known[trial.improvement]
        dials = _whole(rows[one.parent].dials, one.change)
        times = trial.after["milliseconds"] / trial.before["milliseconds"]
        course.measured.append((dials, trial.after["quality"], ratio * times))
        if trial.judgement is not None and trial.judgement.accepted:
            ratio *= times
            course.accepted += 1
    course.final = dict(rows[memory.standing().policy].dials)
    course.steps = [entry.text for entry in memory.ledger(limit=1000)[::-1]]


def _whole(dials: Mapping[str, Any], change: Alteration) -> dict[str, Any]:
    return {**dials, **change.policy}


def held_out(lab: Any, courses: Sequence[Course]) -> dict[str, Any]:
    """What the policies that the loop ended with bring on conversations that no trial saw, over their starts."""
    gains, speed = [], []
    for course in courses:
        before, after = (lab.measured(Policy(**dials)) for dials in (STARTS[course.start], course.final))
        gains.append(float((after.quality - before.quality).mean()))
        speed.append(float(before.milliseconds.mean() / after.milliseconds.mean()))
    shipped = lab.measured(Policy())
    finals = [float(lab.measured(Policy(**course.final)).quality.mean()) for course in courses]
    return {
        "held_out_gain": interval(gains),
        "held_out": {
            "quality_gains": [round(one, 4) for one in gains],
            "times_faster": [round(one, 2) for one in speed],
            "quality_of_shipped": round(float(shipped.quality.mean()), 4),
            "quality_of_finals": [round(one, 4) for one in finals],
        },
    }
