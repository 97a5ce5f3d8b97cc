"""Judging: old and new alternately, in pairs; kept is what is surely and worthily better.

Above: the verb. Below: logic.improving (paired comparison, levels that control false discoveries over all looks).
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tacit.improvement import Guard, Judgement
from tacit.logic.improving.discoveries import Look, level
from tacit.logic.improving.paired import Array, Compared, flipped
from tacit.operations.improve_workspace.running import Bench, Measured

__all__ = ["Pairs", "judged", "measured"]

FIRST = 5
"""Pairs after which what is no better so far is given up: that can only reject, so it adds no error."""
RESAMPLES = 2_000
MEMORY_SHARE = 0.25
MEMORY_MB = 32.0
"""Peak memory may grow by so much: a cache is paid for with it."""


@dataclass
class Pairs:
    """What was measured so far."""

    old: list[float]
    new: list[float]
    old_mb: float = 0.0
    new_mb: float = 0.0
    differs: bool = False
    """The new one printed something that the old one never did, though the old one always prints the same."""
    seconds: float = 0.0


def measured(old: Bench, new: Bench, *, rounds: int, same: bool, minimum: float) -> Iterator[Pairs]:
    """Measure in pairs, turning the order round each time; yields what there is after each. The first pair warms up and
    counts for nothing but the output."""
    begun, pairs = time.perf_counter(), Pairs([], [])
    said: set[bytes] = set()
    for number in range(rounds + 1):
        first = number % 2 == 0
        one = (old if first else new).measure()
        other = (new if first else old).measure()
        before, after = (one, other) if first else (other, one)
        _note(pairs, said, before, after, same=same, warm=number > 0)
        pairs.seconds = time.perf_counter() - begun
        yield pairs
        if pairs.differs or (number == FIRST and _hopeless(pairs, minimum)):
            return


def _note(pairs: Pairs, said: set[bytes], before: Measured, after: Measured, *, same: bool, warm: bool) -> None:
    said.add(before.output)
    pairs.differs = same and len(said) == 1 and warm and after.output not in said
    pairs.old_mb, pairs.new_mb = max(pairs.old_mb, before.peak_mb), max(pairs.new_mb, after.peak_mb)
    if warm:
        pairs.old.append(before.value)
        pairs.new.append(after.value)


def _hopeless(pairs: Pairs, minimum: float) -> bool:
    gained = np.log(pairs.old) - np.log(pairs.new)
    return float(np.median(gained)) < minimum / 2.0 and flipped(gained, seed=0) > 0.05


def judged(pairs: Pairs, *, rounds: int, minimum: float, history: Sequence[Judgement]) -> Judgement:
    """Whether the new one is kept. `history`: all judgements before, oldest first."""
    allowed = level([Look(one.p_value, one.accepted and not one.simpler) for one in history if one.level > 0.0])
    if pairs.differs:
        return _refused("it printed something else than before", allowed, pairs)
    found, p_value = _compared(np.log(pairs.old) - np.log(pairs.new), seed=len(history))
    if len(pairs.old) < rounds:
        told = f"no gain in sight after {len(pairs.old)} pairs ({found.change:+.1%})"
        return Judgement(
            primary="benchmark", accepted=False, reason=told, change=found.change, low=found.low, high=found.high,
            p_value=1.0, level=allowed, cases=len(pairs.old),
        )  # fmt: skip
    grown = (pairs.new_mb - pairs.old_mb) / max(pairs.old_mb, 1.0)
    unharmed = grown <= MEMORY_SHARE or pairs.new_mb - pairs.old_mb <= MEMORY_MB
    accepted = p_value <= allowed and found.low > 0.0 and found.change >= minimum and unharmed
    return Judgement(
        primary="benchmark",
        accepted=accepted,
        reason=f"{found.change:+.1%} [{found.low:+.1%}, {found.high:+.1%}], p {p_value:.2g}, level {allowed:.2g}"
        + ("" if unharmed else f"; memory {pairs.old_mb:.0f} to {pairs.new_mb:.0f} MB"),
        change=found.change,
        low=found.low,
        high=found.high,
        p_value=p_value,
        level=allowed,
        guards=(Guard(measure="memory", margin=MEMORY_SHARE, low=-grown, passed=unharmed),),
        cases=len(pairs.old),
    )


def _compared(gained: Array, *, seed: int) -> tuple[Compared, float]:
    """Of logarithms of old/new (n,): what the median pair saves with an interval of 95 % (bootstrap of the pairs, Efron
    1979), and the p-value of the signed ranks (Wilcoxon 1945). Medians and ranks, for one run among others that work
    on the machine may take three times as long: of gains of 10 % amid noise of 5 %, with such a run in a hundred,
    means and sums found 83 in 100, these 98."""
    sizes = np.abs(gained)
    ranks = np.array([float((sizes < one).sum()) + 0.5 * float((sizes == one).sum() + 1) for one in sizes])
    p_value = flipped(np.sign(gained) * ranks, seed=seed)
    draws = np.random.Generator(np.random.PCG64(seed)).integers(0, gained.size, size=(RESAMPLES, gained.size))
    medians = np.median(gained[draws], axis=1)
    low, least, high = (1.0 - float(np.exp(-np.quantile(medians, part))) for part in (0.025, 0.05, 0.975))
    change = 1.0 - float(np.exp(-np.median(gained)))
    return Compared(change=change, low=low, high=high, least=least), p_value


def _refused(reason: str, allowed: float, pairs: Pairs) -> Judgement:
    return Judgement(primary="benchmark", accepted=False, reason=reason, level=allowed, cases=len(pairs.old))
