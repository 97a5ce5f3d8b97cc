"""When a pattern has earned to be a rule, and when a rule has lost it.

Floor 2. Below: logic.rules, logic.evidence. Above: operations.learn asks after each episode.

Decisions depend on what was counted up to that episode and on nothing else: the same episodes in the same order give
the same rules, whatever the batches. People have the last word: what a person removed is not earned again, what a
person restored is not retired again by itself.

Space "witnesses": key of a pattern -> `[[source, trials, successes], ...]`, at most `SOURCES` of them. A source is a
session where one is told, else the task in its words without numbers. Counting by sources keeps one that repeats itself
from proving anything: each counts for `policy.rule_source_trials` trials at most, at its own rate.
"""

import re
from collections.abc import Mapping, MutableMapping, Sequence
from hashlib import blake2b
from typing import Any, Literal

import msgspec

from tacit.lessons import Effect
from tacit.logic.evidence import success_of, wilson_high, wilson_low
from tacit.logic.rules.changing import changed, ended, restored
from tacit.logic.rules.plain_error import plain_error
from tacit.logic.rules.safety import unsafe
from tacit.logic.rules.text import key_of
from tacit.logic.words import terms
from tacit.policy import Policy
from tacit.ports import NewId
from tacit.types import Episode, Item, Pattern, PatternType, Rule, RuleType

__all__ = [
    "PROMOTABLE",
    "SOURCES",
    "Evidence",
    "demoted",
    "evidence_of",
    "promoted",
    "rule_key",
    "unearned",
    "witnessed",
]

PROMOTABLE: tuple[PatternType, ...] = ("heuristic", "error_recovery")
SOURCES = 32
"""Sources kept of a pattern: so many, each counting for five trials at most, decide any case."""
LONGEST = 600
"""Characters of an earned rule: what is longer is no rule but a story."""
CHANCE = 0.5
"""q-value over which a rule is retired again: well over what makes one, so that none comes and goes."""
MOVED = 0.05
"""A change of confidence worth a line of history."""
SAID = re.compile(r' with "([^"]*)"')
"""What the extractors quote of a tool's output: a rule repeats no more of it than `plain_error` lets through."""
NUMBERED = re.compile(r"\d")
OPENED = re.compile(r"^(?:when|if|after|before|while|on|for|in)\b", re.IGNORECASE)


class Evidence(msgspec.Struct, frozen=True):
    """What speaks for a pattern, no source counting for more than its share."""

    sources: int = 0
    trials: float = 0.0
    successes: float = 0.0

    @property
    def low(self) -> float:
        """Wilson lower bound of the rate of success."""
        return wilson_low(self.successes, self.trials)


def witnessed(page: MutableMapping[str, Any], pattern: Item, episode: Item) -> None:
    """Count an episode in which a pattern was seen, by its source. Nothing happens where there is no outcome, or where
    the episode itself is of low trust: what strangers recorded proves nothing.

    To be called once for each pattern of an episode; others than `PROMOTABLE` ones are passed over.
    """
    told = episode.payload
    success = success_of(told.outcome) if isinstance(told, Episode) else None
    if success is None or pattern.key is None or episode.trust == "low" or not _promotable(pattern):
        return
    rows: list[list[Any]] = [list(row) for row in page.get(pattern.key, [])]
    source = _source(episode)
    row = next((row for row in rows if row[0] == source), None)
    if row is None:
        if len(rows) >= SOURCES:
            return
        row = [source, 0, 0.0]
        rows.append(row)
    row[1] += 1
    row[2] = round(row[2] + success, 6)
    page[pattern.key] = rows


def evidence_of(rows: Sequence[Sequence[Any]], policy: Policy) -> Evidence:
    """The rows of a pattern in the space "witnesses", each bounded to its share."""
    trials = successes = 0.0
    for _, seen, succeeded in rows:
        counted = min(seen, policy.rule_source_trials)
        trials += counted
        successes += counted * succeeded / seen
    return Evidence(sources=len(rows), trials=trials, successes=successes)


def rule_key(pattern: Item) -> str | None:
    """Key of the rule that a pattern would become: where to look for it. None where it cannot become one."""
    return key_of(_words(pattern.payload)) if _promotable(pattern) and isinstance(pattern.payload, Pattern) else None


def promoted(
    pattern: Item,
    effect: Effect | None,
    *,
    page: Mapping[str, Any],
    rule: Item | None,
    new_id: NewId,
    now: int,
    policy: Policy,
) -> Item | None:
    """The rule that a pattern has earned, new, again, or with another confidence; None where nothing is to be written.

    `rule` is the current rule with `rule_key(pattern)`, in whatever state (two patterns may come to the same words:
    then it rests on the first); `page` is the space "witnesses". Of the dials (`policy.rule_*`) a pattern needs the
    trials, the sources, a lower bound of its rate of success above the rate of comparable episodes without it, and a
    significant contrast; what it shows on held-back episodes must not contradict.
    """
    seen = pattern.payload
    if not isinstance(seen, Pattern) or not _promotable(pattern) or pattern.key is None:
        return None
    known = None if rule is None else rule.payload
    found = evidence_of(page.get(pattern.key, []), policy)
    if rule is not None and isinstance(known, Rule) and known.state == "active":
        return _revalued(rule, found, now) if pattern.id in rule.derived_from else None
    if (rule is not None and not _faded(known)) or unearned(pattern, effect, found, policy):
        return None
    if rule is not None:
        back = restored(rule, now=now, by="evidence", reason="earned again")
        back = msgspec.structs.replace(back, derived_from=(pattern.id,), trust=pattern.trust)
        return _revalued(back, found, now) or back
    return _earned(pattern, seen, found, new_id=new_id, now=now)


def unearned(pattern: Item, effect: Effect | None, found: Evidence, policy: Policy) -> str:
    """What a pattern still lacks to become a rule, in words; "" where it has earned it."""
    seen = pattern.payload
    if not isinstance(seen, Pattern) or not _promotable(pattern):
        return "patterns of this type do not become rules"
    if pattern.trust == "low":
        return "it was seen in what tools or pages said: untrusted items never become rules"
    if seen.state != "active":
        return "it is retired"
    if effect is not None and (effect.verdict == "hurts" or effect.retired):
        return "showing it hurts"
    words = _words(seen)
    reason = f"it has more than {LONGEST} characters" if len(words) > LONGEST else unsafe(words)
    return reason or _unproven(seen, found, policy)


def _unproven(seen: Pattern, found: Evidence, policy: Policy) -> str:
    if found.trials < policy.rule_trials:
        return f"{found.trials:g} of {policy.rule_trials} trials"
    if found.sources < policy.rule_sources:
        return f"{found.sources} of {policy.rule_sources} distinct sources"
    base = _base(seen)
    if base is None or seen.lift is None or seen.q_value is None:
        return "there are no comparable episodes without it"
    if seen.lift <= 0 or seen.q_value > policy.rule_q_value:
        return f"no significant contrast: {seen.lift:+.2f} with q = {seen.q_value:.2g}"
    if found.low <= base:
        return f"its lower bound {found.low:.2f} is not above the base rate {base:.2f}"
    if seen.precision is not None and seen.precision < base:
        return f"on held-back episodes it does worse ({seen.precision:.2f}) than the base rate {base:.2f}"
    return ""


def demoted(rule: Item, pattern: Item | None, effect: Effect | None, *, now: int) -> Item | None:
    """The rule as it is retired, or None where it stays.

    By effect, whoever said it: showing it hurts. By evidence, an earned one: its pattern was retired, or is no better
    than its base rate any more. A CORE_RULE is never touched, nor one that a person has restored.
    """
    told = rule.payload
    if not isinstance(told, Rule) or told.state != "active" or told.rule_type == "CORE_RULE" or _upheld(told):
        return None
    if effect is not None and effect.verdict == "hurts":
        reason = f"showing it hurts: {effect.mean:+.2f} [{effect.low:+.2f}, {effect.high:+.2f}] in success"
        return ended(rule, "retire", now=now, by="effect", reason=reason)
    reason = _lost(pattern) if told.origin == "earned" else ""
    return ended(rule, "retire", now=now, by="evidence", reason=reason) if reason else None


def _lost(pattern: Item | None) -> str:
    seen = None if pattern is None else pattern.payload
    if not isinstance(seen, Pattern):
        return ""
    if seen.state != "active":
        return f"its pattern was retired: {seen.reason}" if seen.reason else "its pattern was retired"
    base, trials = _base(seen), seen.successes + seen.failures
    if base is None or seen.lift is None:
        return ""
    if seen.lift <= 0 or wilson_high(seen.successes, trials) <= base:
        return f"it is no better than without it any more: {seen.successes / trials:.2f} against {base:.2f}"
    if seen.q_value is not None and seen.q_value > CHANCE:
        return f"that it is better than without it may well be chance by now (q = {seen.q_value:.2g})"
    return ""


def _earned(pattern: Item, seen: Pattern, found: Evidence, *, new_id: NewId, now: int) -> Item:
    words = _words(seen)
    kind: RuleType = "BEHAVIORAL_ADJUSTMENT" if seen.condition else "GENERAL_LEARNING"
    reason = (
        f"{found.successes:.1f} of {found.trials:g} trials from {found.sources} sources succeeded,"
        f" {seen.lift or 0:+.2f} against without it"
    )
    made = Rule(
        rule_type=kind,
        rule=words,
        confidence=round(found.low, 2),
        origin="earned",
        condition=_plain(SAID.sub(_named, seen.condition)),
    )
    item = Item(
        id=new_id(),
        kind="rule",
        text=words,
        payload=made,
        key=key_of(words),
        type=kind,
        domain=pattern.domain,
        language=pattern.language,
        source="learn",
        trust=pattern.trust,
        derived_from=(pattern.id,),
        created_at=now,
    )
    return changed(item, made, "promote", now=now, by="evidence", reason=reason)


def _revalued(rule: Item, found: Evidence, now: int) -> Item | None:
    """An earned rule is as sure as its evidence."""
    told = rule.payload
    sure = round(found.low, 2)
    if not isinstance(told, Rule) or told.origin != "earned" or abs(sure - told.confidence) < MOVED:
        return None
    operation: Literal["reinforce", "weaken"] = "reinforce" if sure > told.confidence else "weaken"
    reason = f"{found.successes:.1f} of {found.trials:g} trials from {found.sources} sources succeeded"
    surer = msgspec.structs.replace(told, confidence=sure)
    return changed(rule, surer, operation, now=now, by="evidence", reason=reason)


def _promotable(pattern: Item) -> bool:
    return isinstance(pattern.payload, Pattern) and pattern.payload.pattern_type in PROMOTABLE


def _faded(told: object) -> bool:
    """Whether a rule lost its evidence, and nothing else speaks against it: then it can be earned again."""
    if not isinstance(told, Rule) or told.origin != "earned" or told.state != "retired" or not told.history:
        return False
    return (told.history[-1].operation, told.history[-1].by) == ("retire", "evidence")


def _upheld(told: Rule) -> bool:
    """Whether a person restored it after it was retired."""
    return any(change.operation == "restore" and change.by == "person" for change in told.history)


def _base(seen: Pattern) -> float | None:
    """Rate of success of comparable episodes without it."""
    trials = seen.successes + seen.failures
    if seen.lift is None or trials <= 0:
        return None
    return min(1.0, max(0.0, seen.successes / trials - seen.lift))


def _source(episode: Item) -> str:
    told = episode.session
    if not told and isinstance(episode.payload, Episode):
        told = " ".join(sorted({term for term in terms(episode.payload.task) if not NUMBERED.search(term)}))
    named = f"{episode.author}\n{bool(episode.session)}\n{told}"
    return blake2b(named.encode("utf-8", "replace"), digest_size=6).hexdigest()


def _words(seen: Any) -> str:
    """A pattern as one sentence."""
    condition, action = _plain(SAID.sub(_named, seen.condition)), _plain(SAID.sub(_named, seen.action))
    if not condition:
        return action
    opened = condition if OPENED.match(condition) else f"When {condition}"
    return f"{opened[0].upper()}{opened[1:]}: {action}"


def _named(said: re.Match[str]) -> str:
    error = plain_error(said[1])
    return f" ({error})" if error else ""


def _plain(text: str) -> str:
    """On one line, without a colon or stop at its end."""
    return " ".join(text.split()).rstrip(" .:;,")
