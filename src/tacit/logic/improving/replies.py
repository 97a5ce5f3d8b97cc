"""Replies: what a chat model answered -> ideas that may be tried, and what was left out.

Floor 2, pure. Below: advice, whose question it answers. Above: the verb that asks.

A reply is data of low trust. It is JSON or nothing; of an idea only what was asked for is read, and one wrong move
spoils the idea, as a part of it is another idea. The model's words are for people, on one line, without secrets and
invisible characters; where they read like orders to whoever reads the ledger, they go.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from tacit.errors import InvalidInput
from tacit.improvement import Idea, SuggestionType
from tacit.logic.improving.advice import IDEAS, MOVES, Question
from tacit.logic.improving.dials import Dial
from tacit.logic.redaction import redact
from tacit.logic.rules.safety import HIDDEN
from tacit.logic.text import clean, loads
from tacit.logic.trust import suspected

__all__ = ["LONGEST", "REASON", "ideas_of"]

LONGEST = 20_000
"""Characters of a reply: five ideas take a tenth."""
REASON = 200
"""Characters of a reason."""
QUOTED = 40
"""Characters of anything wrong that is told."""
FENCED = re.compile(r"```[a-z]{0,10}\n(.*)\n```", re.DOTALL)


def ideas_of(reply: str, question: Question, *, origin: str) -> tuple[tuple[Idea, ...], tuple[str, ...]]:
    """-> (at most five ideas, what was left out and why). Never raises: a reply that is no answer has no ideas."""
    text = reply.strip()
    if len(text) > LONGEST:
        return (), (f"the reply has {len(text):,} characters, {LONGEST:,} are read",)
    fenced = FENCED.fullmatch(text)
    try:
        told = loads(fenced.group(1) if fenced else text)
    except InvalidInput as error:
        return (), (f"the reply is no JSON: {_quoted(error.cause)}" if text else "the reply is empty",)
    if not isinstance(told, dict) or not isinstance(told.get("ideas"), list):
        return (), ("the reply has no list of ideas",)
    found: list[Idea] = []
    wrong: list[str] = []
    for number, one in enumerate(told["ideas"][:IDEAS], 1):
        try:
            idea, said = _idea(one, question, origin)
            found += [idea] if idea not in found else []
            wrong += [f"idea {number}: {what}" for what in said]
        except ValueError as error:
            wrong.append(f"idea {number} is left out: {error}")
    if len(told["ideas"]) > IDEAS:
        wrong.append(f"{len(told['ideas']) - IDEAS:,} more ideas are left out: {IDEAS} are read")
    return tuple(found), tuple(wrong)


def _idea(told: Any, question: Question, origin: str) -> tuple[Idea, list[str]]:
    """-> (the idea, what of it was left out). Raises `ValueError` in words."""
    if not isinstance(told, dict):
        raise ValueError("it is no object")
    metric = told.get("metric")
    if not isinstance(metric, str) or metric not in question.reach:
        raise ValueError(f"nothing was asked about the metric {_quoted(metric)}")
    dials = dict(_moves(told.get("moves"), metric, question.reach[metric]))
    dials = {name: value for name, value in dials.items() if value != question.now[name]}
    if not dials:
        raise ValueError("it changes nothing")
    kind: SuggestionType = told["kind"] if told.get("kind") in get_args(SuggestionType) else "optimization"
    reason, said = _reason(told.get("reason"))
    return Idea(metric=metric, dials=dials, kind=kind, reason=reason, origin=origin), said


def _moves(told: Any, metric: str, reach: Mapping[str, Dial]) -> Iterator[tuple[str, float]]:
    if not isinstance(told, list) or not 1 <= len(told) <= MOVES:
        raise ValueError(f"it must have 1 to {MOVES} moves")
    names = [one.get("dial") if isinstance(one, dict) else None for one in told]
    for name, one in zip(names, told, strict=True):
        if not isinstance(name, str) or name not in reach:
            raise ValueError(f"no dial {_quoted(name)} moves {metric}")
        if names.count(name) > 1:
            raise ValueError(f"it turns {name} twice")
        yield name, _value(one.get("value"), reach[name])


def _value(told: Any, dial: Dial) -> float:
    """In two significant digits, like all values that are tried."""
    if isinstance(told, bool) or not isinstance(told, int | float):
        raise ValueError(f"the value of {dial.name} is no number")
    if not dial.low <= told <= dial.high:
        raise ValueError(f"{dial.name} goes from {dial.low:g} to {dial.high:g}, not to {_quoted(told)}")
    return dial.value(dial.unit(told))


def _reason(told: Any) -> tuple[str, list[str]]:
    if not isinstance(told, str) or not told.strip():
        return "", []
    words = redact(" ".join(HIDDEN.sub(" ", clean(told)).split()))[0]
    if found := suspected(words):
        return "", [f"its reason is not kept, as it {found[0]}"]
    return (words if len(words) <= REASON else f"{words[: REASON - 1].rstrip()}…"), []


def _quoted(told: Any) -> str:
    return ascii(told)[:QUOTED]
