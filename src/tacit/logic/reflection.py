"""Reflection: what an episode says of itself, read off its steps without a model.

Floor 2. Below: logic.reward (what is usual), fingerprints, calls (without what is peculiar to one episode). Above:
`logic.lesson`, once for each finished episode; context packs and the command line show `reflection_line`.

What tools have printed is of low trust: of an error a masked, harmless label is quoted, of anything else nothing.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

from tacit.logic.calls import call_of, told_of, words_said
from tacit.logic.extractors.run import said
from tacit.logic.fingerprints import fingerprint
from tacit.logic.reward import place_of, usual
from tacit.logic.rules.safety import unsafe
from tacit.logic.words import tokens
from tacit.types import Abstained, Episode, Failure, Item, Partial, Reflection, Step, Success

__all__ = ["looking_back", "reflected", "reflection_line"]

MOST = 5
"""Sentences of a kind."""
READ = 200
"""Steps that are looked at."""
FINGERPRINTED = 40
"""Errors that are read: each costs about 70 us."""
SLOW = 3.0
"""Times the mean of the other steps from which one is slow ..."""
SLOW_MS = 1_000.0
"""... if it took that long at all."""
DOMINANT = 0.6
"""Share of the time from which one tool is said to take it."""
SHORT, LONG = 0.7, 1.5
"""Times the usual number of steps."""
LINE = 200
TASK = 600
"""Characters of a task that are read for the names of things."""
TOLD = 100
"""Characters of what the outcome says that are quoted."""
WHEN = "When "
"""How a sentence begins that says what to do about an error."""
NAME = re.compile(r"[^\w .:/+@-]+")
READING = re.compile(
    r"(?:^|[^a-z])(?:cat|count|describe|diff|explain|fetch|find|get|glob|grep|head|info|list|lookup|ls|open|peek|query|read"
    r"|retrieve|search|select|show|stat|status|tail|view)(?:$|[^a-z])",
    re.IGNORECASE,
)
"""Words of tools and calls that only look: in the name of the tool, or first in the call."""
WORD = re.compile(r"\w[\w.-]{2,}")


@dataclass(frozen=True, slots=True)
class _Step:
    """One step as it is reflected upon."""

    at: int
    """From 1."""
    step: Step
    name: str
    """Of the tool, harmless."""
    failed: bool
    error: str = ""
    """Fingerprint, "" where it did not fail."""


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Errors in a row, and what came next."""

    first: _Step
    count: int
    after: _Step | None
    """The first step that went well."""
    again: bool
    """Whether the call that had failed went well afterwards."""


def reflected(item: Item, baselines: Mapping[str, Any]) -> Reflection:
    """What an episode says of itself, five sentences of each kind at most, the most telling first.

    `baselines` as `logic.reward` keeps them: what is usual where the episode belongs.
    """
    episode = item.payload
    if not isinstance(episode, Episode):
        return Reflection()
    steps = _read(episode.steps[:READ])
    troubles = list(_troubles(steps))
    place = NAME.sub(" ", place_of(item))[:40].strip() or "other"
    before = usual(item, baselines)
    ratio = len(episode.steps) / before.steps if before.known and episode.steps else 1.0
    length = f"{_steps(len(episode.steps))}, where {before.steps:g} are usual in {place}"
    return Reflection(
        successes=_first(_successes(episode, steps, troubles, length if ratio <= SHORT else "")),
        improvements=_first(_improvements(episode, steps, troubles, length if ratio >= LONG else "")),
        insights=_first(_insights(episode, steps, troubles)),
    )


def reflection_line(reflection: Reflection | None) -> str:
    """The most telling sentence: what was overcome, else what went wrong, else what went well; "" where there is none.

    >>> reflection_line(Reflection(successes=("Done in 3 steps.",), improvements=("`make` failed twice.",)))
    '`make` failed twice.'
    """
    if reflection is None:
        return ""
    overcome = [one for one in reflection.insights if one.startswith(WHEN)]
    ranked = (*overcome, *reflection.improvements, *reflection.insights, *reflection.successes)
    return _cut(ranked[0], LINE) if ranked else ""


def looking_back(episode: Episode) -> str:
    """Reward and reflection in one short line, for a context pack; "" before anything was learned from an episode.

    >>> looking_back(Episode(task="build", reflection=Reflection(successes=("Done in 3 steps.",))))
    'looking back: Done in 3 steps.'
    """
    worth = "" if episode.reward is None else f"worth {episode.reward.value:+.2f}"
    told = "; ".join(filter(None, (worth, reflection_line(episode.reflection))))
    return f"looking back: {told}" if told else ""


def _read(steps: Sequence[Step]) -> list[_Step]:
    found: list[_Step] = []
    known: dict[tuple[str, str], str] = {}
    for at, step in enumerate(steps, start=1):
        failed = step.result in ("error", "timeout")
        error = ""
        if failed:
            key = (step.observation, step.arguments)
            if step.result == "timeout":
                error = "timed out"
            elif key in known or len(known) < FINGERPRINTED:
                error = known.get(key) or fingerprint(step.observation, words_said(step.arguments))
                known[key] = error
        found.append(_Step(at, step, _name(step.tool), failed, error))
    return found


def _troubles(steps: Sequence[_Step]) -> Iterator[_Trouble]:
    for at, one in enumerate(steps):
        if not one.failed or (at and steps[at - 1].failed):
            continue
        end = next((place for place in range(at, len(steps)) if not steps[place].failed), len(steps))
        after = next((later for later in steps[end:] if later.failed or later.step.result == "success"), None)
        good = after if after is not None and not after.failed else None
        same = (later.step for later in steps[end:] if later.name == one.name and later.step.result == "success")
        again = any(step.arguments == one.step.arguments for step in same)
        yield _Trouble(one, end - at, good, again)


def _successes(episode: Episode, steps: Sequence[_Step], troubles: Sequence[_Trouble], short: str) -> Iterator[str]:
    match episode.outcome:
        case Success(verdict=verdict):
            yield f"Done in {_steps(len(episode.steps))}" + (f": {_quoted(verdict)}." if _quoted(verdict) else ".")
            if short:
                yield f"Short: {short}."
        case Partial(completed=completed) if completed:
            yield f"Done of it: {_cut('; '.join(_quoted(one) for one in completed[:5]), LINE)}."
    overcome = [one for one in troubles if one.after is not None]
    if overcome:
        yield f"Went on after {_times(len(overcome), 'stretch', 'stretches')} of errors out of {len(troubles)}."
    for name, calls, failures in _by_tool(steps):
        if calls >= 3 and not failures:
            yield f"`{name}` worked in all of {calls} calls."


def _improvements(episode: Episode, steps: Sequence[_Step], troubles: Sequence[_Trouble], long: str) -> Iterator[str]:
    yield from _repeated(steps)
    if steps and troubles and troubles[-1].after is None and not isinstance(episode.outcome, Success):
        last = troubles[-1].first
        yield f"It ended on an error that was not overcome: `{last.name}` {said(last.error)}."
    for name, calls, failures in _by_tool(steps):
        if failures >= 2 and 2 * failures >= calls:
            yield f"`{name}` failed in {failures} of {calls} calls."
    yield from _same_calls(steps)
    yield from _slow(steps)
    if long:
        yield f"Long: {long}."
    if isinstance(episode.outcome, Failure) and steps and not troubles:
        yield "No step failed, and yet the task did: hold the result against the task before ending."
    if isinstance(episode.outcome, Partial) and episode.outcome.failed:
        yield f"Not done: {_cut('; '.join(_quoted(one) for one in episode.outcome.failed[:5]), LINE)}."


def _insights(episode: Episode, steps: Sequence[_Step], troubles: Sequence[_Trouble]) -> Iterator[str]:
    yield from _overcome(episode.task, troubles)
    if isinstance(episode.outcome, Abstained):
        where = f" at step {episode.outcome.at_step}" if episode.outcome.at_step is not None else ""
        reason = _quoted(episode.outcome.reason)
        yield f"The agent stopped by itself{where}" + (f": {reason}." if reason else ".")
    yield from _parallel(episode.task, steps)
    yield from _dominant(steps)


def _overcome(task: str, troubles: Sequence[_Trouble]) -> Iterator[str]:
    """What worked after each error, once."""
    things = frozenset(tokens(task[:TASK]) if troubles else ())
    told: set[tuple[str, str]] = set()
    for one in troubles:
        if one.after is None or (one.first.name, one.first.error) in told:
            continue
        told.add((one.first.name, one.first.error))
        failing, working = (_head(step.step, things) for step in (one.first, one.after))
        when = f"{WHEN}`{failing}` {said(one.first.error)}"
        if failing == working:
            yield f"{when}, another call of it worked at try {one.count + 1}."
        else:
            yield f"{when}, `{working}` worked next" + (" and the same call went well later." if one.again else ".")


def _repeated(steps: Sequence[_Step]) -> Iterator[str]:
    """The same error again, the most frequent first."""
    counts = Counter((one.name, one.error) for one in steps if one.failed and one.error)
    for (name, error), count in counts.most_common(MOST):
        if count >= 2:
            yield f"`{name}` {said(error)}, {count} times: look into it before trying again."


def _same_calls(steps: Sequence[_Step]) -> Iterator[str]:
    counts = Counter((one.name, one.step.arguments) for one in steps if one.step.arguments)
    for (name, _), count in counts.most_common(2):
        if count >= 3:
            yield f"The same call of `{name}` was made {count} times."


def _slow(steps: Sequence[_Step]) -> Iterator[str]:
    """Steps against the mean of the others."""
    timed = [(one.step.latency_ms, one) for one in steps if one.step.latency_ms is not None]
    total = sum(took for took, _ in timed)
    for took, one in sorted(timed, key=lambda pair: (-pair[0], pair[1].at))[:2]:
        mean = (total - took) / (len(timed) - 1) if len(timed) >= 3 else took
        if took >= SLOW_MS and took > SLOW * mean:
            yield f"Step {one.at}, `{one.name}`, took {took / 1000:.1f} s, the others {mean / 1000:.1f} s on average."


def _dominant(steps: Sequence[_Step]) -> Iterator[str]:
    spent: Counter[str] = Counter()
    for one in steps:
        spent[one.name] += round(one.step.latency_ms or 0.0)
    total = sum(spent.values())
    if len(spent) >= 2 and total >= SLOW_MS:
        name, most = spent.most_common(1)[0]
        if most / total >= DOMINANT:
            yield f"`{name}` took {most / total:.0%} of the {total / 1000:.1f} s of all calls."


def _parallel(task: str, steps: Sequence[_Step]) -> Iterator[str]:
    """Calls in a row of one tool that only look, went well, differ, and do not use what the others have just found."""
    for name, same in groupby(steps, key=lambda one: one.name if _only_looks(one) else ""):
        row = list(same)
        if name and len(row) >= 2 and len({one.step.arguments for one in row}) == len(row) and _independent(task, row):
            where = f"{row[0].at} and {row[1].at}" if len(row) == 2 else f"{row[0].at} to {row[-1].at}"
            yield f"Steps {where}, calls of `{name}`, did not need one another: they could run side by side."


def _only_looks(one: _Step) -> bool:
    if one.step.result != "success" or not one.step.arguments:
        return False
    return READING.search(one.name) is not None or READING.match(one.step.arguments[:40]) is not None


def _independent(task: str, row: Sequence[_Step]) -> bool:
    """Whether no call names what only an answer before it in the row had named."""
    known = set(WORD.findall(task[:2_000])) | set(WORD.findall(row[0].step.arguments[:400]))
    for at, one in enumerate(row[1:], start=1):
        new = [word for word in WORD.findall(one.step.arguments[:400]) if word not in known]
        answers = [before.step.observation for before in row[:at]]
        if any(word in answer for word in new[:20] for answer in answers):
            return False
        known.update(new)
    return True


def _by_tool(steps: Sequence[_Step]) -> list[tuple[str, int, int]]:
    """(tool, calls of which it is known how they went, failures), the most used first."""
    calls = Counter(one.name for one in steps if one.step.result != "unknown")
    failures = Counter(one.name for one in steps if one.failed)
    return [(name, count, failures[name]) for name, count in calls.most_common(MOST)]


def _head(step: Step, things: frozenset[str]) -> str:
    """What was called, as closely as it may be told: `git push`."""
    return _name(call_of(step.tool, told_of(step.tool, step.arguments), things).head)


@lru_cache(maxsize=4096)
def _name(tool: str) -> str:
    """As it may be told within a sentence: a tool's name comes from whoever serves it."""
    plain = " ".join(NAME.sub(" ", tool[:80]).split())[:40]
    return plain if plain and not unsafe(plain) else "a tool"


def _quoted(text: str) -> str:
    """What the outcome says, in one line, without a stop."""
    return _cut(" ".join(text[: 4 * TOLD].split()), TOLD).rstrip(".")


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 2].rstrip() + " …"


def _steps(count: int) -> str:
    return _times(count, "step", "steps")


def _times(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _first(sentences: Iterator[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for sentence in sentences:
        found.setdefault(sentence)
        if len(found) == MOST:
            break
    return tuple(found)
