"""Advise: what experience says of a task that is under way.

Floor 4. Below: the store, logic.prediction, logic.values. Above: memory, which keeps one `Adviser`.

What was learned is read once and kept as long as nothing more is learned (the note `CURSOR` moves with each transaction
of learning), and so is the trail of the task last asked about: an agent that asks after each step pays for that step.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from tacit.errors import InvalidInput
from tacit.lessons import Advice, Option
from tacit.logic import prediction, values
from tacit.logic.extractors.run import run_of, said
from tacit.logic.limits import DESCRIPTION, LABEL, STEPS
from tacit.logic.notebook import Notebook
from tacit.logic.passages import MOST
from tacit.logic.text import checked
from tacit.logic.trail import Trail
from tacit.logic.wording import worded
from tacit.logic.words import terms
from tacit.ports import Scope
from tacit.types import Episode, Filter, Item, Pattern, Step

__all__ = ["OPTIONS", "Adviser"]

CURSOR = "learn"
"""The note that learning moves."""
OPTIONS = 1_000
"""At most, in one question."""
OPTION = 10_000
KEPT = 200_000
"""Learned rows kept in memory."""
LIKE = 20
"""Recoveries that resemble an error by their words; only those of the very same error count."""
NAMED = 3


@dataclass
class Adviser:
    """Answers for one namespace. Thread-safe."""

    scope: Scope
    _token: object = None
    _book: Notebook | None = None
    _judge: values.Judge | None = None
    _steps: tuple[Step, ...] = ()
    _trail: Trail | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def advise(
        self,
        task: str,
        steps: Sequence[Step] = (),
        *,
        options: Sequence[str] = (),
        domain: str = "",
        agent: str = "",
    ) -> Advice:
        """What to do next: the tools that followed in such a course, and what each option is worth.

        An option is worded as the step would be: tool, then what for or with what (`"git pull --rebase"`, `"open red
        door"`). Raises `InvalidInput` and `TooLarge` for what no episode could hold.
        """
        task = checked(task, "task", DESCRIPTION)
        if not isinstance(options, list | tuple) or not isinstance(steps, list | tuple) or not all(map(_told, steps)):
            raise InvalidInput(
                "this is no course", cause="steps or options are no list of them", remedy="pass Steps, and texts"
            )
        if len(options) > OPTIONS or len(steps) > STEPS:
            raise InvalidInput(
                "too much to advise on",
                cause=f"{len(options)} options, {len(steps)} steps; at most {OPTIONS} and {STEPS}",
                remedy="ask about fewer at a time",
            )
        options = tuple(checked(option, "option", OPTION) for option in options)
        domain, agent = checked(domain, "domain", LABEL), checked(agent, "agent", LABEL)
        with self._lock:
            return self._advice(task, tuple(steps), options, domain, agent)

    def _advice(self, task: str, steps: tuple[Step, ...], options: tuple[str, ...], domain: str, agent: str) -> Advice:
        book = self._opened()
        told = prediction.advice(task, steps, book.page("prediction"), domain=domain, agent=agent)
        weighed = self._judge.valued(self._trail_of(task, steps), options) if options and self._judge else []
        if told.recovering and options:
            weighed = _with_recoveries(weighed, self._recoveries(task, steps))
        known = bool(told.next_tools) or any(option.tried for option in weighed)
        reason = "" if known else told.reason or "nothing was learned yet that resembles this task"
        return msgspec.structs.replace(told, options=tuple(weighed), reason=reason)

    def _opened(self) -> Notebook:
        """What was learned, as of now."""
        records = self.scope.store.records(self.scope.namespace)
        token = records.note(CURSOR)
        if self._book is None or token != self._token or self._book.size > KEPT:
            self._token, self._book = token, Notebook(records.learned)
            self._judge = values.Judge(self._book.page("values"))
        return self._book

    def _trail_of(self, task: str, steps: tuple[Step, ...]) -> Trail:
        """The trail of these steps, from where it was left when they go on from there."""
        known = len(self._steps)
        if self._trail is None or self._trail.task != task or self._steps != steps[:known]:
            self._trail, known = Trail(task), 0
        for step in steps[known:]:
            self._trail.add(step)
        self._steps = steps
        return self._trail

    def _recoveries(self, task: str, steps: tuple[Step, ...]) -> list[Pattern]:
        """What got past the very error that the last step met, what helped most often first."""
        run = run_of(Item(id="", kind="episode", text=task, payload=Episode(task=task, steps=steps[-1:])))
        if not run.moves or not run.moves[-1].error:
            return []
        condition = f"`{run.moves[-1].head}` {said(run.moves[-1].error)}"
        wanted = Filter(kinds=("pattern",), types=("error_recovery",), current=True)
        hits = self.scope.store.match(self.scope.namespace, terms(condition), wanted, LIKE)
        near = self.scope.store.load(self.scope.namespace, [int(one) // MOST for one in hits.passages])
        found = self.scope.store.read(self.scope.namespace, [one.id for one in near])
        same = [
            one.payload
            for one in found
            if isinstance(one.payload, Pattern) and one.payload.condition == condition and one.payload.state == "active"
        ]
        return sorted(same, key=lambda one: (-one.successes, one.action))[:NAMED]


def _told(step: object) -> bool:
    """Whether it is a step whose texts are texts."""
    return isinstance(step, Step) and all(isinstance(one, str) for one in (step.tool, step.arguments, step.observation))


def _with_recoveries(options: Sequence[Option], recoveries: Sequence[Pattern]) -> list[Option]:
    """Name, of each option, the recovery that it would be."""
    return [_named(option, recoveries) for option in options]


def _named(option: Option, recoveries: Sequence[Pattern]) -> Option:
    asked = set(terms(option.option))
    for one in recoveries:
        done = set(worded(one.steps[0]).words) | {worded(one.steps[0]).verb} if one.steps else set()
        heads = set(terms(" ".join(one.tools[:1])))
        if heads and heads <= asked and done & asked:
            told = f"after this error '{one.action}' was seen in {one.count} episodes, {one.successes:g} of them done"
            return msgspec.structs.replace(option, because=f"{option.because}; {told}")
    return option
