"""Hearing: what the ideas of a chat model are worth a trial, of what trials have measured and of how it did before.

Floor 2, pure. Below: bandit, optimiser. Above: proposals.

What a model claims for an idea is not looked at. What the trials say of the dials is; but that is what is proposed
anyway, and a model may know what no trial has told. So half of an idea's merit is that of our own best one. Both are
multiplied by a draw of the arm's chance, like all ideas: a model of which nothing was ever accepted is seldom heard.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tacit.improvement import Idea
from tacit.logic.improving.bandit import Tally
from tacit.logic.improving.optimiser import Aim, Beliefs, weighed

__all__ = ["CONFIDENCE", "PRIOR", "Heard", "heard"]

CONFIDENCE = 0.5
"""Estimated share of a model's ideas that a trial finds better, before there was one: a guess, no trial of it was
counted."""
PRIOR = 4.0
"""Trials that an estimate counts for."""
SHARE = 0.5
"""Of an idea's merit: that of our own best suggestion."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """An idea with what may be expected of it."""

    idea: Idea
    gain: float
    """Expected by what trials have measured; absolute of quality, share of milliseconds."""
    chance: float
    """That a trial finds it better: what is believed of the dials, and how often this model was right."""
    merit: float


def heard(
    ideas: Sequence[Idea],
    beliefs: Beliefs,
    here: Mapping[str, float],
    aim: Aim,
    *,
    turnable: Collection[str],
    tally: Tally,
    best: float,
    least: float,
) -> list[Heard]:
    """The ideas that turn nothing but dials in `turnable`, change anything, and can end well with a chance of at least
    `least`, by all that trials have measured. `here`: values of the dials; `tally`: how the model has done; `best`:
    merit of our own best suggestion."""
    standing = {dial.name: here[dial.name] for dial in beliefs.dials}
    found = []
    for idea in ideas:
        if not set(idea.dials) <= set(turnable):
            continue
        expected = weighed(beliefs, standing, aim, {**standing, **idea.dials})
        if expected is None or expected.chance < least:
            continue
        trials = PRIOR + tally.won + tally.lost
        found.append(
            Heard(
                idea=idea,
                gain=max(0.0, expected.gain),
                chance=(PRIOR * expected.chance + tally.won) / trials,
                merit=SHARE * best + (1.0 - SHARE) * expected.merit,
            )
        )
    return found
