"""Advice: what a chat model is told when it is asked for ideas about dials.

Floor 2, pure. Below: proposals, whose ground is put into words. Above: the verb that asks.

Metrics, dials and figures, and nothing else: no question, no item, no case, no name, no text of the memory leaves by
this way, nor what the cases from failures said, by which improvements are judged. What it answers is read by `replies`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from tacit.chat import Message
from tacit.improvement import Bottleneck, Improvement, Judgement, SuggestionType, Trial
from tacit.logic.improving.catalogue import goal_of, turnable
from tacit.logic.improving.dials import Dial, differing, patched, reading
from tacit.logic.improving.proposals import Ground
from tacit.logic.improving.reasons import amount
from tacit.logic.improving.targets import valued

__all__ = ["IDEAS", "MEANINGS", "MOVES", "Question", "question"]

IDEAS = 5
"""At most, of one reply: more would not be tried before the next one."""
MOVES = 6
"""Dials of one idea, at most."""
TRIALS = 12
"""The latest, which are told: some 60 tokens each."""
MEANINGS: Mapping[str, str] = {
    "candidates": "passages taken from each of two indexes, by words and by meaning",
    "kept": "of these together, how many are read and ranked; beyond twice `candidates` more does nothing",
    "words": "weight of the share of the question's words that a passage covers, against a cosine of 1",
    "length": "what an item pays for each natural logarithm of its number of passages",
    "session": "how much of the best score in its session an item is given",
    "recency": "what an item of this moment gains over one of long ago",
    "half_life_days": "days in which that gain halves",
    "dated": "what an item of the day or month that the question names gains",
    "dated_kept": "passages of that time that are looked at beside the others; 0: none",
    "succession_top": "among how many of the first results a newer statement takes an older one's place; 0: never",
    "succession_similarity": "cosine from which two statements are taken to be of the same matter",
    "context": "what each agreement with the situation of the one who asks is worth",
    "confidence": "what a learned item of which all is certain gains over one of which nothing is",
    "effect": "what a learned item gains or loses at most for its measured effect",
    "rerank_top": "how many items the cross-encoder reads; it is the slowest part",
    "rerank": "weight of its opinion",
    "rerank_softness": "its logits are divided by this before the sigmoid",
}
"""Dial -> what it does, for somebody who has never seen the code."""
CALLED: Mapping[str, str] = {"regression": "", "chain": "quality"}
"""Guard -> what it is told as; the others as they are, and of the cases from failures nothing."""
SYSTEM = f"""\
You tune the dials of a program that finds stored passages for questions. Each of your ideas is measured beside the \
present values on recorded questions, and is kept only if the measured gain is beyond doubt. A score is a cosine plus \
what the dials add. Quality is nDCG in [0, 1]; milliseconds are CPU time of one search.
Answer with JSON and nothing else, in this form:
{{"ideas": [{{"metric": "...", "reason": "...", "moves": [{{"dial": "...", "value": 0.5}}], "kind": "optimization"}}]}}
At most {IDEAS} ideas, the best first. Each turns 1 to {MOVES} dials that its metric names, to values within their \
ranges that differ from the present ones. Do not repeat what was tried. `reason`: one short sentence. Give \
an idea unless all that you can think of was tried."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What to ask, and what an answer may speak of."""

    messages: tuple[Message, ...]
    schema: dict[str, Any]
    reach: Mapping[str, Mapping[str, Dial]]
    """Metric -> name of a dial that may move it -> the dial."""
    now: Mapping[str, float]
    """Dial -> its value."""


def question(ground: Ground) -> Question | None:
    """The question for the open bottlenecks; None where no dial could move any of them."""
    stuck = [one for one in ground.bottlenecks if not one.resolved and goal_of(one.metric_name)]
    stuck.sort(key=lambda one: (-one.impact_score, one.metric_name))
    reach = {one.metric_name: {dial.name: dial for dial in turnable(one.metric_name, ground.observed)} for one in stuck}
    reach = {metric: dials for metric, dials in reach.items() if dials}
    if not reach:
        return None
    dials = {name: dial for known in reach.values() for name, dial in known.items()}
    now = reading(ground.shipped, ground.standing.dials)
    told = [
        "Worse than it should be:",
        *(_stuck(one, reach[one.metric_name]) for one in stuck if one.metric_name in reach),
        "\nDials:",
        *(_dial(dial, now, reading(ground.shipped) if ground.shipped_known else {}) for dial in dials.values()),
        "\nTried before, the latest last:",
        *(list(_tried(ground)) or ["- nothing yet"]),
    ]
    return Question(
        messages=(Message(role="system", text=SYSTEM), Message(role="user", text="\n".join(told))),
        schema=_schema(list(reach), list(dials)),
        reach=reach,
        now=now,
    )


def _stuck(bottleneck: Bottleneck, dials: Mapping[str, Dial]) -> str:
    metric = bottleneck.metric_name
    side = "at least" if metric == "recall_quality" else "at most"
    grade = f"{bottleneck.severity}{', expected' if bottleneck.forecast else ''}"
    found, wanted = (valued(metric, value) for value in (bottleneck.current_value, bottleneck.target_value))
    return f"- {metric} ({grade}): {found}, should be {side} {wanted}; dials: {', '.join(dials)}"


def _dial(dial: Dial, now: Mapping[str, float], shipped: Mapping[str, float]) -> str:
    number = "whole number" if dial.integer else "number"
    was = f", shipped {shipped[dial.name]:g}" if shipped else ""
    cost = {-1: "; lower is faster", 0: "", 1: "; higher is faster"}[dial.cheaper]
    return (
        f"- {dial.name}: {MEANINGS[dial.name]}; {number} from {dial.low:g} to {dial.high:g}{cost}; "
        f"now {now[dial.name]:g}{was}"
    )


def _tried(ground: Ground) -> Iterator[str]:
    values = {row.id: reading(ground.shipped, row.dials) for row in (*ground.policies, ground.standing)}
    values[""] = reading(ground.shipped)
    disappointed = {one.improvement for one in ground.applications if one.state == "rolled back"}
    known = [
        (improvement, trial)
        for improvement, trial in ground.trials
        if trial.success and improvement.change.kind == "policy" and improvement.parent in values
    ]
    for improvement, trial in known[-TRIALS:]:
        moves = _moves(improvement, values[improvement.parent])
        if (
            moves
            and goal_of(improvement.metric)
            and {"quality", "milliseconds"} <= set(trial.before) & set(trial.after)
        ):
            later = ", and taken back later, as it disappointed" if improvement.id in disappointed else ""
            yield f"- for {improvement.metric}: {moves}: {_measured(trial)}; {_verdict(trial.judgement)}{later}"


def _moves(improvement: Improvement, old: Mapping[str, float]) -> str:
    new = differing(old, patched(old, improvement.change.policy))
    return ", ".join(f"{name} {old[name]:g} -> {value:g}" for name, value in new.items())


def _measured(trial: Trial) -> str:
    quality, times = ([side[name] for side in (trial.before, trial.after)] for name in ("quality", "milliseconds"))
    return f"quality {quality[0]:.4f} -> {quality[1]:.4f}, milliseconds {times[0]:.3g} -> {times[1]:.3g}"


def _verdict(judgement: Judgement | None) -> str:
    """Not the judge's own words: they would say how the cases from failures fared."""
    if judgement is None:
        return "not judged"
    low, high = (amount(judgement.primary, one, sign="+") for one in (judgement.low, judgement.high))
    gain = f"gain of {judgement.primary} {low} to {high} (95 %)"
    if judgement.accepted:
        return f"accepted{' as equal and simpler' if judgement.simpler else ''}, {gain}"
    worse = [CALLED.get(one.measure, one.measure) for one in judgement.guards if not one.passed]
    told = [one for one in dict.fromkeys(worse) if one]
    return f"rejected, {gain}" + (f", {' and '.join(told)} may be worse" if told else "")


def _schema(metrics: Sequence[str], dials: Sequence[str]) -> dict[str, Any]:
    """What every endpoint that knows schemas can hold a model to: ranges and lengths are for `replies` to check."""
    move = _object(dial={"type": "string", "enum": dials}, value={"type": "number"})
    idea = _object(
        metric={"type": "string", "enum": metrics},
        reason={"type": "string"},
        moves={"type": "array", "items": move, "maxItems": MOVES},
        kind={"type": "string", "enum": [*get_args(SuggestionType)]},
    )
    return _object(ideas={"type": "array", "items": idea, "maxItems": IDEAS})


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
