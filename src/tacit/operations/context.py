"""Context: what to hand to an agent before a task: rules, what worked, a playbook, what is like the task.

Floor 4. Below: the store, logic.pack, logic.playbooks. Above: memory, which hands in the search and the log of recalls.

What was learned is on trial: each rule, pattern or piece of knowledge that would be shown is withheld with a
probability that is fixed before the draw, and the log says what was shown and what was not. Rules of type CORE_RULE are
always told.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import msgspec

from tacit.changes import Shown
from tacit.lessons import Playbook
from tacit.logic.pack import Filler, checked_budget
from tacit.logic.playbooks import playbook, rendered
from tacit.logic.ranking import question_terms
from tacit.logic.worth import LEARNED, recommended, state_of, worth_keys, worths
from tacit.policy import Policy
from tacit.ports import Scope
from tacit.results import ContextPack, Recall, Recalled, Why
from tacit.types import Filter, Item, Kind

__all__ = ["Log", "Search", "Task", "context"]

Search = Callable[[Filter, int], Recall]
"""(filter, k) -> what answers the task best of that, under one id, not logged."""
Log = Callable[[Recall, Sequence[Shown], Sequence[Shown]], str]
"""(recall, shown, withheld) -> why it could not be logged, or ""."""

RULES: tuple[Kind, ...] = ("rule",)
LESSONS: tuple[Kind, ...] = ("pattern", "knowledge")
PREFERENCES = 5
"""Latest preferences that go into every context pack, if there is room: they hold whatever the task."""
WIDE = 500
"""Items from which twice as many are no more searched."""
CORE = 20
"""Core rules, the latest first: whoever has more should say less in each."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a pack is for."""

    query: str
    filter: Filter
    budget: int
    """Estimated tokens."""
    k: int = 20
    """Items that are looked at beside what was learned; twice as many are searched, as patterns are found as well."""
    tools: Collection[str] = ()
    """That the agent has; none: not told which."""


def context(scope: Scope, task: Task, policy: Policy, *, search: Search, log: Log) -> ContextPack:
    """Assemble and log a context pack. Raises `InvalidInput`, `TooLarge`."""
    budget = checked_budget(task.budget)
    answer = search(task.filter, _wide(task))
    filler = Filler(answer, budget=budget, source_share=policy.source_share)
    for rule in _core(scope, task.filter, policy):
        filler.offer(rule)
    room = filler.spent + int(policy.lesson_share * budget)
    lessons = _lessons(scope, task, policy, search)
    told = [one.item for one in lessons if filler.offer(one, within=room - filler.spent)]
    happened = [] if answer.abstained else [one for one in answer.results if one.item.kind not in LEARNED][: task.k]
    if not task.filter.kinds:
        book = _playbook(task, told, [one.item for one in happened])
        filler.block(rendered(book), trust=book.trust, within=room - filler.spent)
    for one in happened:
        filler.offer_of_source(one)
    filler.settle()
    for item in _preferences(scope):
        filler.offer(Recalled(item=item, score=0.0, why=Why()))
    pack = filler.packed()
    unlogged = log(answer, filler.shown, filler.withheld)
    return msgspec.structs.replace(pack, reason=pack.reason or unlogged)


def _wide(task: Task) -> int:
    """How many items are searched; a number that the search is to refuse stays what it is."""
    return 2 * task.k if not task.filter.kinds and type(task.k) is int and 1 <= task.k <= WIDE else task.k


def _playbook(task: Task, told: Sequence[Item], happened: Sequence[Item]) -> Playbook:
    """Made of what is shown alone: what was withheld must not come in by another door."""
    return playbook(
        task.query,
        [item for item in told if item.kind == "pattern"],
        [item for item in told if item.kind == "knowledge"],
        [item for item in happened if item.kind == "episode"],
    )


def _core(scope: Scope, filter: Filter, policy: Policy) -> list[Recalled]:
    """The core rules of the namespace, with what is known of them; they are never withheld."""
    if filter.kinds and "rule" not in filter.kinds:
        return []
    wanted = Filter(kinds=("rule",), types=("CORE_RULE",), current=True)
    found = scope.store.select(scope.namespace, wanted, limit=CORE, newest_first=True)
    rules = [item for item in found if state_of(item) == "active"]
    if not rules:
        return []
    rows = scope.store.records(scope.namespace).learned("worth", worth_keys(rules))
    known = worths(rules, rows, policy)
    return [Recalled(item=item, score=0.0, why=Why(evidence=known[item.id].evidence)) for item in rules]


def _lessons(scope: Scope, task: Task, policy: Policy, search: Search) -> list[Recalled]:
    """What was learned and is relevant: what helps first, then by score. Rules are asked for by themselves, so that the
    many patterns do not crowd them out, nor what happened either."""
    found: list[Recalled] = []
    for kinds, k in ((RULES, policy.rules_shown), (LESSONS, policy.lessons_shown)):
        there = tuple(kind for kind in kinds if _any(scope, task.filter, kind))
        if there:
            answer = search(msgspec.structs.replace(task.filter, kinds=there), k)
            usable = [one for one in answer.results if recommended(one.item, task.tools, policy)]
            found += _relevant(task, msgspec.structs.replace(answer, results=tuple(usable)), policy)
    once = [one for one in found if one.item.type != "CORE_RULE"]
    return sorted(once, key=lambda one: (one.why.verdict != "helps", -one.score, one.item.id))


def _relevant(task: Task, answer: Recall, policy: Policy) -> list[Recalled]:
    """What answers the task nearly as well as the best, if anything does, or what the task speaks of in half of its own
    words: of a long task a short rule covers little, so that by words alone nothing would seem to be known."""
    asked = frozenset(question_terms(task.query))
    least = max((one.why.relevance for one in answer.results), default=0.0) - policy.lesson_relevance
    return [
        one
        for one in answer.results
        if (one.why.relevance >= least and not answer.abstained) or _spoken_of(one.item, asked) >= policy.lesson_words
    ]


def _spoken_of(item: Item, asked: frozenset[str]) -> float:
    own = frozenset(question_terms(item.text))
    return len(own & asked) / len(own) if own else 0.0


def _any(scope: Scope, filter: Filter, kind: Kind) -> bool:
    """Whether there is anything of a kind. Asked one kind at a time: 0.1 ms each among 100,000 items, together 90."""
    if filter.kinds and kind not in filter.kinds:
        return False
    return bool(scope.store.select(scope.namespace, Filter(kinds=(kind,)), limit=1))


def _preferences(scope: Scope) -> list[Item]:
    return scope.store.select(
        scope.namespace, Filter(kinds=("preference",), current=True), limit=PREFERENCES, newest_first=True
    )
