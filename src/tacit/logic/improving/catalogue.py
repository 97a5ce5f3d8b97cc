"""Catalogue: the kinds of reversible changes, what each is for, and what it may touch.

Floor 2, pure. Below: improvement, dials. Above: proposals.

Expected improvements and confidences are estimates, each with where it comes from; what a change brings is measured by
its trial and by nothing else.
"""

from collections.abc import Sequence
from typing import Literal

from tacit.changes import TUNABLE
from tacit.improvement import Alteration, Metric, SuggestionType
from tacit.lessons import Verdict
from tacit.logic.improving.dials import Dial, Measure, Need, dials_for
from tacit.types import Value

__all__ = ["CATALOGUE", "FilterUse", "Observed", "Possible", "Remedy", "Retirable", "goal_of", "possible", "turnable"]

Kind = Literal["policy", "index", "embedder", "retire"]


class FilterUse(Value, frozen=True, kw_only=True):
    """How often recalls filter by a column of items, and what the database does about it."""

    column: str
    count: int
    """Recalls that were looked at and filter by it."""
    scanned: bool
    """The query plan reads every row of the namespace."""


class Retirable(Value, frozen=True, kw_only=True):
    """A learned item that may be better away."""

    item: str
    verdict: Verdict = "unproven"
    shown: int = 0
    """Episodes that it was shown in."""
    age_days: float = 0.0


class Observed(Value, frozen=True, kw_only=True):
    """What is known of the memory beside its metrics. It holds no case: what judges is not shown to what proposes."""

    present: tuple[Need, ...] = ()
    """Which parts are there that some dials need."""
    recalls: int = 0
    """How many were looked at for `filters`."""
    filters: tuple[FilterUse, ...] = ()
    indexed: tuple[str, ...] = ()
    """Columns that improvements have given an index."""
    embedder: str = ""
    embedders: tuple[str, ...] = ()
    """Installed ones: changing to them needs no download."""
    retirable: tuple[Retirable, ...] = ()


class Remedy(Value, frozen=True, kw_only=True):
    """One kind of change."""

    name: str
    """Family of the bandit's arm: a group of dials, or the kind of the change."""
    kind: Kind
    purpose: str
    suggestion_type: SuggestionType
    answers: tuple[Metric, ...]
    """Bottlenecks that it may cure."""
    touches: tuple[Measure, ...]
    """What else may change is not to be feared: only these are guarded."""
    expected: float
    """Percent; an estimate."""
    confidence: float
    """Estimated probability that a trial finds it better."""
    source: str
    """Where the two estimates come from."""


class Possible(Value, frozen=True, kw_only=True):
    """A change that could be made now, other than by a dial."""

    remedy: Remedy
    change: Alteration
    description: str


FILTERED_SHARE = 0.2
"""Share of the recalls that must filter by a column before an index on it is worth its upkeep."""
UNSHOWN_DAYS = 90.0
"""Age from which a learned item that was never shown may go."""
RETIRED_AT_ONCE = 50
"""Items: what a trial finds worse should point to few."""

_TIMES: tuple[Metric, ...] = ("query_time_ms", "cpu_percent")
_SEEN = "a guess: no trial of it was counted yet"
_LANDSCAPE = "one dial at a time on LoCoMo, 150 questions (docs/decisions/0022)"

CATALOGUE: tuple[Remedy, ...] = (
    Remedy(
        name="reach", kind="policy", suggestion_type="optimization",
        answers=(*_TIMES, "memory_usage_mb", "recall_quality"),
        purpose="how many passages the indexes hand over, and how many of these are read",
        touches=("quality", "milliseconds", "memory"), expected=30.0, confidence=0.5, source=_LANDSCAPE,
    ),
    Remedy(
        name="words", kind="policy", suggestion_type="optimization", answers=("recall_quality",),
        purpose="how much common words count against common meaning",
        touches=("quality",), expected=10.0, confidence=0.4, source=_LANDSCAPE,
    ),
    Remedy(
        name="length", kind="policy", suggestion_type="optimization", answers=("recall_quality",),
        purpose="what long items pay for having many passages to be found by",
        touches=("quality",), expected=5.0, confidence=0.15, source="docs/decisions/0006: BEAM gains, LoCoMo does not",
    ),
    Remedy(
        name="session", kind="policy", suggestion_type="optimization", answers=("recall_quality",),
        purpose="how much an item gains from what was said around it",
        touches=("quality",), expected=3.0, confidence=0.2, source=_LANDSCAPE,
    ),
    Remedy(
        name="recency", kind="policy", suggestion_type="optimization", answers=("recall_quality",),
        purpose="how much the new is preferred, and for how long it counts as new",
        touches=("quality",), expected=2.0, confidence=0.15, source=_LANDSCAPE,
    ),
    Remedy(
        name="times", kind="policy", suggestion_type="optimization", answers=(*_TIMES, "recall_quality"),
        purpose="what the time that a question names is worth, and how much of that time is looked at",
        touches=("quality", "milliseconds", "memory"), expected=2.0, confidence=0.2, source=_LANDSCAPE,
    ),
    Remedy(
        name="succession", kind="policy", suggestion_type="optimization", answers=(*_TIMES, "recall_quality"),
        purpose="when a newer statement takes the place of an older one",
        touches=("quality", "milliseconds"), expected=1.0, confidence=0.1, source=_LANDSCAPE,
    ),
    Remedy(
        name="situation", kind="policy", suggestion_type="optimization", answers=("recall_quality",),
        purpose="what agreement with the situation of the one who asks is worth",
        touches=("quality",), expected=2.0, confidence=0.15, source=_SEEN,
    ),
    Remedy(
        name="worth", kind="policy", suggestion_type="optimization", answers=("recall_quality",),
        purpose="how far relevance yields to what is known of a learned item",
        touches=("quality",), expected=2.0, confidence=0.15, source=_SEEN,
    ),
    Remedy(
        name="reading", kind="policy", suggestion_type="optimization", answers=(*_TIMES, "recall_quality"),
        purpose="how many items the cross-encoder reads, and how much its opinion counts",
        touches=("quality", "milliseconds", "memory"), expected=10.0, confidence=0.4,
        source="docs/decisions/0006: +5 points of MRR for twenty texts read",
    ),
    Remedy(
        name="index", kind="index", suggestion_type="indexing", answers=_TIMES,
        purpose="a database index for a filter that now reads every row",
        touches=("milliseconds",), expected=20.0, confidence=0.5, source=_SEEN,
    ),
    Remedy(
        name="embedder", kind="embedder", suggestion_type="optimization", answers=("recall_quality",),
        purpose="the meaning of all items computed anew by another installed model",
        touches=("quality", "milliseconds", "memory"), expected=5.0, confidence=0.2,
        source="DESIGN: three embedders differ by 22 points of R@10 on LoCoMo, either way",
    ),
    Remedy(
        name="retire", kind="retire", suggestion_type="optimization", answers=("recall_quality", "database_size_mb"),
        purpose="learned items that hurt, or that nobody was ever shown, leave recall; they are kept and can come back",
        touches=("quality", "milliseconds"), expected=1.0, confidence=0.2, source=_SEEN,
    ),
)  # fmt: skip
"""`cache_hit_rate`, `error_count`, `active_connections`, `queue_age_s` and `indexing_speed` have no remedy here:
nothing that the loop may turn moves them. A workspace's code patches are proposed elsewhere."""


def goal_of(metric: str) -> Literal["quality", "milliseconds"] | None:
    """The measure of a trial that stands for a metric; None where replaying recalls cannot tell."""
    if metric in ("recall_quality", "database_size_mb"):
        return "quality"
    return "milliseconds" if metric in (*_TIMES, "memory_usage_mb") else None


def turnable(metric: str, observed: Observed) -> list[Dial]:
    """The dials that may move a metric, given what is there."""
    measure = "memory" if metric == "memory_usage_mb" else goal_of(metric)
    groups = {remedy.name for remedy in CATALOGUE if metric in remedy.answers}
    return [dial for dial in dials_for(measure or "quality", observed.present) if dial.group in groups]


def possible(metric: str, observed: Observed) -> list[Possible]:
    """What could be done for a metric other than by dials, likeliest first."""
    remedies = {remedy.kind: remedy for remedy in CATALOGUE if remedy.kind != "policy" and metric in remedy.answers}
    found: list[Possible] = []
    if "index" in remedies:
        found += _indexes(remedies["index"], observed)
    if "retire" in remedies:
        found += _retirements(remedies["retire"], observed.retirable)
    if "embedder" in remedies:
        found += [
            Possible(
                remedy=remedies["embedder"],
                change=Alteration(kind="embedder", embedder=name),
                description=f"compute the meaning of all items with {name} instead of {observed.embedder or 'nothing'}",
            )
            for name in observed.embedders
            if name != observed.embedder
        ]
    return found


def _indexes(remedy: Remedy, observed: Observed) -> list[Possible]:
    wanted = [
        use
        for use in sorted(observed.filters, key=lambda use: (-use.count, use.column))
        if use.scanned
        and use.column in TUNABLE
        and use.column not in observed.indexed
        and use.count >= FILTERED_SHARE * max(1, observed.recalls)
    ]
    return [
        Possible(
            remedy=remedy,
            change=Alteration(kind="index", index=use.column),
            description=f"an index on {use.column}: {use.count} of {observed.recalls} recalls filter by it, "
            "and the database reads every row for that",
        )
        for use in wanted
    ]


def _retirements(remedy: Remedy, candidates: Sequence[Retirable]) -> list[Possible]:
    hurting = sorted(one.item for one in candidates if one.verdict == "hurts")
    unseen = sorted(
        one.item for one in candidates if one.verdict == "unproven" and not one.shown and one.age_days >= UNSHOWN_DAYS
    )
    told = ((hurting, "that were found to hurt"), (unseen, f"that nobody was shown in {UNSHOWN_DAYS:.0f} days"))
    return [
        Possible(
            remedy=remedy,
            change=Alteration(kind="retire", items=tuple(items[:RETIRED_AT_ONCE])),
            description=f"retire {min(len(items), RETIRED_AT_ONCE)} learned items {why}",
        )
        for items, why in told
        if items
    ]
