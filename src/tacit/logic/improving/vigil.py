"""The vigil: does what was applied do harm among the owner's own recalls; one may look after each of them.

Floor 2, pure. Below: harm. Above: the verbs that apply and take back.

Four things are watched: the time of a recall, errors, feedback, and the success of episodes that used recalls. Gamblers
bet that one of them is worse than before by more than a tolerance; that they ever hold 20 times what they began with
together is taken for harm. Where nothing is worse, that happens in 5 % of watches at most, however often one looks and
whenever one stops: so that a watch goes on beyond its window, up to twice as long, while they hold something.

With a canary (a share of recalls drawn at random) new and old are compared with each other. Without one, live recalls
are compared with those before, to wider tolerances: a machine that became busy for good at that moment cannot be told
from a change that made recalls slow.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Literal

from tacit.logic.improving.harm import Observation, held

__all__ = ["ERROR", "LONGEST", "SUSPECTED", "WINDOW", "Observation", "Watched", "watch"]

WINDOW = 600
"""Recalls after which what did no harm is kept. Of real harm (`bench.improve_live`) 84 in 100 were found within 200, 97
and 99 within 600."""
LONGEST = 2
"""Windows that a watch takes at most,"""
SUSPECTED = 0.05
"""where this much is held at the end of the first: of what did no harm .03 was left by then (there)."""
ERROR = 0.05
"""Probability with which what does no harm is taken back within the window."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What the watch says."""

    state: Literal["watching", "degraded", "kept"]
    metric: str = ""
    """Which got worse: milliseconds, errors, feedback or outcomes."""
    reason: str
    figures: dict[str, float] = field(default_factory=dict)
    """recalls, evidence; of each metric what it is and, as `..._before`, what it is compared with."""


def watch(
    observations: Sequence[Observation], baseline: Sequence[Observation], *, share: float = 1.0, window: int = WINDOW
) -> Watched:
    """What is known after these live recalls, oldest first; call it again after each one, or each few.

    `baseline`: recalls from before the application, under the old policy, oldest first. `share`: of live recalls that
    the candidate answers, drawn at random; 1 where it answers all. The window counts all live recalls. It ends there
    unless harm is suspected: then when it is proven or no more suspected, or after `LONGEST` windows.
    """
    live = list(observations[: LONGEST * window])
    evidence = held(live, baseline, share)
    for number, each in enumerate(zip(*evidence.values(), strict=True), 1):
        if sum(each) >= 1.0 / ERROR:
            metric = max(evidence, key=lambda name: evidence[name][number - 1])
            return _degraded(metric, _figures(live[:number], baseline, sum(each)))
    held_now = sum(each[-1] for each in evidence.values()) if live else 1.0
    figures = _figures(live, baseline, held_now)
    whole = window if len(live) < window or held_now < SUSPECTED else LONGEST * window
    if len(live) < whole:
        reason = f"{len(live)} of {whole} recalls: {_words(figures)}; no harm is proven"
        return Watched(state="watching", reason=reason, figures=figures)
    return Watched(state="kept", reason=f"{len(live)} recalls showed no harm: {_words(figures)}", figures=figures)


def _figures(live: Sequence[Observation], baseline: Sequence[Observation], evidence: float) -> dict[str, float]:
    """What is, and what it is compared with: the old policy's recalls beside it, or those before."""
    new = [one for one in live if one.candidate]
    old = [one for one in live if not one.candidate] or list(baseline)
    figures = {"recalls": float(len(live)), "candidate": float(len(new)), "evidence": round(evidence, 3)}
    for side, name in ((new, "{}"), (old, "{}_before")):
        times = [one.milliseconds for one in side if one.milliseconds is not None]
        scores = [one.score for one in side if one.score is not None]
        wins = [one.success for one in side if one.success is not None]
        for metric, values, of in (
            ("milliseconds", times, median),
            ("errors", [float(one.failed) for one in side], fmean),
            ("feedback", scores, fmean),
            ("outcomes", wins, fmean),
        ):
            if values:
                figures[name.format(metric)] = round(of(values), 4)
    return figures


def _degraded(metric: str, figures: dict[str, float]) -> Watched:
    reason = (
        f"{metric} got worse within {figures['recalls']:.0f} recalls: {_words(figures, metric)}; "
        f"evidence {figures['evidence']:.0f} to 1"
    )
    return Watched(state="degraded", metric=metric, reason=reason, figures=figures)


WORDS = {
    "milliseconds": "{:.1f} ms a recall, {:.1f} before",
    "errors": "{:.1%} of recalls failed, {:.1%} before",
    "feedback": "feedback {:+.2f}, {:+.2f} before",
    "outcomes": "{:.0%} of episodes succeeded, {:.0%} before",
}


def _words(figures: dict[str, float], only: str = "") -> str:
    told = [
        words.format(figures[metric], figures[f"{metric}_before"])
        for metric, words in WORDS.items()
        if (not only or metric == only) and metric in figures and f"{metric}_before" in figures
    ]
    return ", ".join(told) or "nothing to compare with"
