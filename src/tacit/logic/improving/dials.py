"""Dials: which values of the policy the loop may turn, how far, and what a turn may touch.

Floor 2, pure. Below: policy. Above: optimiser, catalogue, proposals.

A dial is in reach when the replay of recalls can tell a good value of it from a bad one. The rest is `OUT_OF_REACH`,
each with the reason; above all the judging side: whoever is judged does not move the bar.
"""

import math
from collections.abc import Collection, Mapping
from typing import Any, Literal

from tacit.policy import Policy
from tacit.types import Value

__all__ = [
    "DIALS",
    "GROUPS",
    "OUT_OF_REACH",
    "Dial",
    "Measure",
    "Need",
    "dials_for",
    "differing",
    "effective",
    "patched",
    "reading",
]

Measure = Literal["quality", "milliseconds", "memory"]
Need = Literal["", "reranker", "learned", "hints"]


class Dial(Value, frozen=True, kw_only=True):
    """One value of the policy that may be turned."""

    name: str
    group: str
    """Dials that belong together are turned together."""
    low: float
    high: float
    scale: Literal["linear", "log"] = "log"
    """Of `log`, equal steps are equal ratios above `knee`, and equal differences below it: so 0 is on the scale."""
    knee: float = 1.0
    integer: bool = False
    touches: tuple[Measure, ...] = ("quality",)
    """What may change when it is turned; nothing else can be hoped for, or has to be feared."""
    cheaper: Literal[-1, 0, 1] = 0
    """Direction in which recalls cost less; 0: it does not matter, or is not known."""
    needs: Need = ""
    """What must be there for it to do anything."""
    within: str = ""
    """A value over twice that of this dial does what twice that does: there is no more to be had."""

    def unit(self, value: float) -> float:
        """Where a value stands in its range, in [0, 1]; what is beyond an end counts as that end."""
        low, high, here = (self._bent(one) for one in (self.low, self.high, min(self.high, max(self.low, value))))
        return (here - low) / (high - low)

    def value(self, unit: float) -> float | int:
        """The value at a place in [0, 1], in two significant digits: what is written down is read by people.

        >>> DIALS["candidates"].value(DIALS["candidates"].unit(203))
        200
        """
        low, high = self._bent(self.low), self._bent(self.high)
        bent = low + min(1.0, max(0.0, unit)) * (high - low)
        plain = bent if self.scale == "linear" else self.knee * math.expm1(bent)
        if abs(plain) < self.knee / 100.0:
            plain = 0.0
        inside = min(self.high, max(self.low, float(f"{plain:.2g}")))
        return round(inside) if self.integer else inside

    def _bent(self, value: float) -> float:
        return value if self.scale == "linear" else math.log1p(value / self.knee)


_COSTLY: tuple[Measure, ...] = ("quality", "milliseconds", "memory")
_TIMED: tuple[Measure, ...] = ("quality", "milliseconds")

_EVERY = (
    Dial(name="candidates", group="reach", low=5, high=3000, integer=True, touches=_COSTLY, cheaper=-1),
    Dial(name="kept", group="reach", low=5, high=2000, integer=True, touches=_COSTLY, cheaper=-1,
         within="candidates"),
    Dial(name="words", group="words", low=0.0, high=5.0, knee=0.1),
    Dial(name="length", group="length", low=0.0, high=2.0, knee=0.1),
    Dial(name="session", group="session", low=0.0, high=3.0, knee=0.1),
    Dial(name="recency", group="recency", low=0.0, high=1.0, knee=0.01),
    Dial(name="half_life_days", group="recency", low=1.0, high=3650.0),
    Dial(name="dated", group="times", low=0.0, high=3.0, knee=0.1),
    Dial(name="dated_kept", group="times", low=0, high=400, integer=True, touches=_COSTLY, cheaper=-1),
    Dial(name="succession_top", group="succession", low=0, high=50, integer=True, touches=_TIMED, cheaper=-1),
    Dial(name="succession_similarity", group="succession", low=0.3, high=1.0, scale="linear"),
    Dial(name="context", group="situation", low=0.0, high=0.5, knee=0.01, needs="hints"),
    Dial(name="confidence", group="worth", low=0.0, high=0.3, knee=0.01, needs="learned"),
    Dial(name="effect", group="worth", low=0.02, high=0.3, knee=0.01, needs="learned"),
    Dial(name="rerank_top", group="reading", low=0, high=50, integer=True, touches=_COSTLY, cheaper=-1,
         needs="reranker"),
    Dial(name="rerank", group="reading", low=0.0, high=2.0, knee=0.1, needs="reranker"),
    Dial(name="rerank_softness", group="reading", low=0.5, high=20.0, needs="reranker"),
)  # fmt: skip
DIALS: dict[str, Dial] = {dial.name: dial for dial in _EVERY}
"""`effect` never reaches 0: what was measured by withholding must count, whatever the cases of recall say."""
GROUPS: dict[str, tuple[str, ...]] = {
    group: tuple(dial.name for dial in _EVERY if dial.group == group)
    for group in dict.fromkeys(d.group for d in _EVERY)
}

_JUDGES = "it says what counts as proven: whoever is judged does not move the bar"
_DRAWS = "it draws the comparisons by which effects are measured: less of them would hide harm, not lessen it"
_PACKS = "it shapes context packs, and the replay judges recalls: no trial could see whether it is better"
_SESSIONS = "it orders sessions, and the replay judges items: no trial could see whether it is better"
OUT_OF_REACH: dict[str, str] = {
    "rule_trials": _JUDGES,
    "rule_sources": _JUDGES,
    "rule_source_trials": _JUDGES,
    "rule_q_value": _JUDGES,
    "effect_error": _JUDGES,
    "risk_most": _JUDGES,
    "withhold_after": _DRAWS,
    "withhold_least": _DRAWS,
    "withhold_most": _DRAWS,
    "exploration": _DRAWS,
    "abstain": "it decides whether recall says that it knows nothing, and cases ask only for what is known",
    "coverage": _SESSIONS,
    "rerank_sessions": _SESSIONS,
    "rerank_session": _SESSIONS,
    "rules_shown": _PACKS,
    "lessons_shown": _PACKS,
    "lesson_relevance": _PACKS,
    "lesson_words": _PACKS,
    "lesson_share": _PACKS,
    "source_share": _PACKS,
}
"""Dial -> why the loop leaves it alone. With `DIALS`, every field of the policy."""


def reading(policy: Policy, changed: Mapping[str, Any] | None = None) -> dict[str, float]:
    """Dial in reach -> its value in a policy, with some of them changed (what is not a dial in reach is left out)."""
    changed = changed or {}
    return {name: changed.get(name, getattr(policy, name)) for name in DIALS}


def patched(values: Mapping[str, float], change: Mapping[str, Any]) -> dict[str, float]:
    """The values after a change; what is not a dial in reach is left out of it."""
    return {**values, **{name: value for name, value in change.items() if name in DIALS}}


def effective(values: Mapping[str, float]) -> dict[str, float]:
    """The values as they take effect: what lies within another dial goes no further than that allows.

    >>> effective({"candidates": 5, "kept": 190})["kept"]
    10
    """
    return {
        name: min(value, 2 * values[DIALS[name].within]) if DIALS[name].within in values else value
        for name, value in values.items()
    }


def differing(old: Mapping[str, float], new: Mapping[str, float]) -> dict[str, float]:
    """What a policy patch must say to get from the one to the other."""
    return {name: value for name, value in new.items() if value != old.get(name)}


def dials_for(measure: Measure, present: Collection[Need]) -> list[Dial]:
    """The dials that may move a measure, given what is there (see `Dial.needs`)."""
    return [dial for dial in _EVERY if measure in dial.touches and (not dial.needs or dial.needs in present)]
