"""What a chat model's ideas bring the loop, and what nonsense costs it: forty trials from a bad policy each.

    python -m bench.improve_advised --data DIR [--json] [--quick] [--chat NAME --chat-url URL]

As `bench.improve_search --formula`: ten bad policies of LoCoMo (development, conversations 1 to 3), milliseconds from a
formula, shares of the best known. The loop alone; with an adviser who talks nonsense (values drawn evenly, five ideas a
reply), who lies (each idea is a worse end of a dial), who knows (the best ideas are the values that were shipped); with
--chat, also a real one. All go the way of a real one: the question, a reply as JSON, the turns in which one is asked.

Not covered: how good the ideas of large models are. Each draw of the loop's randomness is another course: differences
of a few hundredths between columns are luck.
"""

import dataclasses
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from bench import improve_search
from bench.common import arguments, machine, report, say
from bench.improve_search import STARTS, Course, prepare, shares
from tacit.errors import ModelError
from tacit.improvement import Consultation
from tacit.logic.improving.advice import IDEAS, Question, question
from tacit.logic.improving.asking import due
from tacit.logic.improving.dials import reading
from tacit.logic.improving.proposals import Ground
from tacit.logic.improving.replies import ideas_of
from tacit.models.open import OpenOptions, open_chat
from tacit.policy import Policy
from tacit.ports import ChatModel

__all__ = ["ADVISERS", "Adviser", "Says"]

Says = Callable[[Question, np.random.Generator], str]
UNKNOWN = (0.5, 8.0)
"""Quality and milliseconds that the question names before the first trial."""
FEWER = 0.4
"""Of the shipped values: what the one who knows says of what costs time."""


def nonsense(asked: Question, random: np.random.Generator) -> str:
    """One to three dials of a metric, each to anywhere."""
    ideas = []
    for _ in range(IDEAS):
        metric = str(random.choice(sorted(asked.reach)))
        names = random.permutation(sorted(asked.reach[metric]))[: int(random.integers(1, 4))].tolist()
        dials = {name: asked.reach[metric][name].value(float(random.random())) for name in names}
        ideas.append((metric, dials))
    return _said(ideas)


def lies(asked: Question, random: np.random.Generator) -> str:
    """A dial to an end of its range: the dear one for time, either for quality."""
    ideas = []
    for _ in range(IDEAS):
        metric = str(random.choice(sorted(asked.reach)))
        dial = asked.reach[metric][str(random.choice(sorted(asked.reach[metric])))]
        dear = 1.0 if dial.cheaper < 0 else 0.0 if dial.cheaper > 0 else float(random.integers(2))
        ideas.append((metric, {dial.name: dial.value(dear)}))
    return _said(ideas)


def knows(asked: Question, random: np.random.Generator) -> str:
    """For quality what was shipped, all that differs and two at a time; for time less of what was shipped."""
    shipped, ideas = reading(Policy()), []
    for metric, dials in asked.reach.items():
        if metric == "query_time_ms":
            for share in (FEWER, FEWER / 2.0):
                fewer = {name: dial.value(dial.unit(share * shipped[name])) for name, dial in dials.items()}
                ideas.append((metric, {name: fewer[name] for name in ("candidates", "kept", "dated_kept")}))
            continue
        wrong = [name for name in dials if asked.now[name] != shipped[name]]
        ideas += [(metric, {name: shipped[name] for name in some}) for some in (wrong[:6], wrong[:2], wrong[2:4])]
    del random
    return _said([(metric, dials) for metric, dials in ideas if dials])


ADVISERS: dict[str, Says | None] = {"alone": None, "nonsense": nonsense, "lies": lies, "knows": knows}


class Adviser:
    """Asked in its turns, as the verb asks; time is counted in trials here."""

    def __init__(self, says: Says, *, name: str, seed: int) -> None:
        self._says, self._origin = says, f"model:{name}"
        self._random = np.random.default_rng(seed)
        self.asked: list[Consultation] = []

    def __call__(self, ground: Ground) -> Ground:
        """The ground with what was last said."""
        made, what = len(ground.trials), question(_wanting(ground))
        if what is not None and due(self.asked, ground.trials, origin=self._origin, now=made):
            ideas, wrong = ideas_of(self._says(what, self._random), what, origin=self._origin)
            self.asked.append(
                Consultation(
                    id=str(made), timestamp=made, origin=self._origin, trials=made, ideas=ideas, wrong=wrong,
                )
            )  # fmt: skip
        said = [one.ideas for one in self.asked if one.ideas]
        return dataclasses.replace(ground, advised=said[-1] if said else ())


def _wanting(ground: Ground) -> Ground:
    """The bottlenecks with what was measured last, and half as long or a perfect score as what is wanted."""
    newest = ground.trials[-1][1].after if ground.trials else {"quality": UNKNOWN[0], "milliseconds": UNKNOWN[1]}
    quality, time_ms = ground.bottlenecks
    told = [
        msgspec.structs.replace(quality, current_value=newest["quality"], target_value=1.0),
        msgspec.structs.replace(time_ms, current_value=newest["milliseconds"], target_value=newest["milliseconds"] / 2),
    ]
    return dataclasses.replace(ground, bottlenecks=told)


def real(model: ChatModel) -> Says:
    """What a chat model says."""

    def says(asked: Question, _: np.random.Generator) -> str:
        begun = time.perf_counter()
        try:
            reply = model.reply(asked.messages, schema=asked.schema)
        except ModelError as error:
            say(f"    no answer: {error}")
            return ""
        took = time.perf_counter() - begun
        say(f"    {took:.0f} s, {reply.tokens_read} tokens read, {reply.tokens_written} written: {reply.text}")
        return reply.text

    return says


def _said(ideas: Sequence[tuple[str, Mapping[str, float]]]) -> str:
    return json.dumps({
        "ideas": [
            {"metric": metric, "reason": "", "kind": "optimization",
             "moves": [{"dial": name, "value": value} for name, value in dials.items()]}
            for metric, dials in ideas[:IDEAS]
        ]
    })  # fmt: skip


def _run(start: str, name: str, says: Says | None, *, budget: int, seed: int) -> tuple[Course, dict[str, Any]]:
    adviser = None if says is None else Adviser(says, name=name, seed=seed)
    course = Course(start=start, method=name)
    improve_search.loop(improve_search._BENCH[0], course, budget=budget, seed=seed, adviser=adviser)
    theirs = [step for step in course.steps if f"model:{name} suggests" in step]
    told = {
        "asked": len(adviser.asked) if adviser else 0,
        "ideas": sum(len(one.ideas) for one in adviser.asked) if adviser else 0,
        "left_out": sum(len(one.wrong) for one in adviser.asked) if adviser else 0,
        "tried": len(theirs),
        "accepted": sum(" accepted " in step for step in theirs),
    }
    say(f"{start}: {name}: {course.accepted} of {len(course.measured)} accepted, of the adviser {told}")
    return course, told


def main(argv: Sequence[str] | None = None) -> int:
    """Run; -> exit status."""
    parser = arguments(__doc__ or "", data=True)
    parser.add_argument("--cases", type=int, default=150)
    parser.add_argument("--budget", type=int, default=improve_search.BUDGET)
    parser.add_argument("--starts", nargs="*", default=list(STARTS), choices=list(STARTS))
    parser.add_argument("--advisers", nargs="*", default=list(ADVISERS), choices=list(ADVISERS))
    parser.add_argument("--chat", help="a chat model, as in the setting")
    parser.add_argument("--chat-url", help="its base URL, where it is not the provider's own")
    options = parser.parse_args(argv)
    if options.quick:
        options.starts, options.cases, options.budget = options.starts[2:3], 60, 12
    advisers = {name: ADVISERS[name] for name in options.advisers}
    if options.chat:
        model = open_chat(options.chat, OpenOptions(url=options.chat_url)).model
        if model is not None:
            advisers[options.chat] = real(model)
    started = time.time()
    prepare(options.data, options.cases, options.seed, True)
    pairs = [
        _run(start, name, says, budget=options.budget, seed=options.seed)
        for start in options.starts
        for name, says in advisers.items()
    ]
    result = shares([course for course, _ in pairs])
    for row, (_, told) in zip(result["courses"], pairs, strict=True):
        row["adviser"] = told
    for name, row in result["methods"].items():
        own = [told for course, told in pairs if course.method == name]
        row["adviser"] = {key: sum(told[key] for told in own) for key in own[0]}
    report(result | {"quick": options.quick, "machine": machine(started)}, as_json=options.json, table=_table)
    return 0


def _table(result: Mapping[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table("adviser", "arrived", "quality, mean", "speed, mean", "asked", "ideas", "tried", "accepted")
    for name, row in result["methods"].items():
        told = row["adviser"]
        figures = [f"{row['quality_mean']:.3f}", f"{row['speed_mean']:.3f}"]
        counts = [str(told[key]) for key in ("asked", "ideas", "tried", "accepted")]
        table.add_row(name, f"{row['reached']} of {row['of']}", *figures, *counts)
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
