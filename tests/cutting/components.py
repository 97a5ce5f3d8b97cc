"""What is cut out: the entries of the product's tables, and by hand whatever else learning and recall advertise."""

import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from msgspec.structs import replace
from tests.cutting.advising import ADVISING
from tests.cutting.chatting import CHATTING
from tests.cutting.harness import Cut

from tacit import memory
from tacit.changes import PutLearned
from tacit.errors import InvalidInput
from tacit.improvement import CASES, Judgement, Ran, Standing
from tacit.lessons import Playbook
from tacit.logic import (
    contrast,
    distillation,
    effect,
    lesson,
    pack,
    patterns,
    playbooks,
    prediction,
    ranking,
    reflection,
    reward,
    sessions,
    strata,
    validation,
    values,
    worth,
)
from tacit.logic.extractors import EXTRACTORS, run
from tacit.logic.improving import bottlenecks, forecasts, harm, judge, proposals, targets, vigil
from tacit.logic.improving.bottlenecks import Looked
from tacit.logic.improving.meters import Measured
from tacit.logic.improving.optimiser import Aim
from tacit.logic.pitfalls import Pitfalls
from tacit.logic.ranking import SUCCESSIONS
from tacit.logic.refactoring import REFACTORINGS, checking
from tacit.logic.retention import Worth
from tacit.logic.rules import operations as ruling
from tacit.logic.rules import promotion, reading
from tacit.logic.rules.operations import OPERATIONS
from tacit.logic.scoring import ITEM_TERMS, PASSAGE_TERMS
from tacit.logic.transcripts import items as imported
from tacit.memory import Memory, base
from tacit.memory import learning as face
from tacit.models.cached import CachedEmbedder
from tacit.operations import apply as applying
from tacit.operations import bottlenecks as stuck
from tacit.operations import cases as casebook
from tacit.operations import (
    context,
    doctor,
    embedding,
    episodes,
    fade,
    forget,
    improve,
    index_folder,
    learn,
    measure,
    meter,
    notify,
    observe,
    policies,
    recall,
    record,
    review_rules,
    try_improvement,
)
from tacit.operations import forecasts as foretelling
from tacit.operations.improve_workspace import asking, keeping, proposing, repository
from tacit.operations.improve_workspace import improving as programs
from tacit.operations.policies import Policies
from tacit.sandboxes.rung import Rung
from tacit.types import Reflection

__all__ = ["COMPONENTS"]


class Blind:
    """Stands in the place of an extractor."""

    def __init__(self, name: str) -> None:
        self.name = name

    def extract(self, episode: object) -> tuple[()]:
        """Nothing is seen."""
        return ()


def refused(*_: object) -> Any:
    """Stands in the place of an operation."""
    raise InvalidInput("there is no such operation", cause="it was cut out", remedy="put it back")


def of_passages(asking: Any) -> np.ndarray:
    """Stands in the place of a term of passages."""
    return np.zeros(len(asking.found.passages))


def of_items(asking: Any) -> np.ndarray:
    """Stands in the place of a term of items."""
    return np.zeros(len(asking.found.items))


def giving(value: Any) -> Callable[..., Any]:
    """A function that always gives the same."""
    return lambda *_, **__: value


def unheld(_: object, command: Sequence[str], **__: Any) -> Ran:
    """Stands in the place of a sandbox."""
    return Ran(exit_code=subprocess.run(command, check=False, capture_output=True).returncode)


def idle(namespace: str, jobs: object) -> Iterator[list[Any]]:
    """A handler that does nothing."""
    yield from ()
    return []


def unbet(live: Sequence[Any], *_: Any, **__: Any) -> list[None]:
    """Stands in the place of a gambler."""
    return [None] * len(live)


def unseeing(goal: Any, *_: Any, **__: Any) -> Aim:
    """What would be seen by a judge who never looked, and let everything pass."""
    return Aim(goal=goal, seen=0.005, margin=0.1)


def first(one: Any, *_: Any, **__: Any) -> Any:
    """A function that changes nothing."""
    return one


TABLES: dict[str, tuple[Cut, ...]] = {
    **{f"extractor:{name}": (Cut(EXTRACTORS, name, Blind(name)),) for name in EXTRACTORS},
    **{f"operation:{name}": (Cut(OPERATIONS, name, refused),) for name in OPERATIONS},
    **{f"term:{name}": (Cut(PASSAGE_TERMS, name, of_passages),) for name in PASSAGE_TERMS},
    **{f"term:{name}": (Cut(ITEM_TERMS, name, of_items),) for name in ITEM_TERMS},
    **{f"succession:{name}": (Cut(SUCCESSIONS, name, giving([])),) for name in SUCCESSIONS},
    **{
        f"refactoring:{one.__name__}": (
            Cut(proposing, "REFACTORINGS", tuple(each for each in REFACTORINGS if each is not one)),
        )
        for one in REFACTORINGS
    },
}
"""Read from the product: what is entered there needs a scenario."""

EXTRACTING: dict[str, tuple[Cut, ...]] = {
    "extractor:custom": (Cut(base, "registered", lambda own: dict(EXTRACTORS)),),
    "fingerprints": (Cut(run, "fingerprint", first),),
    "ten new patterns an episode": (Cut(lesson, "chosen", lambda seen, known: list(seen)),),
    "merging": (Cut(lesson, "merged", lambda old, *told, **named: patterns.merged(None, *told, **named)),),
    "reward": (Cut(reward, "rewarded", giving(None)),),
    "baselines": (Cut(reward, "_counted", giving(None)),),
    "reflection": (Cut(reflection, "reflected", giving(Reflection())),),
}
JUDGING: dict[str, tuple[Cut, ...]] = {
    "contrast": (Cut(contrast, "reviewed", lambda found, page: iter(())),),
    "false discovery": (Cut(contrast, "adjusted", list),),
    "validation": (Cut(validation, "validated", first),),
    "retirement of patterns": (Cut(validation, "retired", giving("")),),
    "promotion": (Cut(lesson, "promoted", giving(None)),),
    "distinct sources": (Cut(promotion, "_source", lambda episode: episode.id),),
    "demotion by evidence": (Cut(promotion, "_lost", giving("")),),
    "effect credit": (Cut(effect, "credited", lambda row, **_: row or effect._copied(None)),),
    "pooling": (Cut(effect, "pooled", lambda pool, before, after: [0.0] * 5),),
    "withholding": (Cut(pack, "shows", giving(True)),),
    "propensity": (Cut(worth, "propensity", giving(1.0)),),
    "retirement by effect": (Cut(lesson, "demoted", giving(None)),),
    "exploration": (Cut(worth, "drawn", giving(0.5)),),
    "feedback credit": (Cut(effect, "fed", lambda row, score: row or effect._copied(None)),),
}
KNOWING: dict[str, tuple[Cut, ...]] = {
    "distillation": (Cut(distillation, "_made", giving(None)),),
    "clustering": (Cut(distillation, "clusters", giving([])),),
    "playbook": (Cut(face, "playbook", lambda task, *_: Playbook(task=task, reason="cut out")),),
    "consensus": (Cut(playbooks, "consensus", giving(None)),),
    "pitfalls": (Cut(playbooks, "pitfalls", giving(Pitfalls())),),
    "section of the playbook": (Cut(pack.Filler, "block", giving(False)),),
    "section of rules and patterns": (Cut(context, "_lessons", giving([])),),
    "core rules": (Cut(context, "_core", giving([])),),
    "tool compatibility": (Cut(worth, "compatible", giving(True)),),
    "prediction": (Cut(prediction, "learn", giving(None)),),
    "chances": (Cut(prediction.chances, "learned", giving(None)),),
    "courses": (Cut(prediction.courses, "learned", giving(None)),),
    "values": (Cut(values, "learn", giving(None)),),
    "timeline": (Cut(face, "timeline", giving([])),),
    "contradictions": (Cut(review_rules, "contradictions", giving([])),),
    "staleness": (Cut(review_rules, "stale", giving([])),),
    "proposals of merging": (Cut(review_rules, "near_duplicates", giving([])),),
}
GUARDING: dict[str, tuple[Cut, ...]] = {
    "abstention": (Cut(ranking, "known", giving(1.0)),),
    "source cap": (Cut(pack.Filler, "offer_of_source", pack.Filler.offer),),
    "trust of records": (Cut(record, "vouched", first),),
    "trust of episodes": (Cut(episodes, "vouched", first),),
    "trust of files": (Cut(index_folder, "vouched", first),),
    "trust of imports": (Cut(imported, "vouched", first),),
    "trust of the derived": (Cut(patterns, "lowest", giving("high")),),
    "safety of rules": (Cut(ruling, "unsafe", giving("")),),
    "recalled text": (Cut(record, "without_recalled", first),),
    "redaction": (Cut(record, "redact", lambda text: (text, 0)),),
    "sessions": (Cut(sessions, "_covered", lambda found, groups: [0.0 for _ in groups]),),
    "times that are named": (Cut(recall, "_of_its_times", giving([])),),
    "relearning": (Cut(base, "relearn_handler", lambda *_, **__: idle),),
    "words said before": (Cut(record, "_in_context", first),),
    "harmless": (Cut(pack, "harmless", first),),
    "marks of what tools said": (Cut(pack, "QUOTED", re.compile(r"(?!)()")),),
    "fading": (Cut(fade, "worth_keeping", giving(Worth(keep=0.0, recency=0.0, quality=0.0, used=0.0))),),
}
LIVING: dict[str, tuple[Cut, ...]] = {
    "learning by itself": (Cut(learn.Teacher, "_page", giving([])),),
    "review by itself": (Cut(learn, "next_review", lambda reviewed: 10**9),),
    "distilling by itself": (Cut(base, "distill_handler", lambda *_, **__: idle),),
    "embedding by itself": (Cut(embedding, "embed_handler", lambda *_, **__: idle),),
    "cascade of forgetting": (Cut(forget, "cascade", giving([])),),
    "comparable episodes": (Cut(strata, "came_up", giving([])),),
    "following": (Cut(lesson.Lesson, "_applied", giving(True)),),
    "looking back": (Cut(pack, "looking_back", giving("")),),
    "replies in JSON": (Cut(reading, "_json", giving(None)),),
    "replies in XML": (Cut(reading, "_read_xml", giving(reading.Reading(reason="cut out"))),),
    "failures of extractors": (Cut(doctor, "LOOKS", tuple(set(doctor.LOOKS) - {doctor._extractors})),),
    "history of rules": (Cut(ruling, "changed", lambda item, rule, *_, **__: replace(item, payload=rule)),),
}
MEASURING: dict[str, tuple[Cut, ...]] = {
    "metrics": (Cut(measure, "merged", giving(Measured(metrics={}, unmeasured={}, detail={}))),),
    "errors are counted": (Cut(meter.Meter, "failed", giving(None)),),
    "speed of indexing": (Cut(meter.Meter, "indexed", giving(None)),),
    "first questions": (Cut(CachedEmbedder, "_ask", giving(False)),),
    "age of the queue": (Cut(measure, "_age", giving(0.0)),),
    "the owner's targets": (Cut(measure, "_owner", giving({})),),
    "learned targets": (Cut(targets, "learned", giving(None)),),
    "bottlenecks": (Cut(stuck, "look", giving(Looked(open={}, closed=(), told=()))),),
    "ease of severities": (Cut(bottlenecks, "EASE", 1.0),),
    "forecasts": (Cut(foretelling, "foresee", giving(None)),),
    "changepoints": (Cut(forecasts, "changepoints", giving([])),),
    "scores of forecasts": (Cut(foretelling, "scored", first),),
    "retention of samples": (Cut(meter, "past", giving({})),),
}
IMPROVING: dict[str, tuple[Cut, ...]] = {
    "pointer to the policy": (Cut(Policies, "standing", giving(Standing())),),
    "canary": (Cut(policies, "drawn", giving(1.0)),),
    "watch": (Cut(applying, "watched", giving(None)),),
    "failures become cases": (Cut(casebook, "failed", lambda scope, since: PutLearned(space=CASES, rows={})),),
    "cases of feedback": (Cut(casebook, "_case", giving(None)),),
    "cases of the log": (Cut(casebook, "logged", giving([])),),
    "probing": (Cut(Memory, "probe", giving(None)),),
    "sandbox": (Cut(Rung, "run", unheld),),
    "guards": (Cut(judge, "GUARDS", {"quality": (), "milliseconds": ()}),),
    "budget of the chain": (Cut(try_improvement, "lost", giving(0.0)),),
    "levels of looks": (Cut(judge, "level", giving(0.5)),),
    "giving up early": (Cut(try_improvement, "hopeless", giving(False)),),
    "the simpler of equals": (Cut(try_improvement, "is_simpler", giving(False)),),
    "surrogate of trials": (Cut(proposals, "suggested", giving([])),),
    "shipped values": (Cut(proposals, "_back", giving(())),),
    "other kinds of changes": (Cut(proposals, "possible", giving([])),),
    "observed filters": (Cut(observe, "_filters", giving(())),),
    "what nobody was shown": (Cut(observe, "_retirable", giving(())),),
    "applying by itself": (Cut(improve, "_allowed", giving(False)),),
}
WEIGHING: dict[str, tuple[Cut, ...]] = {
    "luck": (Cut(judge, "flipped", giving(0.0)),),
    "what must hold of the simpler": (Cut(judge, "EQUAL", ()),),
    "what was proposed before": (Cut(proposals, "_new", giving(True)),),
    "what families of changes were worth": (Cut(proposals, "tallies", giving({})),),
    "what a trial can see": (Cut(proposals, "aim_of", unseeing),),
}
WATCHING: dict[str, tuple[Cut, ...]] = {
    "harm by the newest alone": (Cut(harm, "_alone", unbet),),
    "harm beside a canary": (Cut(harm, "_beside", unbet),),
    "harm by errors": (Cut(harm, "_on_errors", unbet),),
    "watches that go on": (Cut(vigil, "LONGEST", 1),),
    "suspicion": (Cut(vigil, "SUSPECTED", float("inf")),),
}
TELLING: dict[str, tuple[Cut, ...]] = {
    "notifications": (Cut(notify, "notify", giving(0)), Cut(memory, "notify", giving(0))),
    "severity of what is told": (Cut(notify, "_matters", giving(True)),),
}
PROGRAMS: dict[str, tuple[Cut, ...]] = {
    "dials of programs": (Cut(proposing, "neighbours", giving([])),),
    "judge of programs": (Cut(programs, "judged", giving(Judgement(primary="benchmark", accepted=True, reason=""))),),
    "trials of programs": (Cut(keeping.Book, "tried", giving(None)),),
    "delivery": (Cut(repository.Clone, "deliver", giving(None)),),
    "patches of a model": (Cut(programs, "Asking", giving(giving(()))),),
    "places of patches": (Cut(checking, "_place", giving("")),),
    "reach of patches": (Cut(checking, "reach", giving(frozenset())),),
    "secrets of programs": (Cut(asking, "redact", lambda text: (text, 0)),),
    "ignored files of programs": (Cut(repository.Clone, "ignored", giving([])),),
    "what became of patches": (Cut(programs._State, "ended", giving(())),),
    "patches of earlier runs": (Cut(keeping.Book, "earlier", ()),),
}
COMPONENTS = {
    **TABLES,
    **EXTRACTING,
    **JUDGING,
    **KNOWING,
    **GUARDING,
    **LIVING,
    **MEASURING,
    **IMPROVING,
    **WEIGHING,
    **WATCHING,
    **TELLING,
    **CHATTING,
    **ADVISING,
    **PROGRAMS,
}
