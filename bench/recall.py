"""Recall quality on conversations: what is found among the first k, and what each stage of the pipeline brings.

    python -m bench.recall --data DIR [--json] [--quick]

DIR holds locomo*.json and beam*.json (or a folder `recall` with them). Everything goes through the product: messages
are recorded, embedded by the queue, recalled. One set of constants; nothing looks at which set it is. Not covered:
questions that nothing in the conversation answers although the topic is there (LoCoMo category 5, BEAM abstention) are
reported, but no similarity score can see them. Without --quick the ablation runs on all questions.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

import tacit
from bench import sets
from bench.common import absent, arguments, interval, machine, report, say
from tacit.clock import new_id, system_clock
from tacit.memory import Memory
from tacit.models.open import open_reranker
from tacit.operations import record
from tacit.operations.embedding import embed_handler
from tacit.operations.recall import Asked, Models, recall
from tacit.operations.worker import Worker
from tacit.policy import Policy
from tacit.ports import Scope
from tacit.types import Filter

DEEP = 100
"""Results asked for, so that R@20 and the place of a stale statement can be told."""
SESSIONS = 10
"""Sessions asked for, of the conversations that have gold by session."""
PLAIN = "plain"
"""Part of the namespace of messages recorded without their session, so without context."""
QUICK = {"locomo": (1, 50), "beam": (1, 20)}
"""Conversations, and questions of each, with --quick."""


@dataclass
class Answer:
    """What came back for one question."""

    question: sets.Question
    ids: list[str]
    known: float
    milliseconds: float


@dataclass(frozen=True)
class Stage:
    """One row of the ablation."""

    name: str
    policy: Policy
    context: bool = True
    embedder: bool = True
    reranker: bool = False


@dataclass
class Measured:
    """Answers of one stage on one set."""

    stage: Stage
    answers: list[Answer] = field(default_factory=list)
    sessions: list[tuple[list[str], frozenset[str]]] = field(default_factory=list)
    """Of the sets whose ids tell the session: sessions found, and those of the gold."""
    session_milliseconds: list[float] = field(default_factory=list)
    foreign: list[float] = field(default_factory=list)
    """`known` of questions of other conversations."""


BARE = Policy(session=0.0, succession_top=0, recency=0.0, dated=0.0, dated_kept=0)
STAGES = (
    Stage("lexical", BARE, context=False, embedder=False),
    Stage("dense", msgspec.structs.replace(BARE, words=0.0), context=False),
    Stage("hybrid", BARE, context=False),
    Stage("+ context", BARE),
    Stage("+ session", msgspec.structs.replace(BARE, session=Policy().session)),
    Stage("+ named times", msgspec.structs.replace(Policy(), succession_top=0)),
    Stage("+ succession (default)", Policy()),
    Stage("+ reranker", Policy(), reranker=True),
)
DEFAULT = STAGES[-2]


def main(argv: Sequence[str] | None = None) -> int:
    """Run; -> exit status."""
    parser = arguments(__doc__ or "", data=True)
    parser.add_argument("--embedder", default="auto", help="as in the settings; `none` measures words alone")
    options = parser.parse_args(argv)
    started = time.time()
    conversations = {"locomo": sets.locomo(options.data), "beam": sets.beam(options.data)}
    if not any(conversations.values()):
        return absent("locomo*.json or beam*.json", options.data)
    everyone = conversations
    if options.quick:
        conversations = {name: _few(found, *QUICK[name]) for name, found in conversations.items()}
    with tempfile.TemporaryDirectory() as folder:
        result = _measured(Path(folder), conversations, everyone, options)
    result |= {"quick": options.quick, "machine": machine(started)}
    report(result, as_json=options.json, table=_table)
    return 0


def _few(conversations: list[sets.Conversation], most: int, questions: int) -> list[sets.Conversation]:
    return [replace(one, questions=one.questions[:questions]) for one in conversations[:most]]


def _measured(
    folder: Path,
    conversations: Mapping[str, list[sets.Conversation]],
    everyone: Mapping[str, list[sets.Conversation]],
    options: argparse.Namespace,
) -> dict[str, Any]:
    stages = {name: [Measured(stage) for stage in STAGES] for name in conversations}
    reranker = open_reranker("auto").reranker
    with tacit.open(folder / "bench.db", embedder=options.embedder, worker=False) as memory:
        models = Models(embedder=memory.embedder, reranker=reranker)
        recorded = _record_all(memory, conversations)
        for name, found in conversations.items():
            for measured in stages[name]:
                if measured.stage.reranker and reranker is None:
                    continue
                say(f"{name}: {measured.stage.name}")
                _ask_all(memory, models, measured, found)
                if name == "locomo" and measured.stage in STAGES[-2:]:
                    _ask_sessions(memory, models, measured, found)
                if measured.stage is DEFAULT:
                    _ask_foreign(memory, models, measured, found, everyone[name], options.seed)
    return _figures(stages, recorded, memory.embedder.name if memory.embedder else "none")


def _record_all(memory: Memory, conversations: Mapping[str, list[sets.Conversation]]) -> dict[str, Any]:
    """Every conversation into two namespaces: with its sessions, and (plain) without; then embed all."""
    items = 0
    begun = time.perf_counter()
    for found in conversations.values():
        for conversation in found:
            for namespace, sessions in ((conversation.name, True), (f"{conversation.name}/{PLAIN}", False)):
                scope = _scope(memory, namespace)
                items += len(record.messages(scope, _messages(conversation, sessions=sessions)))
    recorded = time.perf_counter()
    say(f"recorded {items} messages, now they are embedded")
    assert memory.embedder is not None
    handlers = {"embed": embed_handler(memory._backend, memory.embedder)}
    for written in Worker(memory._backend, system_clock, handlers).drain():
        say(f"embedded, {written} changes, {time.perf_counter() - recorded:.0f} s")
    embedded = time.perf_counter() - recorded
    return {"messages": items, "record_seconds": round(recorded - begun, 2), "embed_seconds": round(embedded, 2)}


def _scope(memory: Memory, namespace: str) -> Scope:
    return Scope(store=memory._backend, namespace=namespace, clock=system_clock, new_id=new_id, source="bench")


def _messages(conversation: sets.Conversation, *, sessions: bool) -> list[Any]:
    return [
        (
            one.text,
            one.author if one.author in ("user", "assistant") else "",
            {"author": one.author, "key": one.id, "at": one.at, "metadata": {"session": one.session}}
            | ({"session": one.session} if sessions else {}),
        )
        for one in conversation.said
    ]


def _ask_all(memory: Memory, models: Models, measured: Measured, conversations: Sequence[sets.Conversation]) -> None:
    stage = measured.stage
    used = _used(stage, models)
    for conversation in conversations:
        scope = _scope(memory, conversation.name if stage.context else f"{conversation.name}/{PLAIN}")
        measured.answers += [_asked(scope, used, question) for question in conversation.questions]


def _used(stage: Stage, models: Models) -> Models:
    return Models(
        embedder=models.embedder if stage.embedder else None,
        reranker=models.reranker if stage.reranker else None,
        reader=models.reranker if stage.reranker else None,
        policy=stage.policy,
    )


def _ask_sessions(
    memory: Memory, models: Models, measured: Measured, conversations: Sequence[sets.Conversation]
) -> None:
    """The same questions again, this time for sessions: apart, so that the time of the others stays what it is."""
    used = _used(measured.stage, models)
    for conversation in conversations:
        scope = _scope(memory, conversation.name)
        for question in conversation.questions:
            if question.gold:
                asked = Asked(query=question.text, filter=Filter(), best_sessions=SESSIONS)
                answer = recall(scope, asked, used)
                measured.sessions.append(([one.session for one in answer.sessions], _gold_sessions(question.gold)))
                measured.session_milliseconds.append(answer.milliseconds)


def _ask_foreign(
    memory: Memory,
    models: Models,
    measured: Measured,
    conversations: Sequence[sets.Conversation],
    everyone: Sequence[sets.Conversation],
    seed: int,
) -> None:
    """Each conversation is asked as many questions of the others of its set as it has of its own."""
    used = Models(embedder=models.embedder)
    for place, conversation in enumerate(conversations):
        others = [
            question
            for other in everyone
            if other.name != conversation.name
            for question in other.questions
            if question.answerable
        ]
        own = sum(question.answerable for question in conversation.questions)
        scope = _scope(memory, conversation.name)
        for number in np.random.default_rng(seed + place).permutation(len(others))[:own]:
            measured.foreign.append(_asked(scope, used, others[int(number)]).known)


def _asked(scope: Scope, models: Models, question: sets.Question) -> Answer:
    begun = time.perf_counter()
    answer = recall(scope, Asked(query=question.text, filter=Filter(), k=DEEP), models)
    took = (time.perf_counter() - begun) * 1000
    return Answer(
        question=question,
        ids=[str(one.item.key) for one in answer.results],
        known=answer.known,
        milliseconds=took,
    )


def _figures(stages: Mapping[str, list[Measured]], recorded: dict[str, Any], embedder: str) -> dict[str, Any]:
    default, reranked = len(STAGES) - 2, len(STAGES) - 1
    result: dict[str, Any] = {"embedder": embedder, "recorded": recorded, "ablation": {}}
    judged: dict[str, tuple[list[float], list[float]]] = {}
    for name, measured in stages.items():
        if not measured[default].answers:
            continue
        result["ablation"][name] = {one.stage.name: _quality(one.answers) for one in measured if one.answers}
        unit = "turn" if name == "locomo" else "message"
        result[name] = {unit: _quality(measured[default].answers)}
        if measured[reranked].answers:
            result[name][f"{unit}_reranked"] = _quality(measured[reranked].answers)
        if name == "locomo":
            result[name]["session"] = _session_quality(measured[reranked])  # read by default, items are not
            result[name]["session_unread"] = _session_quality(measured[default])
        else:
            result[name]["freshness"] = _freshness(measured[default].answers)
            result[name]["freshness_reranked"] = _freshness(measured[reranked].answers)
            result[name]["freshness_cases"] = len(_fresh(measured[default].answers))
        own = [one.known for one in measured[default].answers if one.question.answerable]
        unanswerable = [one.known for one in measured[default].answers if not one.question.answerable]
        judged[name] = (own, measured[default].foreign)
        result[name]["abstention_auroc"] = _auroc(own, measured[default].foreign)
        result[name]["unanswerable_auroc"] = _auroc(own, unanswerable)
    every = [measured for each in stages.values() for measured in each]
    result["abstention_auroc"] = _auroc(
        [one for own, _ in judged.values() for one in own], [one for _, other in judged.values() for one in other]
    )
    result["ms_per_query"] = {
        stage.name: round(float(np.median([a.milliseconds for m in every if m.stage is stage for a in m.answers])), 2)
        for stage in STAGES
        if any(m.answers for m in every if m.stage is stage)
    }
    return result


def _quality(answers: Sequence[Answer]) -> dict[str, Any]:
    """R@k: mean share of the gold found among the first k; MRR; percent, with bootstrap intervals of R@5 and R@10."""
    scored = [one for one in answers if one.question.gold]
    shares = {k: [_share(one.ids[:k], one.question.gold) for one in scored] for k in (5, 10, 20)}
    ranks = [
        next((1 / (n + 1) for n, found in enumerate(one.ids) if found in one.question.gold), 0.0) for one in scored
    ]
    return {
        "questions": len(scored),
        **{f"r{k}": round(100 * float(np.mean(share)), 1) for k, share in shares.items()},
        "mrr": round(100 * float(np.mean(ranks)), 1),
        "r5_interval": [round(100 * bound, 1) for bound in interval(shares[5])[1:]],
        "r10_interval": [round(100 * bound, 1) for bound in interval(shares[10])[1:]],
    }


def _session_quality(measured: Measured) -> dict[str, Any]:
    """R@k as for turns, the share of questions with any gold session among five, and R@5 by number of gold sessions."""
    scored = measured.sessions
    if not scored:
        return {}
    shares = {k: [_share(found[:k], gold) for found, gold in scored] for k in (5, 10)}
    by_number: dict[str, list[float]] = {}
    for share, (_, gold) in zip(shares[5], scored, strict=True):
        by_number.setdefault(str(len(gold)) if len(gold) < 3 else "3+", []).append(share)
    return {
        **{f"r{k}": round(100 * float(np.mean(share)), 1) for k, share in shares.items()},
        "r5_interval": [round(100 * bound, 1) for bound in interval(shares[5])[1:]],
        "any5": round(100 * float(np.mean([bool(set(found[:5]) & gold) for found, gold in scored])), 1),
        "r5_by_gold": {
            number: {"questions": len(share), "r5": round(100 * float(np.mean(share)), 1)}
            for number, share in sorted(by_number.items())
        },
        "ms_per_query": round(float(np.median(measured.session_milliseconds)), 2),
    }


def _gold_sessions(gold: Iterable[str]) -> frozenset[str]:
    return frozenset(f"session_{one[1:].split(':')[0]}" for one in gold)


def _share(found: Sequence[str], gold: frozenset[str]) -> float:
    return len(gold.intersection(found)) / len(gold)


def _fresh(answers: Sequence[Answer]) -> list[bool]:
    """Of questions on something that was updated: whether the update stands above what it updates."""
    verdicts = []
    for one in answers:
        if one.question.stale:
            place = {found: rank for rank, found in enumerate(one.ids)}
            new = min((place.get(g, DEEP) for g in one.question.gold - one.question.stale), default=DEEP)
            verdicts.append(new < min(place.get(g, DEEP) for g in one.question.stale))
    return verdicts


def _freshness(answers: Sequence[Answer]) -> float | None:
    verdicts = _fresh(answers)
    return round(100 * float(np.mean(verdicts)), 1) if verdicts else None


def _auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Probability that a positive scores above a negative (Mann and Whitney, 1947); ties count half."""
    if not positive or not negative:
        return None
    ordered = np.sort(np.asarray(negative))
    below = np.searchsorted(ordered, positive, side="left")
    upto = np.searchsorted(ordered, positive, side="right")
    return round(float(np.mean((below + upto) / 2) / len(ordered)), 4)


def _table(result: Mapping[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for name, rows in result["ablation"].items():
        table = Table("stage", "R@5 (95 %)", "R@10", "R@20", "MRR", "ms", title=name)
        for stage, row in rows.items():
            low, high = row["r5_interval"]
            shown = [f"{row['r5']} ({low} to {high})", *(str(row[key]) for key in ("r10", "r20", "mrr"))]
            table.add_row(stage, *shown, str(result["ms_per_query"][stage]))
        console.print(table)
    locomo, beam = result.get("locomo", {}), result.get("beam", {})
    console.print("sessions found:", locomo.get("session"), "without reading extracts", locomo.get("session_unread"))
    console.print("an update above what it updates, %:", beam.get("freshness"), "of", beam.get("freshness_cases"))
    console.print("own against foreign questions, AUROC:", result["abstention_auroc"])
    console.print("own against unanswerable ones:", {n: result[n]["unanswerable_auroc"] for n in result["ablation"]})
    console.print("recorded", result["recorded"], "on", result["machine"], "[quick]" if result["quick"] else "")


if __name__ == "__main__":
    sys.exit(main())
